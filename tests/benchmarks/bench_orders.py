"""Measure an order's way through the desk, in memory and with the real database."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg

from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.embedded import EmbeddedServer
from fks_desk.adapters.storage.migrate import migrate
from fks_desk.adapters.storage.stores import Stores, open_stores
from fks_desk.core.clock import SteppedClock, SystemClock
from fks_desk.core.messages import PlaceOrder
from fks_desk.core.model import Balance, Order, OrderState
from fks_desk.core.ports import TradingChange
from fks_desk.trading.books.blotter import Blotter
from fks_desk.trading.exposure import Surroundings, measure
from fks_desk.trading.limits import RiskLimits
from fks_desk.trading.risk import refusal
from tests.benchmarks.measure import Measure, less_is_better, more_is_better, none_lost
from tests.fakes.trading import BTC, DEMO, QUICK, START, FakeVenue, Life, wish, world

ORDERS = 200
LIMITS = RiskLimits(
    max_orders_per_minute=1_000_000,
    max_open_orders=1_000_000,
    max_exposure=Decimal(10**12),
    max_order_notional=Decimal(10**12),
)


# The desk looks around every half minute, as it does at work; a thorough look is measured apart.
AT_WORK = replace(QUICK, reconcile_s=30.0, reconcile_idle_s=300.0, patience_s=5.0)
RATE, SECONDS = 2_000, 60
LOT = Decimal("0.00100")
ROOT = Path(__file__).resolve().parents[2]
STEPS = ("key", "command", "writing", "written", "stored", "adapter", "socket")
SHOWN = ("frame", "row", "painted")


class QuickVenue(FakeVenue):
    """Lock no money for open orders: to add that up takes longer than all that is measured."""

    def balances(self) -> tuple[Balance, ...]:
        now = self.clock.now()
        return tuple(
            Balance(account=DEMO.id, currency=name, free=total, locked=Decimal(0), updated=now)
            for name, total in self.money.items()
        )


def measures() -> Iterator[Measure]:
    """Yield an order's way, whole and in parts, then what executions cost in numbers."""
    yield from _way()
    yield _below("orders.risk_check", _risk_check(open_orders=1_000), 1.0)
    yield _below("orders.command_to_request_memory", asyncio.run(_click_to_wire(None)), 20.0)
    with tempfile.TemporaryDirectory(prefix="fks-bench-") as folder:
        Path(folder).chmod(0o755)
        server = EmbeddedServer(Path(folder) / "server")
        server.start()
        try:
            migrate(server.url, backups=None, clock=SystemClock())
            waits = asyncio.run(_click_to_wire(server.url))
            yield _below("orders.command_to_request_durable", waits, 20.0)
            yield _below("orders.commit_alone", asyncio.run(_flush(server.url)), 20.0)
            yield from asyncio.run(_steady_orders(server.url, open_orders=1_000))
            yield from asyncio.run(_fills(server.url))
            yield from asyncio.run(
                _reconcile(server.url, stored=100_000, new=1_000, allowed_s=10.0)
            )
            yield from asyncio.run(_reconcile(server.url, stored=0, new=100_000, allowed_s=30.0))
        finally:
            server.stop()


def _way() -> Iterator[Measure]:
    """Yield the way from a key press to the socket, and from a frame to the screen.

    The whole desk runs with its walking market, in a process of its own; the flush of
    the commit is a part of it and told apart, as every step is.
    """
    with tempfile.TemporaryDirectory(prefix="fks-way-") as root:
        # Root's database runs as a user who must get in.
        Path(root).chmod(0o711)
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.order_way", root],
            cwd=ROOT, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
            check=True, timeout=280, capture_output=True, text=True,
        )  # fmt: skip
    told = json.loads(done.stdout.strip().splitlines()[-1])
    sent = told["sent"]
    flushes = [_ms(way, "writing", "written") for way in sent if "socket" in way]
    yield _along(
        "orders.key_to_socket", sent, STEPS, 20.0,
        flush_p99=round(_p99(flushes), 3), flush_median=round(statistics.median(flushes), 3),
    )  # fmt: skip
    yield _along("orders.frame_to_screen", told["shown"], SHOWN, 16.7 + 10.0)


def _along(
    name: str,
    ways: list[dict[str, float]],
    points: Sequence[str],
    allowed_ms: float,
    **beside: float,
) -> Measure:
    """Return the whole way's slowest in a hundred, and the same of each of its steps."""
    whole = [way for way in ways if points[-1] in way]
    steps = {
        f"{one} to {other}": [_ms(way, one, other) for way in whole]
        for one, other in pairwise(points)
    }
    waits = [_ms(way, points[0], points[-1]) for way in whole]
    return _below(
        name,
        waits,
        allowed_ms,
        p99_of_steps={step: round(_p99(took), 3) for step, took in steps.items()},
        median_of_steps={step: round(statistics.median(took), 3) for step, took in steps.items()},
        **beside,
    )


def _ms(way: dict[str, float], one: str, other: str) -> float:
    return (way[other] - way[one]) * 1000


def _risk_check(open_orders: int) -> list[float]:
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
    return took


async def _placed(life: Life, sent: list[float]) -> float:
    """Place one order and return the milliseconds until its request."""
    before, begun = len(sent), time.perf_counter()
    await life.desk.handle(PlaceOrder(intent=wish(limit="90")))
    while len(sent) == before:
        await asyncio.sleep(0)
    return (sent[-1] - begun) * 1000


