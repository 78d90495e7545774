"""Paper trading: live prices in, an own ledger, and no way to sign anything."""

from __future__ import annotations

import asyncio
import inspect
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from fks_desk.core.clock import SteppedClock
from fks_desk.core.errors import ConfigError, FeedUnavailable, OrderRefused
from fks_desk.core.model import (
    AccountId,
    BookLevel,
    ClientOrderId,
    Liquidity,
    MarketTrade,
    Money,
    OrderBook,
    OrderIntent,
    OrderKind,
    Side,
    Ticker,
    TradeId,
)
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import AccountReader, Broker
from fks_desk.venue import paper
from fks_desk.venue.market.listing import spot
from fks_desk.venue.paper import PaperGateway

START = datetime(2026, 1, 1, tzinfo=UTC)
BTC = spot("BTC/USDT", tick="0.01", lot="0.00001")
ETH = spot("ETH/USDT", tick="0.01", lot="0.0001")
PAPER = AccountId("paper")


@pytest.fixture
def clock():
    return SteppedClock(START)


@asynccontextmanager
async def opened(folder, clock):
    gateway = PaperGateway(
        account=PAPER,
        instruments=[BTC, ETH],
        clock=clock,
        folder=folder,
        initial_balances={"USDT": Decimal(10_000)},
    )
    nursery = Nursery()
    nursery.start(gateway.run(), name="paper")
    await asyncio.sleep(0)
    await gateway.balances()
    try:
        yield gateway
    finally:
        await nursery.close()


@pytest.fixture
async def gateway(tmp_path, clock):
    async with opened(tmp_path, clock) as gateway:
        yield gateway


def trade(price: str, instrument=BTC) -> MarketTrade:
    return MarketTrade(
        instrument=instrument.id,
        trade_id=TradeId("1"),
        side=Side.BUY,
        price=Decimal(price),
        size=Decimal(1),
        ts_event=START,
        ts_init=START,
    )


def intent(name: str, side: Side, size: str, limit: str | None = None) -> OrderIntent:
    return OrderIntent(
        client_id=ClientOrderId(name),
        account=PAPER,
        instrument=BTC.id,
        side=side,
        kind=OrderKind.MARKET if limit is None else OrderKind.LIMIT,
        size=Decimal(size),
        limit_price=None if limit is None else Decimal(limit),
        reference_price=Decimal(limit or 50_000),
        created=START,
    )


async def test_it_is_a_broker_and_an_account_reader(gateway):
    broker: Broker = gateway
    account: AccountReader = gateway

    assert broker is account
    assert await account.open_orders() == []


def test_nothing_in_it_could_sign():
    source = inspect.getsource(paper)

    assert "hmac" not in source
    assert "secret" not in source
    assert "ccxt" not in source


async def test_without_a_fresh_price_an_order_is_refused(gateway, clock):
    with pytest.raises(OrderRefused, match="no price of BTC/USDT yet"):
        await gateway.submit(intent("a", Side.BUY, "0.01"))
    gateway.on_trade(trade("50000"))
    clock.advance(timedelta(seconds=61))
    with pytest.raises(OrderRefused, match="61 s old"):
        await gateway.submit(intent("a", Side.BUY, "0.01"))


async def test_a_market_order_takes_the_live_book(gateway):
    gateway.on_trade(trade("50000"))
    gateway.on_book(
        OrderBook(
            instrument=BTC.id,
            bids=(BookLevel(price=Decimal(49_999), size=Decimal(1)),),
            asks=(
                BookLevel(price=Decimal(50_001), size=Decimal("0.01")),
                BookLevel(price=Decimal(50_003), size=Decimal(1)),
            ),
            sequence=1,
            ts_event=START,
            ts_init=START,
        )
    )

    order = await gateway.submit(intent("a", Side.BUY, "0.03"))

    fills = await gateway.fills(BTC.id, START)
    assert (order.state, order.filled) == ("filled", Decimal("0.03"))
    assert [fill.price for fill in fills] == [Decimal(50_001), Decimal(50_003)]
    assert fills[0].fee == Money(amount=Decimal("0.00001"), currency="BTC")
    assert fills[0].liquidity is Liquidity.TAKER
    balances = {item.currency: item.total for item in await gateway.balances()}
    assert balances == {"BTC": Decimal("0.02997"), "USDT": Decimal("8499.93")}


