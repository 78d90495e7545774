"""Show that the pyramid says what the bars say, however they came in."""

import math
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fks_desk.core.frame import Frame
from fks_desk.ui.chart import pyramid as pyramids
from fks_desk.ui.chart.pyramid import candle_pyramid, line_pyramid
from fks_desk.ui.models.series import CLOSE, HIGH, LOW, OPEN, VOLUME, Columns, Series


@pytest.fixture(autouse=True)
def small_top(monkeypatch):
    monkeypatch.setattr(pyramids, "_TOP", 4)


def frame(count, start=0, seed=1):
    noise = np.random.default_rng(seed)
    middle = 100 + noise.normal(size=count).cumsum()
    return Frame(
        time=np.arange(start, start + count, dtype=np.int64) * 60_000,
        open=middle,
        high=middle + noise.random(count),
        low=middle - noise.random(count),
        close=middle + noise.normal(size=count) / 10,
        volume=noise.random(count) * 10,
    )


steps = st.lists(
    st.tuples(st.sampled_from(["prepend", "append", "move"]), st.integers(1, 40)), max_size=8
)


def grown(initial, steps):
    """Return a series grown by the steps, and its pyramid kept up to date on the way."""
    series = Series()
    series.replace(frame(initial, start=100_000))
    pyramid = candle_pyramid(series.prices)
    for number, (step, count) in enumerate(steps):
        if step == "prepend":
            old = series.first
            oldest = int(series.time[0] // 60_000) if len(series) else 100_000
            series.prepend(frame(count, start=oldest - count, seed=number))
            pyramid.refresh(series.first, old)
            continue
        for turn in range(count):
            newest = int(series.time[-1] // 60_000) if len(series) else 100_000
            start = newest + (step == "append")
            _, place = series.place(frame(1, start=start, seed=100 * number + turn))
            pyramid.refresh(place, place + 1)
    return series, pyramid


@settings(max_examples=60, deadline=None)
@given(
    initial=st.integers(0, 50), steps=steps, low=st.integers(-350, 350), size=st.integers(0, 400)
)
def test_the_least_and_the_greatest_equal_the_naive_ones(initial, steps, low, size):
    series, pyramid = grown(initial, steps)
    bars = series.frame(low, low + size) if low < series.stop else Frame.empty()

    if low + size <= series.first or not len(bars):
        assert math.isnan(pyramid.lowest(LOW, low, low + size))
        return
    assert pyramid.lowest(LOW, low, low + size) == bars.low.min()
    assert pyramid.highest(HIGH, low, low + size) == bars.high.max()
    assert pyramid.highest(VOLUME, low, low + size) == bars.volume.max()


@settings(max_examples=60, deadline=None)
@given(initial=st.integers(1, 60), steps=steps, pixels=st.integers(1, 60))
def test_every_bucket_sums_up_exactly_its_own_bars(initial, steps, pixels):
    series, pyramid = grown(initial, steps)
    buckets = pyramid.buckets(series.first, series.stop - 1, (len(series) - 1) / pixels)

    assert buckets.first * buckets.width <= series.first
    assert (buckets.first + buckets.columns.shape[1]) * buckets.width >= series.stop
    for number in range(buckets.columns.shape[1]):
        start = (buckets.first + number) * buckets.width
        bars = series.frame(max(start, series.first), start + buckets.width)
        column = buckets.columns[:, number]
        assert column[OPEN] == bars.open[0]
        assert column[HIGH] == bars.high.max()
        assert column[LOW] == bars.low.min()
        assert column[CLOSE] == bars.close[-1]
        assert column[VOLUME] == bars.volume.max()


@given(count=st.integers(1, 5_000), pixels=st.integers(10, 1_000))
def test_there_is_at_most_about_one_bucket_a_pixel(count, pixels):
    prices = Columns(5)
    prices.grow_right(count)[:] = 1.0
    buckets = candle_pyramid(prices).buckets(0, count, count / pixels)

    assert buckets.columns.shape[1] <= pixels + 2


@given(values=st.lists(st.floats(-1e6, 1e6) | st.just(math.nan), min_size=1, max_size=200))
def test_a_line_keeps_its_least_and_greatest_and_leaves_gaps_out(values):
    columns = Columns(1)
    columns.grow_right(len(values))[0] = values
    pyramid = line_pyramid(columns)
    known = [value for value in values if not math.isnan(value)]

    if known:
        assert pyramid.lowest(0, 0, len(values)) == min(known)
        assert pyramid.highest(1, 0, len(values)) == max(known)
    else:
        assert math.isnan(pyramid.lowest(0, 0, len(values)))


def test_a_candle_without_numbers_does_not_spoil_its_bucket():
    prices = Columns(5)
    table = prices.grow_right(16)
    table[:] = 5.0
    table[:, 3] = math.nan
    buckets = candle_pyramid(prices).buckets(0, 16, 4)

    assert buckets.width == 4
    assert not np.isnan(buckets.columns).any()


def test_centres_stand_in_the_middle_of_the_bars_of_a_bucket():
    prices = Columns(5, first=-8)
    prices.grow_right(16)[:] = 1.0
    buckets = candle_pyramid(prices).buckets(-8, 7, 4)

    assert buckets.width == 4
    assert buckets.centres().tolist() == [-6.5, -2.5, 1.5, 5.5]


@settings(max_examples=60, deadline=None)
@given(
    initial=st.integers(0, 50), steps=steps, low=st.integers(-350, 350), size=st.integers(0, 400)
)
def test_extremes_are_the_same_when_they_are_folded_from_buckets(initial, steps, low, size):
    series, pyramid = grown(initial, steps)
    with mock.patch.object(pyramids, "_FEW", 8):
        found = pyramid.lowest(LOW, low, low + size), pyramid.highest(HIGH, low, low + size)

    bars = series.frame(low, low + size) if low < series.stop else Frame.empty()
    if low + size <= series.first or not len(bars):
        assert all(math.isnan(value) for value in found)
    else:
        assert found == (bars.low.min(), bars.high.max())


def test_a_tick_after_a_fold_is_seen_and_so_is_a_change_of_a_closed_bar():
    series, pyramid = grown(50, [])
    whole = series.first, series.stop
    assert pyramid.highest(HIGH, *whole) == series.frame().high.max()
    for number in (series.stop - 1, series.stop - 2):
        series.prices.between(number, number + 1)[HIGH] = 1e9 - number
        pyramid.refresh(number, number + 1)

        assert pyramid.highest(HIGH, *whole) == series.frame().high.max()
