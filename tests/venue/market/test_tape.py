"""Prints of a bar: they add up to the bar, always."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fks_desk.venue.market.bars import Bars
from fks_desk.venue.market.tape import tape_of

PRICE = st.integers(100, 10_000)


def bar(open_: int, high: int, low: int, close: int, volume: int) -> Bars:
    values = {
        "time": 60_000,
        "open": open_,
        "high": max(open_, high, low, close),
        "low": min(open_, high, low, close),
        "close": close,
        "volume": volume,
        "quote": volume,
        "count": 1,
    }
    return Bars(**{name: np.array([value], np.int64) for name, value in values.items()})


@settings(max_examples=150, deadline=None)
@given(PRICE, PRICE, PRICE, PRICE, st.integers(4, 5_000), st.integers(1, 600))
def test_the_prints_draw_exactly_their_bar(open_, high, low, close, volume, count):
    whole = bar(open_, high, low, close, volume)

    tape = tape_of(whole, length_ms=60_000, count=count, seed=(7,))

    drawn = tape.bar(len(tape))
    for name in ("time", "open", "high", "low", "close", "volume"):
        assert getattr(drawn, name)[0] == getattr(whole, name)[0], name
    assert np.all(tape.size >= 1)
    assert np.all(np.diff(tape.offset_ms) >= 0)
    assert 0 <= tape.offset_ms[0] <= tape.offset_ms[-1] < 60_000


def test_the_same_seed_prints_the_same():
    first, second = (
        tape_of(bar(100, 120, 90, 110, 500), length_ms=60_000, count=50, seed=(1, 2))
        for _ in range(2)
    )

    assert np.array_equal(first.price, second.price)
    assert np.array_equal(first.offset_ms, second.offset_ms)


def test_a_bar_without_volume_prints_nothing():
    tape = tape_of(bar(100, 120, 90, 110, 0), length_ms=60_000, count=50, seed=(1,))

    assert len(tape) == 0
    assert len(tape.bar(0)) == 0
