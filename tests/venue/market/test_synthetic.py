"""Invented history: the same for everybody, sound, and quick."""

from __future__ import annotations

import numpy as np
import pytest

from fks_desk.core.model import Timeframe
from fks_desk.venue.market.bars import DAY_MS, MINUTE_MS
from fks_desk.venue.market.listing import demo_listings
from fks_desk.venue.market.synthetic import SyntheticSource

NOW = 1_800_000_000_000


def source(symbol: str = "BTC/USDT", seed: int = 7, days: int = 500) -> SyntheticSource:
    listing = next(item for item in demo_listings() if item.symbol == symbol)
    return SyntheticSource(listing, seed=seed, history_days=days)


def same(left, right) -> bool:
    return all(np.array_equal(getattr(left, name), getattr(right, name)) for name in left.__slots__)


def test_the_same_seed_gives_the_same_history_whatever_was_asked_before():
    busy = source()
    busy.last(Timeframe.D1, NOW, 100)
    busy.base_bars(NOW - 9 * DAY_MS, NOW - 8 * DAY_MS)

    assert same(busy.last(Timeframe.M1, NOW, 500), source().last(Timeframe.M1, NOW, 500))
    assert not same(busy.last(Timeframe.M1, NOW, 9), source(seed=8).last(Timeframe.M1, NOW, 9))


@pytest.mark.parametrize("listing", demo_listings(), ids=lambda item: item.symbol)
def test_candles_are_sound_and_follow_one_another(listing):
    bars = source(listing.symbol).last(Timeframe.M1, NOW, 3 * 1440)

    assert np.all(np.diff(bars.time) == MINUTE_MS)
    assert np.all(bars.low >= 1)
    assert np.all(bars.low <= np.minimum(bars.open, bars.close))
    assert np.all(bars.high >= np.maximum(bars.open, bars.close))
    assert np.all(bars.volume >= 1)
    assert np.array_equal(bars.open[1:], bars.close[:-1])
    last = bars.close[-1] * float(listing.instrument.tick)
    assert listing.anchor / 3 < last < listing.anchor * 3


def test_long_candles_are_the_short_ones_folded():
    minutes = source().base_bars(NOW // DAY_MS * DAY_MS - 5 * DAY_MS, NOW // DAY_MS * DAY_MS)
    days = source().last(Timeframe.D1, NOW // DAY_MS * DAY_MS, 5)

    shape = (5, 1440)
    assert np.array_equal(days.high, minutes.high.reshape(shape).max(axis=1))
    assert np.array_equal(days.low, minutes.low.reshape(shape).min(axis=1))
    assert np.array_equal(days.volume, minutes.volume.reshape(shape).sum(axis=1))
    assert np.array_equal(days.open, minutes.open.reshape(shape)[:, 0])


def test_volatility_comes_in_clusters():
    close = source().last(Timeframe.H1, NOW, 500 * 24).close.astype(float)
    size = np.abs(np.diff(np.log(close)))

    assert np.corrcoef(size[:-1], size[1:])[0, 1] > 0.05


def test_history_ends_where_the_options_say():
    days = source(days=30).last(Timeframe.D1, NOW, 500)

    assert len(days) <= 31