async def _opened(url: str | None) -> tuple[Life, Database | None, list[float]]:
    """Return a desk that may do everything, and the list of the moments of its requests."""
    _, rows = world()
    venue = QuickVenue(clock=SteppedClock(START), money={"USDT": Decimal(10**9)})
    life = Life(venue, rows, limits=LIMITS, options=AT_WORK)
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
    return life, database, sent


async def _click_to_wire(url: str | None) -> list[float]:
    """Return the milliseconds from each command to its request, one after the other."""
    life, database, sent = await _opened(url)
    await life.begin()
    waits = [await _placed(life, sent) for _ in range(ORDERS)]
    await life.desk.close()
    if database is not None:
        await database.close()
    return waits


async def _flush(url: str) -> list[float]:
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
    return took


def _clean(url: str) -> None:
    """Forget what an earlier measure has traded; the journal stays."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "TRUNCATE order_events, orders, trades, fill_ids, positions, balances, "
            "balance_history, transfers, equity_history"
        )


async def _steady_orders(url: str, *, open_orders: int) -> Iterator[Measure]:
    """Place ten orders a second for a minute while many are open."""
    await asyncio.to_thread(_clean, url)
    life, database, sent = await _opened(url)
    await life.begin()
    for _ in range(open_orders):
        await _placed(life, sent)
    waits, start = [], time.perf_counter()
    for number in range(10 * SECONDS):
        await asyncio.sleep(max(0.0, start + number / 10 - time.perf_counter()))
        waits.append(await _placed(life, sent))
    took = time.perf_counter() - start
    await life.die()
    if database is not None:
        await database.close()
    name = "orders.sustained_with_1000_open"
    rate = more_is_better(name, len(waits) / took, "1/s", "wanted", 10.0)
    return iter([rate, _below("orders.sustained_command_to_request", waits, 50.0)])


async def _fills(url: str) -> list[Measure]:
    """Tell the private stream of so many executions a second for a minute.

    Each report holds the execution, the order's word and two balances, as a venue
    tells them; what counts is when the last of them is stored and remembered.
    """
    await asyncio.to_thread(_clean, url)
    life, database, _ = await _opened(url)
    await life.begin()
    count = RATE * SECONDS
    await life.desk.handle(PlaceOrder(intent=wish(limit="90", size=str(LOT * count * 2))))
    await life.settle(lambda: bool(life.venue.orders) and not life.desk._books.owed)
    order, books = life.venue.orders[-1], life.desk._books
    start, most_behind = time.perf_counter(), 0

    def counted() -> int:
        position = books.blotter.positions.get(BTC.id)
        return 0 if position is None else round(position.size / LOT / Decimal("0.999"))

    for number in range(count):
        if number % 20 == 0:
            await asyncio.sleep(max(0.0, start + number / RATE - time.perf_counter()))
            life.venue.clock.advance(timedelta(milliseconds=10))
            most_behind = max(most_behind, number - counted())
        life.venue.fill(order, LOT, Decimal(90))
    async with asyncio.timeout(600):
        while counted() < count:
            await asyncio.sleep(0.002)
    took = time.perf_counter() - start
    await life.die()
    stored = await asyncio.to_thread(_stored, url)
    if database is not None:
        await database.close()
    # What is told at the full rate cannot be taken faster than that.
    rate = more_is_better(
        "orders.fills_durable", count / took, "fills/s", "wanted", RATE * 0.995,
        seconds=round(took, 1), most_behind=most_behind,
    )  # fmt: skip
    return [rate, none_lost("orders.fills_kept", stored, count, "fills")]


def _stored(url: str) -> int:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT count(*) FROM trades").fetchone()
    return found[0] if found else 0


async def _reconcile(url: str, *, stored: int, new: int, allowed_s: float) -> list[Measure]:
    """Time the first look at an account, through the reader port: the venue is the fake."""
    await asyncio.to_thread(_clean, url)
    if stored:
        await asyncio.to_thread(_seed, url, stored)
    life, database, _ = await _opened(url)
    order = life.venue.place(wish(limit="90", size=str(2 * new), client_id="elsewhere"))
    for _ in range(new):
        life.venue.fill(order, Decimal("0.001"), Decimal(90))
    begun = time.perf_counter()
    await life.desk.start()
    async with asyncio.timeout(300):
        await life.desk.ready()
    took = time.perf_counter() - begun
    await life.die()
    found = await asyncio.to_thread(_stored, url)
    if database is not None:
        await database.close()
    name = f"orders.start_with_{stored}_stored_and_{new}_new_fills"
    return [
        less_is_better(name, took, "s", "allowed", allowed_s),
        none_lost(f"{name}_kept", found, stored + new, "fills"),
    ]


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
    life.desk._halting._latch._journal = stores.journal
    life.desk._rounds._reconciler._store = stores.trading_writer


def _below(name: str, waits: list[float], allowed_ms: float, **beside: Any) -> Measure:
    """Return the slowest in a hundred against what is allowed."""
    return less_is_better(
        name, _p99(waits), "ms", "allowed at p99", allowed_ms,
        median=round(statistics.median(waits), 3), count=len(waits), **beside,
    )  # fmt: skip


def _p99(waits: list[float]) -> float:
    return sorted(waits)[max(0, int(len(waits) * 0.99) - 1)]
