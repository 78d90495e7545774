"""Run the real simulated exchange in the test's own loop, and connect the real ccxt to it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from fks_desk.adapters.exchange.connection import ExchangeConnection
from fks_desk.adapters.exchange.library import preload
from fks_desk.adapters.exchange.options import Credentials, ExchangeOptions
from fks_desk.core.clock import SystemClock
from fks_desk.core.model import (
    AccountId,
    ClientOrderId,
    Instrument,
    OrderIntent,
    OrderKind,
    Side,
    VenueId,
)
from fks_desk.core.ports import OrderReport
from fks_desk.core.secret import Secret
from fks_desk.venue.faults import FaultRule, Faults
from fks_desk.venue.front.admin import SECRET_HEADER
from fks_desk.venue.server import VenueOptions, VenueReady, serve
from fks_desk.venue.urls import ccxt_overrides

DEMO = AccountId("demo")


@dataclass
class Desk:
    """Hold a running venue and a connection to it."""

    venue: VenueReady
    connection: ExchangeConnection
    session: aiohttp.ClientSession
    btc: Instrument
    numbers: Any = field(default_factory=lambda: iter(range(1, 10_000)))

    @property
    def broker(self):
        return self.connection.broker

    async def admin(self, what: str, body: Any = None) -> Any:
        url = f"http://127.0.0.1:{self.venue.port}/fks/admin/{what}"
        headers = {SECRET_HEADER: self.venue.secret}
        method = "GET" if body is None else "POST"
        data = None if body is None else msgspec.json.encode(body)
        async with self.session.request(method, url, data=data, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def script(self, *rules: FaultRule, **faults: Any) -> None:
        await self.admin("faults", Faults(rules=rules, **faults))

    async def posts(self) -> int:
        """Return how many order requests reached the venue."""
        requests = (await self.admin("ledger"))["requests"]
        return sum(entry["method"] == "POST" for entry in requests)

    def intent(
        self, side: Side = Side.BUY, size: str = "0.01", limit: Decimal | None = None
    ) -> OrderIntent:
        return OrderIntent(
            client_id=ClientOrderId(f"t-{next(self.numbers)}"),
            account=DEMO,
            instrument=self.btc.id,
            side=side,
            kind=OrderKind.MARKET if limit is None else OrderKind.LIMIT,
            size=Decimal(size),
            limit_price=limit,
            reference_price=Decimal(60_000),
            created=SystemClock().now(),
        )

    async def far_price(self) -> Decimal:
        """Return a limit price that buys nothing for now."""
        url = f"http://127.0.0.1:{self.venue.port}/api/v3/ticker/price?symbol=BTCUSDT"
        async with self.session.get(url) as answer:
            last = Decimal((await answer.json())["price"])
        return self.btc.snap_price(last * Decimal("0.9"))


@contextlib.asynccontextmanager
async def running(options: VenueOptions) -> AsyncIterator[VenueReady]:
    """Run a venue until the block ends."""
    loop = asyncio.get_running_loop()
    ready, stop = loop.create_future(), asyncio.Event()
    server = loop.create_task(serve(options, SystemClock(), ready.set_result, stop))
    await asyncio.wait([server, ready], return_when=asyncio.FIRST_COMPLETED)
    if server.done():
        server.result()
    try:
        yield ready.result()
    finally:
        stop.set()
        await server


@contextlib.asynccontextmanager
async def connected(venue: VenueReady, **options: Any) -> AsyncIterator[ExchangeConnection]:
    """Connect to a venue until the block ends."""
    preload()
    connection = ExchangeConnection(
        options=ExchangeOptions(
            venue=VenueId("demo"),
            account=DEMO,
            credentials=Credentials(key=Secret(venue.api_key), secret=Secret(venue.secret)),
            overrides=ccxt_overrides(venue.port),
            **options,
        ),
        clock=SystemClock(),
    )
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
def open_desk(tmp_path: Path):
    """Return a way to open a venue and a desk with chosen options."""

    @contextlib.asynccontextmanager
    async def open_one(venue_options: dict | None = None, **options: Any) -> AsyncIterator[Desk]:
        wanted = {"data_folder": tmp_path, "history_days": 2, **(venue_options or {})}
        async with (
            running(VenueOptions(**wanted)) as venue,
            connected(venue, **options) as connection,
            aiohttp.ClientSession() as session,
        ):
            listed = await connection.instruments()
            btc = next(one for one in listed if one.symbol == "BTC/USDT")
            yield Desk(venue, connection, session, btc)

    return open_one


@pytest.fixture
async def desk(open_desk) -> AsyncIterator[Desk]:
    async with open_desk() as one:
        yield one


async def take(stream: Any, count: int, timeout_s: float = 30.0) -> list[Any]:
    """Return the stream's first values and close it."""
    found: list[Any] = []
    async with asyncio.timeout(timeout_s), contextlib.aclosing(stream) as values:
        async for value in values:
            found.append(value)
            if len(found) == count:
                return found
    raise AssertionError(f"the stream ended after {len(found)} of {count} values")


class Listener:
    """Collect an account's reports in the background."""

    def __init__(self, broker: Any, *, is_up: bool = True) -> None:
        self._is_up = is_up
        self.reports: list[Any] = []
        self._broker = broker

    @property
    def connections(self) -> int:
        return sum(report == OrderReport() for report in self.reports)

    @property
    def fills(self) -> list[Any]:
        return [report.fill for report in self.reports if report.fill is not None]

    @property
    def states(self) -> list[str]:
        return [report.order.state for report in self.reports if report.order is not None]

    async def until(self, condition: Any, timeout_s: float = 30.0) -> None:
        async with asyncio.timeout(timeout_s):
            while not condition(self):
                await asyncio.sleep(0.01)

    async def __aenter__(self) -> Listener:
        self._task = asyncio.get_running_loop().create_task(self._listen())
        if self._is_up:
            await self.until(lambda one: one.connections == 1)
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self) -> None:
        async for report in self._broker.reports():
            self.reports.append(report)


def utc(moment: datetime) -> bool:
    return moment.utcoffset() is not None and not moment.utcoffset()
