"""Show that recorded trades are summed up by taker's side and by bar, exactly."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from fks_desk.core.clock import to_ms
from fks_desk.core.model import MarketTrade, Side, Span, Timeframe, TradeId
from tests.fakes.rows import BTC, ETH, NOW

START = Timeframe.M5.floor(NOW)
SPAN = Span(start=START, end=START + timedelta(hours=1))


def printed(number, seconds, side, size, instrument=BTC):
    at = START + timedelta(seconds=seconds)
    return MarketTrade(
        instrument=instrument,
        trade_id=TradeId(str(number)),
        side=side,
        price=Decimal(100),
        size=Decimal(size),
        ts_event=at,
        ts_init=at,
    )


@pytest.fixture
async def recorded(stores):
    await stores.market_trades.record_market_trades(
        [
            printed(1, 0, Side.BUY, "0.1"),
            printed(2, 299.999, Side.BUY, "0.2"),
            printed(3, 10, Side.SELL, "0.05"),
            printed(4, 300, Side.SELL, "1"),
            printed(5, 1200, Side.BUY, "2"),
            printed(6, 10, Side.BUY, "9", ETH),
            printed(7, 3600, Side.BUY, "9"),
            printed(8, -1, Side.BUY, "9"),
        ]
    )
    return stores.flow


async def test_each_bar_with_a_trade_has_what_takers_bought_and_sold(recorded):
    flow = await recorded.flow(BTC, Timeframe.M5, SPAN)

    assert flow.time.tolist() == [to_ms(START + timedelta(minutes=m)) for m in (0, 5, 20)]
    assert flow.bought.tolist() == [0.3, 0.0, 2.0]  # the sum is exact: 0.1 + 0.2
    assert flow.sold.tolist() == [0.05, 1.0, 0.0]


async def test_a_longer_bar_holds_the_same_trades(recorded):
    flow = await recorded.flow(BTC, Timeframe.H1, SPAN)

    assert flow.bought.sum() == pytest.approx(2.3)


async def test_an_instrument_that_nobody_recorded_has_no_flow(recorded):
    assert len(await recorded.flow("demo:spot:XYZ/USDT", Timeframe.M5, SPAN)) == 0
