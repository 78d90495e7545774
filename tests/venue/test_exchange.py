"""The exchange without a front: what happens between its runs and in its sleep."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal

from fks_desk.core.clock import SteppedClock, from_ms
from fks_desk.core.model import Side
from fks_desk.core.nursery import Nursery
from fks_desk.venue.exchange import Exchange
from fks_desk.venue.ledger.log import LedgerLog
from fks_desk.venue.ledger.records import LedgerKind, LedgerStatus
from fks_desk.venue.ledger.rules import Request
from fks_desk.venue.market.listing import demo_listings
from fks_desk.venue.market.pair import PairMarket
from fks_desk.venue.market.replay import WallTime
from fks_desk.venue.market.synthetic import SyntheticSource

BTC = "BTC/USDT"
NOW = 1_800_000_030_000


@asynccontextmanager
async def running(folder, clock):
    log, nursery = LedgerLog(folder), Nursery()
    listing = demo_listings()[0]
    source = SyntheticSource(listing, seed=7, history_days=60)
    pair = PairMarket(listing, source, prints_per_s=4.0)
    nursery.start(log.run(), name="log")
    try:
        yield Exchange(pairs=[pair], ledger_log=log, time=WallTime(clock))
    finally:
        await nursery.close()
        log.close()


async def resting_buy(exchange, distance: str):
    """Place a limit buy somewhat below the market."""
    if not exchange.ledger.holdings(1):
        await exchange.deposit(1, "USDT", Decimal(10_000))
    price = exchange.instruments[BTC].snap_price(exchange.pairs[BTC].last_price * Decimal(distance))
    request = Request(
        uid=1,
        symbol=BTC,
        client_id=distance,
        side=Side.BUY,
        kind=LedgerKind.LIMIT,
        price=price,
        size=Decimal("0.01"),
    )
    return await exchange.place(request)


async def test_an_order_fills_for_what_the_market_did_while_nobody_was_there(tmp_path):
    clock = SteppedClock(from_ms(NOW))
    async with running(tmp_path, clock) as exchange:
        near = await resting_buy(exchange, "0.999")
        far = await resting_buy(exchange, "0.4")
    clock.advance(timedelta(days=5))
    async with running(tmp_path, clock) as exchange:
        exchange.catch_up()
        await exchange.settle()

        assert exchange.ledger.order(near.id).status is LedgerStatus.FILLED
        assert exchange.ledger.fills_of(near.id)[0].price == near.price
        assert exchange.ledger.order(far.id).status is LedgerStatus.NEW


async def test_a_machine_that_slept_jumps_ahead_and_fills_on_the_way(tmp_path):
    clock, printed = SteppedClock(from_ms(NOW)), []
    async with running(tmp_path, clock) as exchange:
        exchange.on_prints(lambda _pair, prints: printed.extend(prints))
        near = await resting_buy(exchange, "0.999")
        clock.advance(timedelta(days=2))
        exchange.move()
        await exchange.settle()

        assert printed == []
        assert exchange.ledger.order(near.id).status is LedgerStatus.FILLED
        clock.advance(timedelta(seconds=10))
        exchange.move()
        assert 20 < len(printed) < 60


async def test_listeners_hear_of_an_order_before_its_placer_does(tmp_path):
    heard = []
    async with running(tmp_path, SteppedClock(from_ms(NOW))) as exchange:
        exchange.bookkeeper.listen(heard.append)
        order = await resting_buy(exchange, "0.9")

        assert heard[-1].order == order
        assert set(heard[-1].holdings) == {"BTC", "USDT"}
