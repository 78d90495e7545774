"""Measure an order's way through the desk, in memory and with the real database."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg

from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.embedded import EmbeddedServer
from fks_desk.adapters.storage.migrate import migrate
from fks_desk.adapters.storage.stores import Stores, open_stores
from fks_desk.core.clock import SystemClock
from fks_desk.core.messages import PlaceOrder
from fks_desk.core.model import Order, OrderState, TradeId
from fks_desk.core.ports import TradingChange
from fks_desk.trading.books.blotter import Blotter
from fks_desk.trading.exposure import Surroundings, measure
from fks_desk.trading.limits import RiskLimits
from fks_desk.trading.risk import refusal
from tests.fakes.trading import BTC, DEMO, START, Life, wish, world

ORDERS = 200
LIMITS = RiskLimits(
    max_orders_per_minute=1_000_000,
    max_open_orders=1_000_000,
    max_exposure=Decimal(10**12),
    max_order_notional=Decimal(10**12),
)


def measures() -> Iterator[dict[str, Any]]:
    yield _risk_check(open_orders=1_000)
    yield _apart(asyncio.run(_click_to_wire(None)), "click to wire, memory store")
    with tempfile.TemporaryDirectory(prefix="fks-bench-") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedServer(Path(folder) / "server")
        server.start()
        try:
            migrate(server.url, backups=None, clock=SystemClock())
            waits = asyncio.run(_click_to_wire(server.url))
            yield {**_apart(waits, "click to wire, PostgreSQL with fsync"), "goal": "p99 < 20"}
            yield asyncio.run(_flush(server.url))
            yield asyncio.run(_fill_rate(server.url, 2_000))
            yield asyncio.run(_reconcile(server.url, stored=100_000, new=1_000))
        finally:
            server.stop()
    yield asyncio.run(_fill_rate(None, 20_000))


def _risk_check(open_orders: int) -> dict[str, Any]:
    """Time one measurement and check with so many orders open."""
    blotter = Blotter(remembered=10)
    for number in range(open_orders):
        order = Order(
            intent=wish(limit="90", client_id=f"open-{number}"),
            state=OrderState.OPEN,
            updated=START,
        )
        blotter.put(order)
    life = Life(*world())
    life.see_prices()
    around = Surroundings(
        state=life.desk.state,
        instruments={BTC.id: BTC},
        last=life.prices.last,
        reporting_currency="USDT",
        orders_last_minute=0,
        market_buffer=Decimal(0),
    )
    intent, took = wish(), []
    for _ in range(100):
        begun = time.perf_counter()
        refusal(intent, BTC, LIMITS, measure(blotter, intent, around))
        took.append((time.perf_counter() - begun) * 1000)
    return _apart(took, f"risk check with {open_orders} open orders")


async def _click_to_wire(url: str | None) -> list[float]:
    """Return the milliseconds from each command to its request, one after the other."""
    venue, rows = world()
    venue.money["USDT"] = Decimal(10**9)
    life = Life(venue, rows, limits=LIMITS)
    database = None
    if url is not None:
        database = Database(url, pool_size=4)
        stores = await open_stores(database=database, clock=SystemClock())
        await stores.accounts.ensure_account(DEMO)
        _use(life, stores)
    sent: list[float] = []
    submit = life.wire.submit

    async def note(intent: Any) -> Any:
        sent.append(time.perf_counter())
        return await submit(intent)

    life.wire.submit = note  # type: ignore[method-assign]  # the moment of the send is what counts
    await life.begin()
    waits = []
    for _ in range(ORDERS):
        begun = time.perf_counter()
        await life.desk.handle(PlaceOrder(intent=wish(limit="90")))
        while len(sent) <= len(waits):
            await asyncio.sleep(0)
        waits.append((sent[-1] - begun) * 1000)
    await life.desk.close()
    if database is not None:
        await database.close()
    return waits


async def _flush(url: str) -> dict[str, Any]:
    """Time the commit alone: what of a click is the disk's."""
    database = Database(url, pool_size=2)
    stores = await open_stores(database=database, clock=SystemClock())
    took = []
    for number in range(ORDERS):
        order = Order(
            intent=wish(limit="90", client_id=f"flush-{number}"),
            state=OrderState.SENDING,
            updated=START,
        )
        change = TradingChange(account=DEMO.id, orders=(order,))
        begun = time.perf_counter()
        await stores.trading_writer.record(change)
        took.append((time.perf_counter() - begun) * 1000)
    await database.close()
    return _apart(took, "commit of one order, PostgreSQL with fsync")


