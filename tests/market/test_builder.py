"""The builder closes each bar once, in order, and never guesses one."""

from __future__ import annotations

from fks_desk.core.messages import CandleClosed, CandleMoved, GapFound
from fks_desk.core.model import Span, Timeframe
from fks_desk.market.builder import CandleBuilder
from fks_desk.market.window import HotWindow
from tests.fakes.market import START, a_candle, an_instrument


def builder() -> CandleBuilder:
    return CandleBuilder(instrument=an_instrument().id, timeframe=Timeframe.M1, window=HotWindow())


def test_a_bar_moves_and_then_closes():
    one = builder()

    assert one.take(a_candle(0, closed=False)) == [CandleMoved(candle=a_candle(0, closed=False))]
    assert one.take(a_candle(0)) == [CandleClosed(candle=a_candle(0))]
    assert one.next_open == a_candle(1).opened


def test_a_closed_bar_is_in_the_window_before_anybody_hears_of_it():
    one = builder()
    one.take(a_candle(0))

    assert one.window.newest == a_candle(0)


def test_a_bar_is_closed_once_however_often_it_is_told():
    one = builder()
    one.take(a_candle(0))

    assert one.take(a_candle(0)) == []
    assert one.take(a_candle(0, closed=False)) == []


def test_a_bar_whose_last_state_was_lost_is_a_gap_not_a_guess():
    one = builder()
    one.take(a_candle(0, closed=False))
    events = one.take(a_candle(1, closed=False))

    span = Span(start=START, end=START + Timeframe.M1.delta)
    gap = GapFound(instrument=an_instrument().id, timeframe=Timeframe.M1, span=span)
    assert events == [gap, CandleMoved(candle=a_candle(1, closed=False))]


def test_bars_missed_while_away_are_one_gap():
    one = builder()
    one.take(a_candle(0))
    gap, closed = one.take(a_candle(4))

    assert gap.span == Span(start=a_candle(1).opened, end=a_candle(4).opened)
    assert closed == CandleClosed(candle=a_candle(4))
    assert len(one.window) == 2


def test_a_late_or_changed_bar_corrects_and_the_same_bar_again_does_not():
    one = builder()
    one.take(a_candle(0))
    one.take(a_candle(2))

    assert one.corrects(a_candle(1))
    assert one.corrects(a_candle(0, close="101"))
    assert not one.corrects(a_candle(0))
    assert not one.corrects(a_candle(1, closed=False))
    assert not one.corrects(a_candle(3))
    assert not builder().corrects(a_candle(0))
