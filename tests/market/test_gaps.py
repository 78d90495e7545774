"""Holes between candles are found exactly."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.frame import Frame
from fks_desk.core.model import Span, Timeframe
from fks_desk.market.gaps import candle_count, find_gaps, find_missing
from tests.fakes.market import START, a_candle


def test_an_unbroken_row_has_no_gap():
    assert find_gaps(Frame.of([a_candle(n) for n in range(5)]), Timeframe.M1) == []
    assert find_gaps(Frame.empty(), Timeframe.M1) == []


def test_a_hole_is_named_from_the_first_missing_open_to_the_next_open():
    gaps = find_gaps(Frame.of([a_candle(0), a_candle(3), a_candle(4), a_candle(6)]), Timeframe.M1)
    step = Timeframe.M1.delta

    assert gaps == [
        Span(start=START + step, end=START + 3 * step),
        Span(start=START + 5 * step, end=START + 6 * step),
    ]


@given(st.sets(st.integers(0, 60), min_size=1))
def test_candles_and_gaps_together_fill_the_whole_range(numbers):
    present = sorted(numbers)
    gaps = find_gaps(Frame.of([a_candle(n) for n in present]), Timeframe.M1)

    missing = sum(candle_count(gap, Timeframe.M1) for gap in gaps)
    assert missing + len(present) == present[-1] - present[0] + 1


def test_what_is_missing_includes_both_ends():
    wanted = Span(start=a_candle(0).opened, end=a_candle(9).opened)
    frame = Frame.of([a_candle(2), a_candle(4), a_candle(5)])

    assert find_missing(frame, Timeframe.M1, wanted) == [
        Span(start=a_candle(0).opened, end=a_candle(2).opened),
        Span(start=a_candle(3).opened, end=a_candle(4).opened),
        Span(start=a_candle(6).opened, end=a_candle(9).opened),
    ]
    assert find_missing(Frame.empty(), Timeframe.M1, wanted) == [wanted]


def test_the_count_rounds_to_opens_inside_the_span():
    minute = Timeframe.M1.delta
    span = Span(start=START + minute / 2, end=START + 3 * minute + minute / 2)

    assert candle_count(span, Timeframe.M1) == 3
    assert candle_count(Span(start=START + minute / 3, end=START + minute / 2), Timeframe.M1) == 0
