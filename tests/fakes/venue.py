"""Serve the simulated exchange inside a test, and make clients for it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import numpy as np

from fks_desk.core.clock import SystemClock, to_ms
from fks_desk.core.frame import Frame
from fks_desk.venue.front.admin import SECRET_HEADER
from fks_desk.venue.server import VenueOptions, VenueReady, serve
from fks_desk.venue.urls import ccxt_overrides, ccxt_perpetual_overrides


@asynccontextmanager
async def running_venue(folder: Path, **options: Any) -> AsyncIterator[VenueReady]:
    """Serve an exchange with its data in the folder until the block ends."""
    stop = asyncio.Event()
    ready: asyncio.Future[VenueReady] = asyncio.get_running_loop().create_future()
    server = asyncio.create_task(
        serve(VenueOptions(data_folder=folder, **options), SystemClock(), ready.set_result, stop)
    )
    await asyncio.wait({server, ready}, return_when=asyncio.FIRST_COMPLETED)
    if server.done():
        server.result()
    try:
        yield ready.result()
    finally:
        stop.set()
        await server


@asynccontextmanager
async def ccxt_client(ready: VenueReady, **settings: Any) -> AsyncIterator[Any]:
    """Return the real `ccxt.pro.binance`, pointed at the exchange."""
    from ccxt.pro import binance  # imported late: it takes seconds

    client = binance(
        {
            "apiKey": ready.api_key,
            "secret": ready.secret,
            "enableRateLimit": False,
            **ccxt_overrides(ready.port),
            **settings,
        }
    )
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def ccxt_perpetual_client(ready: VenueReady, **settings: Any) -> AsyncIterator[Any]:
    """Return the real `ccxt.pro.binanceusdm`, pointed at the exchange."""
    from ccxt.pro import binanceusdm  # imported late: it takes seconds

    client = binanceusdm(
        {
            "apiKey": ready.api_key,
            "secret": ready.secret,
            "enableRateLimit": False,
            **ccxt_perpetual_overrides(ready.port),
            **settings,
        }
    )
    try:
        yield client
    finally:
        await client.close()


class RawClient:
    """Send hand-made requests, right or wrong, and return status, body and headers."""

    def __init__(self, ready: VenueReady, session: aiohttp.ClientSession) -> None:
        self.ready = ready
        self.session = session
        self.root = f"http://127.0.0.1:{ready.port}"

    async def get(self, path: str, **params: Any) -> Any:
        return (await self.ask("GET", path, urlencode(params)))[1]

    async def ask(self, method: str, path: str, query: str = "", key: str | None = None) -> Any:
        from yarl import URL

        headers = {} if key is None else {"X-MBX-APIKEY": key}
        url = URL(f"{self.root}{path}" + (f"?{query}" if query else ""), encoded=True)
        async with self.session.request(method, url, headers=headers) as reply:
            is_json = reply.content_type == "application/json"
            body = await (reply.json() if is_json else reply.text())
            return reply.status, body, reply.headers

    async def signed(self, method: str, path: str, **params: Any) -> Any:
        stamp = params.pop("timestamp", to_ms(SystemClock().now()))
        query = urlencode({**params, "timestamp": stamp})
        return await self.ask(method, path, self.sign(query), self.ready.api_key)

    def sign(self, query: str) -> str:
        digest = hmac.new(self.ready.secret.encode(), query.encode(), hashlib.sha256)
        return f"{query}&signature={digest.hexdigest()}"

    async def admin(self, method: str, name: str, value: Any = None) -> Any:
        async with self.session.request(
            method,
            f"{self.root}/fks/admin/{name}",
            json=value,
            headers={SECRET_HEADER: self.ready.secret},
        ) as reply:
            assert reply.status == 200, await reply.text()
            return await reply.json()


@asynccontextmanager
async def raw_client(ready: VenueReady) -> AsyncIterator[RawClient]:
    """Return a client for hand-made requests."""
    async with aiohttp.ClientSession() as session:
        yield RawClient(ready, session)


def candles(
    rows: list[tuple[float, float, float, float]], *, step_ms: int = 300_000, volume: float = 10.0
) -> Frame:
    """Return a frame of open, high, low, close rows from a fixed day on."""
    table = np.array(rows, dtype=np.float64)
    start = 1_700_000_100_000 - 1_700_000_100_000 % step_ms
    return Frame(
        time=start + np.arange(len(rows), dtype=np.int64) * step_ms,
        open=table[:, 0],
        high=table[:, 1],
        low=table[:, 2],
        close=table[:, 3],
        volume=np.full(len(rows), volume),
    )
