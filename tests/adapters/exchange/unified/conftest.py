"""Connect the real ccxt classes of other exchanges to a server on loopback."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from fks_desk.adapters.exchange.library import preload
from fks_desk.adapters.exchange.options import ExchangeOptions
from fks_desk.adapters.exchange.unified.connection import PublicConnection
from fks_desk.core.clock import SystemClock
from fks_desk.core.model import VenueId
from tests.fakes.foreign_exchange import foreign_exchange


@pytest.fixture
async def server():
    async with foreign_exchange() as one:
        yield one


@pytest.fixture
def opened(server):
    @contextlib.asynccontextmanager
    async def open_one(exchange: str, overrides: dict[str, Any]):
        await asyncio.to_thread(preload, exchange)
        connection = PublicConnection(
            options=ExchangeOptions(
                exchange=exchange, venue=VenueId(exchange), overrides=overrides
            ),
            clock=SystemClock(),
        )
        try:
            yield connection
        finally:
            await connection.close()

    return open_one


@pytest.fixture
async def kraken(server, opened):
    async with opened("kraken", server.kraken) as one:
        yield one


@pytest.fixture
async def futures(server, opened):
    async with opened("binanceusdm", server.futures) as one:
        yield one


async def take(stream: Any, count: int) -> list[Any]:
    """Return the stream's first values and close it."""
    found: list[Any] = []
    async with asyncio.timeout(60), contextlib.aclosing(stream) as values:
        async for value in values:
            found.append(value)
            if len(found) == count:
                return found
    raise AssertionError(f"the stream ended after {len(found)} of {count} values")
