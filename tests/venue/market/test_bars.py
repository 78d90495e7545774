"""Folding candles: what a longer candle is, computed the plain way."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.venue.market.bars import MINUTE_MS, Bars, folded, joined, no_bars


def bars_at(minutes: list[int]) -> Bars:
    rng = np.random.default_rng(len(minutes))
    columns = rng.integers(100, 200, (7, len(minutes)))
    time = np.array(minutes, dtype=np.int64) * MINUTE_MS
    return Bars(time=time, **dict(zip(Bars.__slots__[1:], columns, strict=True)))


@given(st.lists(st.integers(0, 60), unique=True).map(sorted), st.sampled_from([1, 3, 5, 15]))
def test_a_longer_candle_holds_exactly_the_shorter_ones(minutes, length):
    bars = bars_at(minutes)

    whole = folded(bars, length * MINUTE_MS)

    opens = sorted({minute // length * length for minute in minutes})
    assert whole.time.tolist() == [minute * MINUTE_MS for minute in opens]
    for index, opened in enumerate(opens):
        inside = [i for i, minute in enumerate(minutes) if minute // length * length == opened]
        assert whole.open[index] == bars.open[inside[0]]
        assert whole.close[index] == bars.close[inside[-1]]
        assert whole.high[index] == max(bars.high[inside])
        assert whole.low[index] == min(bars.low[inside])
        assert whole.volume[index] == sum(bars.volume[inside])


def test_nothing_joined_is_nothing():
    assert len(joined([])) == len(no_bars()) == 0
    assert bars_at([1, 2, 3]).between(2 * MINUTE_MS, 3 * MINUTE_MS).time.tolist() == [120_000]
