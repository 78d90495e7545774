"""Show that the history tells each change with the numbers of its bars."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from fks_desk.core.clock import from_ms
from fks_desk.core.errors import DataError
from fks_desk.core.model import Span, Timeframe
from fks_desk.core.nursery import Nursery
from fks_desk.ui.models import history as histories
from fks_desk.ui.models.history import BarHistory, ChangeKind
from tests.fakes.charts import AtOnce, MadeCandles, made_candle, made_frame
from tests.ui.chart.conftest import BTC, ETH

M5 = Timeframe.M5


class SlowCandles(MadeCandles):
    """Look candles up when asked, and answer when a test lets them."""

    def __init__(self):
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails = False

    async def latest(self, *asked):
        frame = await super().latest(*asked)
        await self.gate.wait()
        return frame

    async def range(self, *asked):
        if self.fails:
            raise DataError("the database is busy")
        return await super().range(*asked)


async def settled():
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
def candles():
    return MadeCandles({(BTC.id, M5): made_frame(900)})


@pytest.fixture
def history(qapp, candles, monkeypatch):
    monkeypatch.setattr(histories, "FIRST_BARS", 100)
    monkeypatch.setattr(histories, "CHUNK_BARS", 300)
    monkeypatch.setattr(histories, "MOST_BARS", 400)
    made = BarHistory(candles=candles, nursery=AtOnce())
    made.heard = []
    made.changed.connect(lambda change: made.heard.append((change.kind, change.low, change.high)))
    return made


def test_changes_are_told_newest_bars_first(history):
    history.show(BTC.id, M5)

    assert history.heard == [
        (ChangeKind.REPLACED, 0, 0),
        (ChangeKind.REPLACED, 0, 100),
        (ChangeKind.PREPENDED, -300, 0),
    ]


def test_a_moment_far_back_is_read_up_to_in_one_wish(history, candles):
    history.show(BTC.id, M5)
    moment = int(candles.frames[BTC.id, M5].time[10])
    history.want_older(moment)

    assert history.series.time[0] <= moment
    assert history.has_all


def test_nothing_is_asked_once_all_is_here(history, candles):
    candles.frames[BTC.id, M5] = made_frame(50)
    history.show(BTC.id, M5)
    asked = candles.asked
    history.want_older()

    assert history.has_all
    assert candles.asked == asked


def test_only_replaced_and_spliced_bars_change_as_a_whole():
    assert {kind for kind in ChangeKind if kind.is_whole} == {
        ChangeKind.REPLACED,
        ChangeKind.SPLICED,
    }


def test_two_repairs_at_once_are_read_as_one_stretch(history, candles):
    history.show(BTC.id, M5)
    frame = candles.frames[BTC.id, M5]
    history._repairs = Span(start=from_ms(int(frame.time[850])), end=from_ms(int(frame.time[860])))
    history.heard.clear()
    later = Span(start=from_ms(int(frame.time[880])), end=from_ms(int(frame.time[890])))
    history.repair(BTC.id, M5, later)

    assert history.heard == [(ChangeKind.MOVED, 50, 90)]


def test_a_candle_between_two_stored_ones_is_left_to_the_repair(history, candles):
    frame = candles.frames[BTC.id, M5]
    history.show(BTC.id, M5)
    history.heard.clear()
    opened = from_ms(int(frame.time[-10])) + timedelta(minutes=1)
    history.take(made_candle(BTC.id, M5, opened, ("1",) * 4))
    history.take(made_candle(ETH.id, M5, opened, ("1",) * 4))

    assert history.heard == []
    assert history.last_candle is None


def test_an_older_candle_is_corrected_and_does_not_count_as_the_newest(history, candles):
    history.show(BTC.id, M5)
    opened = from_ms(int(candles.frames[BTC.id, M5].time[-10]))
    history.take(made_candle(BTC.id, M5, opened, ("5", "6", "4", "5")))

    assert history.heard[-1] == (ChangeKind.MOVED, 90, 91)
    assert history.last_candle is None


def test_reloading_without_an_instrument_does_nothing(history):
    history.reload()
    history.want_older()

    assert history.heard == []


def _live(frame, number):
    return made_candle(BTC.id, M5, from_ms(int(frame.time[number])), ("5", "6", "4", "5"))


def _span(frame, low, high):
    return Span(start=from_ms(int(frame.time[low])), end=from_ms(int(frame.time[high])))


def test_history_stored_while_older_bars_are_read_is_not_missed(qapp):
    """A new desk: the live bar comes first, and its history arrives in pieces."""
    frame = made_frame(500)

    async def run():
        candles = SlowCandles()
        history = BarHistory(candles=candles, nursery=Nursery())
        history.show(BTC.id, M5)
        await settled()
        history.take(_live(frame, 499))
        candles.gate.clear()
        history.repair(BTC.id, M5, _span(frame, 400, 499))
        await settled()
        candles.frames[BTC.id, M5] = frame.slice(0, 499)
        history.repair(BTC.id, M5, _span(frame, 0, 400))
        await settled()
        candles.gate.set()
        await settled()
        return history

    history = asyncio.run(run())

    assert len(history.series) == 500
    assert history.has_all


def test_a_repair_that_is_late_does_not_stop_a_reload(qapp):
    frame = made_frame(500)

    async def run():
        candles = SlowCandles()
        candles.frames[BTC.id, M5] = frame
        history = BarHistory(candles=candles, nursery=Nursery())
        history.show(BTC.id, M5)
        await settled()
        history.repair(BTC.id, M5, _span(frame, 0, 400))
        history.reload()
        await settled()
        return history

    history = asyncio.run(run())

    assert not history.is_loading
    assert len(history.series) == 500


def test_a_repair_that_failed_is_read_again_with_the_next_bar(qapp):
    frame = made_frame(500)

    async def run():
        candles = SlowCandles()
        candles.frames[BTC.id, M5] = frame.slice(450, 498)
        history, said = BarHistory(candles=candles, nursery=Nursery()), []
        history.failed.connect(said.append)
        history.show(BTC.id, M5)
        await settled()
        candles.frames[BTC.id, M5], candles.fails = frame, True
        history.repair(BTC.id, M5, _span(frame, 0, 499))
        await settled()
        before, candles.fails = len(history.series), False
        history.take(_live(frame, 499))
        await settled()
        return before, len(history.series), said

    assert asyncio.run(run()) == (48, 500, ["the database is busy"])


def test_bars_that_a_repair_takes_away_are_read_anew(history, candles):
    frame = made_frame(50)
    candles.frames[BTC.id, M5] = frame
    history.show(BTC.id, M5)
    candles.frames[BTC.id, M5] = frame.slice(0, 0)
    end = from_ms(int(frame.time[-1]) + M5.milliseconds)
    history.repair(BTC.id, M5, Span(start=from_ms(int(frame.time[0])), end=end))

    assert len(history.series) == 0
    assert history.has_all
