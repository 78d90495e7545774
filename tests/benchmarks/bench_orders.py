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

from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.embedded import EmbeddedServer
from fks_desk.adapters.storage.migrate import migrate
from fks_desk.adapters.storage.stores import Stores, open_stores
from fks_desk.core.clock import SystemClock
from fks_desk.core.messages import PlaceOrder
from fks_desk.core.model import Order, OrderState
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
        finally:
            server.stop()
    yield _apart(waits, "click to wire, PostgreSQL with fsync")


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


def _use(life: Life, stores: Stores) -> None:
    """Let the desk write into the real stores."""
    books = life.desk._books
    books._store = books._writer._store = life.desk._store = stores.trading_writer
    books._rows = stores.trading
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