def _clean(url: str) -> None:
    """Forget what an earlier measure has traded; the journal stays."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "TRUNCATE order_events, orders, trades, fill_ids, positions, balances, "
            "balance_history, transfers, equity_history"
        )


async def _fill_rate(url: str | None, count: int) -> dict[str, Any]:
    """Count executions through order, position, funds, ledger, journal and store."""
    if url is not None:
        await asyncio.to_thread(_clean, url)
    venue, rows = world()
    venue.money["USDT"] = Decimal(10**9)
    life = Life(venue, rows, limits=LIMITS)
    database = None
    if url is not None:
        database = Database(url, pool_size=4)
        stores = await open_stores(database=database, clock=SystemClock())
        await stores.accounts.ensure_account(DEMO)
        _use(life, stores)
    await life.begin()
    lot = Decimal("0.00100")
    intent = wish(limit="90", size=str(lot * count), client_id=f"rate-{count}")
    await life.desk.handle(PlaceOrder(intent=intent))
    async with asyncio.timeout(30):
        while not venue.orders:
            await asyncio.sleep(0.01)
    order, books = venue.orders[-1], life.desk._books
    for queue in list(venue.listeners):
        venue.listeners.remove(queue)
    before = books.blotter.positions.get(BTC.id)
    held = before.size if before is not None else Decimal(0)
    fills = [
        replace(venue.fill(order, lot, Decimal(90)), trade_id=TradeId(f"{count}-{number}"))
        for number in range(count)
    ]
    begun = time.perf_counter()
    for fill in fills:
        await books.hear_fill(fill)
    took = time.perf_counter() - begun
    counted = books.blotter.positions[BTC.id].size - held
    await life.die()
    if database is not None:
        await database.close()
    where = "PostgreSQL with fsync" if url is not None else "memory store"
    return {
        "name": f"executions through desk and portfolio, {where}",
        "unit": "fills/s",
        "value": round(count / took),
        "lost": str(lot * count * Decimal("0.999") - counted),
        "goal": ">= 2000",
    }


async def _reconcile(url: str, *, stored: int, new: int) -> dict[str, Any]:
    """Time a thorough look at an account with many stored executions and some new ones."""
    await asyncio.to_thread(_clean, url)
    await asyncio.to_thread(_seed, url, stored)
    venue, rows = world()
    venue.money["USDT"] = Decimal(10**9)
    life = Life(venue, rows, limits=LIMITS)
    database = Database(url, pool_size=4)
    stores = await open_stores(database=database, clock=SystemClock())
    _use(life, stores)
    order = venue.place(wish(limit="90", size="10", client_id="elsewhere"))
    for _ in range(new):
        venue.fill(order, Decimal("0.001"), Decimal(90))
    begun = time.perf_counter()
    await life.desk.start()
    async with asyncio.timeout(120):
        await life.desk.ready()
    took = time.perf_counter() - begun
    found = await stores.trading.fills(DEMO.id, BTC.id, limit=stored * 2)
    await life.die()
    await database.close()
    return {
        "name": f"start with {stored} stored and {new} new executions",
        "unit": "s",
        "value": round(took, 2),
        "found": sum(fill.client_id == "elsewhere" for fill in found),
        "goal": "< 10",
    }


def _seed(url: str, count: int) -> None:
    """Store old executions in bulk, as years of trading would have left them."""
    with psycopg.connect(url) as connection:
        connection.execute("SELECT ensure_partitions('trades', '2025-01-01', '2026-12-31')")
        connection.execute(
            """
            INSERT INTO trades (ts_event, account, instrument, trade_id, client_id,
                venue_order_id, side, price, size, fee, fee_currency, liquidity, ts_init)
            SELECT '2025-06-01'::timestamptz + n * interval '1 minute', %s, %s, 'old-' || n,
                'old', '1', CASE n %% 2 WHEN 0 THEN 'buy' ELSE 'sell' END, 100, 0.001, 0,
                'USDT', 'taker', '2025-06-01'::timestamptz
            FROM generate_series(1, %s) AS n
            """,
            [DEMO.id, BTC.id, count],
        )
        connection.execute(
            """
            INSERT INTO fill_ids SELECT account, instrument, trade_id, id, ts_event
            FROM trades ON CONFLICT DO NOTHING
            """
        )


def _use(life: Life, stores: Stores) -> None:
    """Let the desk write into the real stores."""
    books = life.desk._books
    books._store = books._writer._store = stores.trading_writer
    life.desk._shop.sender._store = stores.trading_writer
    books._rows = stores.trading
    books._ledger_rows = stores.ledger
    life.desk._worth._store = stores.ledger
    life.desk._latch._journal = stores.journal
    life.desk._rounds._reconciler._store = stores.trading_writer
    books._options = replace(books._options, patience_s=5.0)


def _apart(values: list[float], name: str) -> dict[str, Any]:
    ordered = sorted(values)
    return {
        "name": name,
        "unit": "ms",
        "median": round(statistics.median(ordered), 3),
        "p99": round(ordered[int(len(ordered) * 0.99) - 1], 3),
        "count": len(ordered),
    }
