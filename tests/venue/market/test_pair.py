"""One pair in motion: live prints and history are the same story."""

from __future__ import annotations

import numpy as np

from fks_desk.core.model import Timeframe
from fks_desk.venue.market.bars import MINUTE_MS
from fks_desk.venue.market.listing import demo_listings
from fks_desk.venue.market.pair import PairMarket
from fks_desk.venue.market.replay import ReplayOptions, ReplaySource, replay_listing
from fks_desk.venue.market.synthetic import SyntheticSource
from tests.fakes.venue import candles

NOW = 1_800_000_030_000  # half a minute into its minute
OPENED = NOW - 30_000


def pair(rate: float = 4.0) -> PairMarket:
    listing = demo_listings()[0]
    made = PairMarket(listing, SyntheticSource(listing, seed=7, history_days=60), prints_per_s=rate)
    made.start(NOW)
    return made


def test_live_prints_draw_the_candle_that_history_later_shows():
    moving = pair()
    moving.advance(OPENED + MINUTE_MS - 1)

    drawn = moving.forming(Timeframe.M1)
    moving.advance(OPENED + MINUTE_MS)
    shown = moving.newest(Timeframe.M1, OPENED + MINUTE_MS, 1)
    for name in ("time", "open", "high", "low", "close", "volume"):
        assert getattr(drawn, name)[0] == getattr(shown, name)[0], name


def test_a_restart_in_the_middle_of_a_minute_stands_where_the_other_stands():
    first, second = pair(), pair()

    assert first.last_price == second.last_price
    news = first.advance(NOW + 90_000)
    assert news == second.advance(NOW + 90_000)
    assert len({item.id for item in news}) == len(news)
    assert [item.id for item in news] == sorted(item.id for item in news)


def test_the_rate_is_what_was_asked_for():
    news = pair(rate=200.0).advance(NOW + 120_000)

    assert abs(len(news) - 200 * 120) < 300


def test_a_forming_candle_of_any_length_ends_at_the_newest_print():
    moving = pair()
    for timeframe in Timeframe:
        forming = moving.forming(timeframe)
        assert len(forming) == 1
        assert forming.close[0] == moving.last_ticks
        newest = moving.newest(timeframe, None, 10)
        assert len(newest) == 10
        assert newest.time[-1] == forming.time[0]


def test_candles_since_a_start_come_oldest_first_and_limited():
    bars = pair().oldest(Timeframe.M5, OPENED - 86_400_000, 1 << 52, 100)

    assert len(bars) == 100
    assert bars.time[0] >= OPENED - 86_400_000
    assert np.all(np.diff(bars.time) == 300_000)


def test_a_long_sleep_is_skipped_but_its_range_is_told():
    moving = pair()

    low, high = moving.skip(NOW + 3_600_000)

    assert low < high
    assert moving.current_open(Timeframe.M1) == OPENED + 3_600_000


def test_the_file_is_played_candle_by_candle_and_stops_at_its_end():
    frame = candles([(100, 110, 90, 105), (105, 120, 100, 118), (118, 125, 60, 70)])
    options = ReplayOptions(
        symbol="XYZ/USDT", timeframe=Timeframe.M5, frame=frame, live_candles=2, speed=1.0
    )
    listing = replay_listing(options)
    moving = PairMarket(
        listing, ReplaySource(options, listing.instrument), prints_per_s=1.0, speed=1.0
    )
    moving.start(int(frame.time[1]))

    news = moving.advance(int(frame.time[2]) + 300_000)

    prices = [float(item.price) for item in news]
    assert (prices[0], max(prices), min(prices), prices[-1]) == (105, 125, 60, 70)
    assert moving.advance(int(frame.time[2]) + 10 * 300_000) == []
    assert not moving.offers(Timeframe.M1)
    assert len(moving.newest(Timeframe.H1, None, 10)) == 1


def test_the_range_since_a_moment_covers_the_whole_bars_only():
    moving = pair()
    bars = moving.newest(Timeframe.M1, OPENED, 10)

    low, high = moving.range_since(int(bars.time[0]), NOW)

    tick = moving.instrument.tick
    assert (low, high) == (int(bars.low.min()) * tick, int(bars.high.max()) * tick)
    assert moving.range_since(NOW, NOW) is None
