"""Lend a running exchange and the real ccxt on it, straight or through a bad network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from fks_desk.adapters.exchange.connection import ExchangeConnection
from fks_desk.adapters.exchange.library import preload
from fks_desk.adapters.exchange.options import Credentials, ExchangeOptions
from fks_desk.core.clock import SystemClock
from fks_desk.core.errors import FKSException
from fks_desk.core.model import Instrument, OrderIntent, VenueId
from fks_desk.core.ports import VenueOrder
from fks_desk.core.secret import Secret
from fks_desk.venue.faults import FaultAction, FaultRule
from fks_desk.venue.server import VenueOptions
from fks_desk.venue.urls import ccxt_overrides
from tests.adapters.exchange.conftest import DEMO, Desk, running
from tests.faults.proxy import Proxy, proxied

PLACE, FIND, TIME = "POST /api/v3/order", "GET /api/v3/order", "GET /api/v3/time"
KLINES, INFO, DEPTH = "GET /api/v3/klines", "GET /api/v3/exchangeInfo", "GET /api/v3/depth"


@dataclass
class Place(Desk):
    """Hold the venue, the connection to it and, if there is one, the network between."""

    proxy: Proxy | None = None

    async def calls(self) -> Mapping[str, int]:
        """Return how often each call reached the venue since the script began."""
        found: Mapping[str, int] = await self.admin("calls")
        return found

    async def refuse(self, call: str, **rule: Any) -> None:
        """Let the venue answer a call with an error."""
        await self.script(FaultRule(on=call, action=FaultAction.ERROR, **rule))

    async def in_ledger(self, intent: OrderIntent) -> int:
        """Return how many orders of the intent the venue has (I1)."""
        orders = (await self.admin("ledger"))["orders"]
        return sum(order["client_id"] == intent.client_id for order in orders)

    async def found(self, intent: OrderIntent) -> VenueOrder | None:
        """Return what the venue says of the intent."""
        return await self.broker.find_order(self.btc.id, intent.client_id)


@asynccontextmanager
async def opened(
    folder: Path,
    *,
    is_proxied: bool = False,
    change: Callable[[dict[str, Any]], dict[str, Any]] = lambda overrides: overrides,
    venue: Mapping[str, Any] | None = None,
    **options: Any,
) -> AsyncIterator[Place]:
    """Run a venue of two days and connect to it; `change` may bend ccxt's settings."""
    preload()
    wanted = {"data_folder": folder, "history_days": 2, "symbols": ("BTC/USDT",), **(venue or {})}
    async with AsyncExitStack() as stack:
        ready = await stack.enter_async_context(running(VenueOptions(**wanted)))
        proxy = await stack.enter_async_context(proxied(ready.port)) if is_proxied else None
        port = ready.port if proxy is None else proxy.port
        connection = ExchangeConnection(
            options=ExchangeOptions(
                venue=VenueId("demo"),
                account=DEMO,
                credentials=Credentials(key=Secret(ready.api_key), secret=Secret(ready.secret)),
                overrides=change(ccxt_overrides(port)),
                **options,
            ),
            clock=SystemClock(),
        )
        stack.push_async_callback(connection.close)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        btc = await _listed(connection)
        yield Place(ready, connection, session, btc, proxy=proxy)


async def _listed(connection: ExchangeConnection) -> Instrument:
    """Return the pair, or a stand-in where the test is about an exchange out of reach."""
    try:
        return next(one for one in await connection.instruments() if one.symbol == "BTC/USDT")
    except FKSException:
        from tests.fakes.market import an_instrument

        return an_instrument()
