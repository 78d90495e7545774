"""Show that a chart marks what strategies said, stored or just made, once."""

from __future__ import annotations

from datetime import timedelta

from fks_desk.core.messages import SignalRaised
from fks_desk.core.model import AccountId, Stance
from fks_desk.ui.models.chart_marks import ChartMarks
from tests.fakes.charts import AtOnce, MadeTrading
from tests.fakes.rows import NOW, signal
from tests.ui.chart.conftest import BTC, ETH


class MadeSignals:
    def __init__(self, *kept):
        self.kept = kept

    async def signals(self, instrument=None, limit=200):
        return [one for one in self.kept if instrument in {None, one.instrument}][:limit]


def marks_of(*kept):
    return ChartMarks(trading=MadeTrading(), signals=MadeSignals(*kept), nursery=AtOnce())


def test_stored_signals_and_those_just_made_are_marked_on_the_bar_that_closed():
    stored = signal(1, ts_event=NOW, instrument=BTC.id, stance=Stance.SHORT)
    fresh = signal(2, NOW + timedelta(minutes=5), instrument=BTC.id, stance=Stance.LONG)
    marks, heard = marks_of(stored), []
    marks.follow(AccountId("demo"), BTC.id)
    marks.changed.connect(lambda: heard.append(1))
    for _ in range(2):
        marks.signals.on_signal_raised(SignalRaised(signal=fresh))
    found = marks.signals.marks

    assert found.keys == (stored.id, fresh.id)
    assert found.side.tolist() == [-1.0, 1.0]
    assert found.time[0] == int(NOW.timestamp() * 1000) - 1
    assert heard == [1, 1]
    assert marks.signals.signal(fresh.id) is fresh


def test_signals_of_another_instrument_are_left_alone():
    other = signal(1, NOW, instrument=ETH.id)
    marks = marks_of(other)
    marks.follow(AccountId("demo"), BTC.id)
    marks.signals.on_signal_raised(SignalRaised(signal=other))
    assert len(marks.signals.marks) == 0
    marks.follow(AccountId("demo"), ETH.id)

    assert marks.signals.marks.keys == (other.id,)


def test_without_a_store_there_is_nothing_to_mark():
    marks = ChartMarks(trading=MadeTrading(), nursery=AtOnce())
    marks.follow(AccountId("demo"), BTC.id)

    assert len(marks.signals.marks) == 0
