"""A connection opens what it is allowed to and closes without a trace."""

from __future__ import annotations

import asyncio
import gc

import pytest

from fks_desk.adapters.exchange.connection import ExchangeConnection
from fks_desk.adapters.exchange.options import ExchangeOptions
from fks_desk.core.clock import SystemClock
from fks_desk.core.errors import ConfigError
from fks_desk.core.model import VenueId
from fks_desk.venue.urls import ccxt_overrides


async def test_without_a_key_there_is_a_market_and_no_broker(desk):
    options = ExchangeOptions(venue=VenueId("demo"), overrides=ccxt_overrides(desk.venue.port))
    connection = ExchangeConnection(options=options, clock=SystemClock())
    try:
        assert await connection.instruments()
        with pytest.raises(ConfigError, match="no API key is set for demo"):
            _ = connection.broker
        with pytest.raises(ConfigError, match="store one first"):
            _ = connection.account
    finally:
        await connection.close()


async def test_closing_leaves_no_task_no_session_and_no_waiting_reader(open_desk):
    before = asyncio.all_tasks()
    async with open_desk() as desk:
        readers = [
            asyncio.get_running_loop().create_task(_drain(stream))
            for stream in (
                desk.connection.market.trades(desk.btc),
                desk.connection.market.books(desk.btc),
                desk.broker.reports(),
            )
        ]
        await asyncio.sleep(0.4)
        readers[2].cancel()
        await desk.connection.close()
        ended = await asyncio.gather(*readers, return_exceptions=True)

    await asyncio.sleep(0.05)
    gc.collect()
    assert [type(one).__name__ for one in ended] == [
        "FeedUnavailable",
        "FeedUnavailable",
        "CancelledError",
    ]
    assert asyncio.all_tasks() - before == set()


async def _drain(stream) -> None:
    async for _ in stream:
        pass


async def test_the_key_is_in_no_repr_and_only_with_those_who_sign(desk):
    holders = [client for client in desk.connection._clients if client.apiKey]

    assert len(holders) == 2
    assert desk.venue.secret not in repr(desk.connection.options)
