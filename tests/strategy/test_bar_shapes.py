"""Show each shape of bars against a plain walk over the candles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.frame import Frame
from fks_desk.strategy.bar_shapes import RangeBars, Renko, VolumeBars, heikin_ashi
from tests.fakes.candles import walk


def closes(prices, volume=1.0):
    row = np.array(prices, dtype=np.float64)
    return Frame(
        time=np.arange(row.size, dtype=np.int64) * 60_000,
        open=row, high=row, low=row, close=row, volume=np.full(row.size, volume),
    )  # fmt: skip


def test_heikin_ashi_equals_its_definition():
    frame = walk(500)
    found = heikin_ashi(frame)
    opened = (frame.open[0] + frame.close[0]) / 2
    for bar in range(500):
        close = (frame.open[bar] + frame.high[bar] + frame.low[bar] + frame.close[bar]) / 4
        assert found.open[bar] == pytest.approx(opened, rel=1e-12)
        assert found.close[bar] == pytest.approx(close, rel=1e-12)
        assert found.high[bar] == pytest.approx(max(frame.high[bar], opened, close), rel=1e-12)
        assert found.low[bar] == pytest.approx(min(frame.low[bar], opened, close), rel=1e-12)
        opened = (opened + close) / 2


def test_a_brick_needs_one_size_to_go_on_and_two_to_turn():
    bricks = Renko(size=10).settle(closes([100, 109, 110, 131, 121, 111, 110, 99, 140]))

    pairs = list(zip(bricks.open.tolist(), bricks.close.tolist(), strict=True))
    assert pairs == [
        (100, 110), (110, 120), (120, 130),
        (120, 110), (110, 100),
        (110, 120), (120, 130), (130, 140),
    ]  # fmt: skip
    assert (np.diff(bricks.time) > 0).all()


@given(
    st.lists(st.integers(50, 150), min_size=1, max_size=3000), st.integers(1, 12),
    st.integers(0, 2999),
)  # fmt: skip
def test_bricks_equal_a_walk_and_lose_no_volume(prices, size, cut):
    frame = closes(prices)
    at, expected = None, []
    for price in np.array(prices) / size:
        low, high = np.floor(price) - 1, np.ceil(price)
        at = high - 1 if at is None else at
        while low > at:
            at += 1
            expected.append((at * size, (at + 1) * size))
        while high < at:
            at -= 1
            expected.append(((at + 1) * size, at * size))
    whole = Renko(size=size)
    bricks = whole.settle(frame)
    parts = Renko(size=size)
    two = [parts.settle(frame.slice(0, cut)), parts.settle(frame.slice(cut, len(frame)))]

    assert list(zip(bricks.open.tolist(), bricks.close.tolist(), strict=True)) == expected
    assert np.concatenate([one.close for one in two]).tolist() == bricks.close.tolist()
    rest = whole.forming(closes([prices[-1]], volume=0.0)).volume[0]
    assert bricks.volume.sum() + rest == pytest.approx(len(prices))


def test_a_range_bar_ends_at_its_height_and_a_volume_bar_at_its_volume():
    ranges = RangeBars(size=5).settle(closes([10, 12, 15, 15, 11, 10, 10.5]))
    volumes = VolumeBars(size=3).settle(closes([1, 2, 3, 4, 5, 6, 7]))

    assert list(zip(ranges.open, ranges.close, strict=True)) == [(10, 15), (15, 10)]
    assert (ranges.high - ranges.low).tolist() == [5, 5]
    assert volumes.open.tolist() == [1, 4]
    assert volumes.close.tolist() == [3, 6]
    assert volumes.volume.tolist() == [3, 3]


def test_what_is_not_finished_is_the_bar_in_progress():
    bars = RangeBars(size=5)
    bars.settle(closes([10, 12]))
    forming = bars.forming(closes([13]))

    assert (forming.open[0], forming.high[0], forming.low[0], forming.close[0]) == (10, 13, 10, 13)
    assert forming.volume[0] == 3
