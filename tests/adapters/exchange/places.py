"""Open either market of a running venue through the real ccxt."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
from msgspec import to_builtins

from fks_desk.adapters.exchange.library import preload
from fks_desk.adapters.exchange.opening import open_connection
from fks_desk.adapters.exchange.options import Credentials, ExchangeOptions
from fks_desk.core.clock import EPOCH, SystemClock
from fks_desk.core.model import (
    AccountId,
    ClientOrderId,
    Instrument,
    OrderIntent,
    OrderKind,
    Side,
    VenueId,
)
from fks_desk.core.secret import Secret
from fks_desk.core.terms import PLAIN, Terms
from fks_desk.venue.faults import FaultAction, FaultRule, Faults
from fks_desk.venue.urls import ccxt_overrides, ccxt_perpetual_overrides
from tests.fakes.venue import RawClient, running_venue

ACCOUNT = AccountId("both")
SIZE = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Market:
    """Hold what the test has to know of a market, and the desk must not."""

    exchange: str
    order: str
    shown: str
    overrides: Any


SPOT = Market("binance", "/api/v3/order", "/api/v3/ticker/price", ccxt_overrides)
USDM = Market("binanceusdm", "/fapi/v1/order", "/fapi/v1/ticker/price", ccxt_perpetual_overrides)


class Place:
    """Hold a connection to one market of a running venue."""

    def __init__(self, market: Market, connection: Any, venue: RawClient, btc: Instrument) -> None:
        self.market = market
        self.connection = connection
        self.venue = venue
        self.btc = btc
        self.broker = connection.broker
        self._number = 0

    async def script(self, *rules: FaultRule, **faults: Any) -> None:
        await self.venue.admin("POST", "faults", to_builtins(Faults(rules=rules, **faults)))

    async def fail(self, action: FaultAction, method: str = "POST", **named: Any) -> None:
        """Let the next order request of a method go wrong."""
        rule = FaultRule(on=f"{method} {self.market.order}", action=action, times=1, **named)
        await self.script(rule)

    async def orders(self) -> list[Any]:
        """Return every order that the venue holds of us."""
        return list(await self.connection.account.recent_orders(self.btc.id, EPOCH))

    async def arrived(self) -> int:
        """Return how many order requests reached the venue's matching."""
        entries = (await self.venue.admin("GET", "ledger"))["requests"]
        return sum((one["method"], one["path"]) == ("POST", self.market.order) for one in entries)

    async def last(self) -> Decimal:
        return Decimal((await self.venue.get(self.market.shown, symbol="BTCUSDT"))["price"])

    async def share(self, part: str) -> Decimal:
        """Return a price at a share of the last one."""
        return self.btc.snap_price(await self.last() * Decimal(part))

    async def cross(self, price: Decimal) -> None:
        """Let somebody trade at a price."""
        await self.venue.admin("POST", "cross", {"symbol": "BTC/USDT", "price": str(price)})

    async def far(self) -> Decimal:
        return self.btc.snap_price(await self.last() * Decimal("0.9"))

    def intent(
        self,
        side: Side = Side.BUY,
        size: Decimal = SIZE,
        limit: Decimal | None = None,
        terms: Terms = PLAIN,
        kind: OrderKind | None = None,
    ) -> OrderIntent:
        self._number += 1
        return OrderIntent(
            client_id=ClientOrderId(f"b-{self._number}"),
            account=ACCOUNT,
            instrument=self.btc.id,
            side=side,
            kind=kind or (OrderKind.MARKET if limit is None else OrderKind.LIMIT),
            size=size,
            limit_price=limit,
            reference_price=Decimal(60_000),
            terms=terms,
            created=SystemClock().now(),
        )


@contextlib.asynccontextmanager
async def opened(market: Market, folder: Path, **options: Any) -> AsyncIterator[Place]:
    await asyncio.to_thread(preload, market.exchange)
    async with running_venue(folder, history_days=2, symbols=("BTC/USDT",)) as ready:
        connection = open_connection(
            options=ExchangeOptions(
                exchange=market.exchange,
                venue=VenueId("both"),
                account=ACCOUNT,
                credentials=Credentials(key=Secret(ready.api_key), secret=Secret(ready.secret)),
                overrides=market.overrides(ready.port),
                **options,
            ),
            clock=SystemClock(),
        )
        async with aiohttp.ClientSession() as session:
            try:
                listed = await connection.instruments()
                btc = next(one for one in listed if one.base == "BTC")
                yield Place(market, connection, RawClient(ready, session), btc)
            finally:
                await connection.close()