async def test_without_a_book_one_is_made_around_the_last_price(gateway):
    gateway.on_ticker(
        Ticker(
            instrument=BTC.id,
            last=Decimal(50_000),
            bid=None,
            ask=None,
            change_pct=None,
            volume=None,
            ts_event=START,
            ts_init=START,
        )
    )

    order = await gateway.submit(intent("a", Side.BUY, "0.01"))

    assert order.average_price == Decimal(50_001)


async def test_a_resting_order_fills_as_maker_and_is_reported(gateway):
    gateway.on_trade(trade("50000"))
    reports = gateway.reports()
    first = await anext(reports)
    assert (first.order, first.fill) == (None, None)

    order = await gateway.submit(intent("a", Side.BUY, "0.1", "49000"))
    gateway.on_trade(trade("48999"))
    told = [await asyncio.wait_for(anext(reports), 30) for _ in range(4)]
    await reports.aclose()

    assert order.state == "open"
    assert [report.order.state for report in told if report.order] == ["open", "filled"]
    fill = told[2].fill
    assert (fill.price, fill.liquidity) == (Decimal(49_000), Liquidity.MAKER)
    assert {item.currency: item.free for item in told[3].balances}["USDT"] == 5_100


async def test_a_cancel_works_once(gateway):
    gateway.on_trade(trade("50000"))
    order = await gateway.submit(intent("a", Side.BUY, "0.1", "49000"))

    await gateway.cancel(BTC.id, order.client_id, order.venue_order_id)

    found = await gateway.find_order(BTC.id, order.client_id)
    assert found.state == "canceled"
    with pytest.raises(OrderRefused, match="Unknown order"):
        await gateway.cancel(BTC.id, order.client_id, None)
    assert await gateway.find_order(BTC.id, ClientOrderId("never")) is None


async def test_a_rule_broken_is_a_definite_no(gateway):
    gateway.on_trade(trade("50000"))
    for wish, text in (
        (intent("a", Side.BUY, "0.1", "49000.001"), "PRICE_FILTER"),
        (intent("a", Side.BUY, "1"), "insufficient balance"),
        (intent("a", Side.SELL, "0.1"), "insufficient balance"),
    ):
        with pytest.raises(OrderRefused, match=text):
            await gateway.submit(wish)


async def test_the_account_survives_a_restart(tmp_path, clock):
    async with opened(tmp_path, clock) as first:
        first.on_trade(trade("50000"))
        await first.submit(intent("a", Side.BUY, "0.1"))
        await first.submit(intent("b", Side.BUY, "0.01", "40000"))
        balances = await first.balances()
    async with opened(tmp_path, clock) as second:
        assert await second.balances() == balances
        assert [order.client_id for order in await second.open_orders()] == ["b"]
        recent = await second.recent_orders(BTC.id, START)
        assert [(order.client_id, order.intent.kind) for order in recent] == [
            ("a", OrderKind.MARKET),
            ("b", OrderKind.LIMIT),
        ]


async def test_it_follows_a_feed_through_its_failures(gateway, monkeypatch):
    monkeypatch.setattr(paper, "_FIRST_WAIT_S", 0.01)
    asked = []

    class Feed:
        async def trades(self, instrument):
            asked.append(instrument.symbol)
            yield trade("50000", instrument)
            raise FeedUnavailable("gone")

        async def books(self, instrument):
            await asyncio.sleep(60)
            yield None

    follower = asyncio.create_task(gateway.follow(Feed()))
    while asked.count("BTC/USDT") < 3:
        await asyncio.sleep(0.01)
    follower.cancel()

    assert (await gateway.submit(intent("a", Side.BUY, "0.01"))).state == "filled"


def test_one_paper_account_trades_one_venue(tmp_path, clock):
    with pytest.raises(ConfigError, match="listed twice"):
        PaperGateway(
            account=PAPER,
            instruments=[BTC, BTC],
            clock=clock,
            folder=tmp_path,
            initial_balances={},
        )
