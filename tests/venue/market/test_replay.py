"""Replays: filters that the file's prices keep, and time that hops over gaps."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from fks_desk.core.clock import SteppedClock, from_ms
from fks_desk.core.errors import ConfigError
from fks_desk.core.frame import Frame
from fks_desk.core.model import Timeframe
from fks_desk.venue.market.replay import ReplayOptions, ReplayTime, replay_listing
from tests.fakes.venue import candles

ROWS = [(100.0, 110.0, 90.0, 105.125)] * 10


def options(frame: Frame, **more) -> ReplayOptions:
    return ReplayOptions(
        symbol=more.pop("symbol", "XYZ/USDT"), timeframe=Timeframe.M5, frame=frame, **more
    )


def test_market_time_runs_through_the_file_and_hops_over_its_gaps():
    frame = candles(ROWS)
    gapped = Frame(
        **{
            name: np.delete(getattr(frame, name), [6, 7]) if name != "time" else frame.time[:8]
            for name in Frame.__slots__
        }
    )
    gapped.time[6:] += 3_600_000
    clock = SteppedClock(from_ms(1_800_000_000_000))
    moving = ReplayTime(options(gapped, live_candles=3, speed=300.0), clock)

    assert moving.now_ms() == gapped.time[5]
    clock.advance(timedelta(seconds=0.5))
    assert moving.now_ms() == gapped.time[5] + 150_000
    clock.advance(timedelta(seconds=1))
    assert moving.now_ms() == gapped.time[6] + 150_000
    clock.advance(timedelta(seconds=50))
    assert moving.now_ms() == gapped.time[7] + 300_000


def test_the_tick_is_fine_enough_for_every_price_of_the_file():
    listing = replay_listing(options(candles(ROWS)))

    assert str(listing.instrument.tick) == "0.001"


def test_a_known_pair_keeps_its_own_filters():
    listing = replay_listing(options(candles([(1, 2, 1, 2)] * 3), symbol="BTC/USDT"))

    assert str(listing.instrument.tick) == "0.01"
    assert str(listing.instrument.lot) == "0.00001"


def test_a_replay_of_nothing_is_refused():
    with pytest.raises(ConfigError, match="at least two candles"):
        options(candles(ROWS[:1]))
    with pytest.raises(ConfigError, match="speed above zero"):
        options(candles(ROWS), speed=0.0)
