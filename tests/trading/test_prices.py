from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from fks_desk.core.clock import SteppedClock
from fks_desk.core.messages import CandleMoved, MarketTraded, TickerMoved
from fks_desk.core.model import Candle, MarketTrade, Side, Timeframe, TradeId
from fks_desk.trading.prices import Prices
from tests.fakes.trading import BTC, ETH, START, ticker


def test_the_newest_price_of_any_source_counts_with_its_age() -> None:
    clock = SteppedClock(START)
    prices = Prices(clock)
    assert prices.last(BTC.id) is None

    prices.on_ticker(TickerMoved(ticker=ticker(BTC.id, Decimal(100), START)))
    prices.on_trade(
        MarketTraded(
            trade=MarketTrade(
                instrument=BTC.id,
                trade_id=TradeId("1"),
                side=Side.BUY,
                price=Decimal(101),
                size=Decimal(1),
                # A replay's market time is years ago; that makes no price stale.
                ts_event=START - timedelta(days=700),
                ts_init=START,
            )
        )
    )
    clock.advance(timedelta(seconds=7))

    last = prices.last(BTC.id)
    assert last is not None
    assert (last.price, last.age_s) == (Decimal(101), Decimal("7.0"))
    assert prices.last(ETH.id) is None


def test_a_candle_in_progress_tells_a_price() -> None:
    prices = Prices(SteppedClock(START))
    one = Decimal(105)
    candle = Candle(
        instrument=BTC.id,
        timeframe=Timeframe.M1,
        opened=START,
        open=one,
        high=one,
        low=one,
        close=one,
        volume=one,
        is_closed=False,
        ts_event=START,
        ts_init=START,
    )

    prices.on_candle(CandleMoved(candle=candle))

    last = prices.last(BTC.id)
    assert last is not None
    assert last.price == 105


def test_a_price_that_cannot_be_leaves_the_last_good_one_to_age() -> None:
    clock = SteppedClock(START)
    prices = Prices(clock)
    quote = ticker(BTC.id, Decimal(100), START)
    prices.on_ticker(TickerMoved(ticker=quote))
    clock.advance(timedelta(seconds=40))

    for bad in ("NaN", "Infinity", "0", "-1"):
        prices.on_ticker(TickerMoved(ticker=replace(quote, last=Decimal(bad))))

    last = prices.last(BTC.id)
    assert last is not None
    assert (last.price, last.age_s) == (Decimal(100), Decimal("40.0"))


def test_a_corrected_wall_clock_makes_no_price_older_or_younger() -> None:
    clock = SteppedClock(START)
    prices = Prices(clock)
    prices.on_ticker(TickerMoved(ticker=ticker(BTC.id, Decimal(100), START)))

    clock.step(START + timedelta(hours=1))

    last = prices.last(BTC.id)
    assert last is not None
    assert last.age_s == 0
