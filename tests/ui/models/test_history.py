"""Show that the history tells each change with the numbers of its bars."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fks_desk.core.clock import from_ms
from fks_desk.core.model import Span, Timeframe
from fks_desk.ui.models import history as histories
from fks_desk.ui.models.history import BarHistory, ChangeKind
from tests.fakes.charts import AtOnce, MadeCandles, made_candle, made_frame
from tests.ui.chart.conftest import BTC, ETH

M5 = Timeframe.M5


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
