"""Lend connections, and tell at once when the server is away.

psycopg's own pool reconnects in the background with growing waits and lets callers
wait meanwhile. A desk must know in a moment that it cannot write an order, and must
find a restarted server with the very next call; so each caller connects for itself.
"""

from __future__ import annotations

import asyncio
import logging
import selectors
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias

import psycopg
from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row

from fks_desk.core.errors import StorageUnavailable

log = logging.getLogger(__name__)

Row: TypeAlias = dict[str, Any]  # one row of a query: what stands in it is the query's affair
Connection: TypeAlias = AsyncConnection[Row]


class Pool:
    """Keep up to `size` connections of one event loop open and lend each to one caller."""

    def __init__(self, url: str, *, size: int, wait_s: float, settings: Mapping[str, str]) -> None:
        self._url = url
        self._wait_s = wait_s
        self._options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self._slots = asyncio.Semaphore(size)
        self._idle: list[Connection] = []
        self._is_closed = False

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[Connection]:
        """Lend a connection that answers, or raise `StorageUnavailable`."""
        try:
            async with asyncio.timeout(self._wait_s):
                await self._slots.acquire()
        except TimeoutError as error:
            raise StorageUnavailable(
                f"every database connection was busy for {self._wait_s:g} s; it is tried again"
            ) from error
        try:
            connection = await self._ready()
            try:
                yield connection
            finally:
                await self._take_back(connection)
        finally:
            self._slots.release()

    async def close(self) -> None:
        """Close the connections that nobody uses; those in use are closed when they come back."""
        self._is_closed = True
        while self._idle:
            await self._idle.pop().close()

    async def _ready(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if _is_silent(connection):
                return connection
            try:
                # One short question spares the caller a connection that died meanwhile.
                await connection.execute("SELECT 1")
            except psycopg.OperationalError:
                log.info("a database connection was lost while nobody used it")
                await connection.close()
            except BaseException:
                # Cancelled while it was asked: nobody else knows of this connection.
                await connection.close()
                raise
            else:
                return connection
        return await self._connected()

    async def _connected(self) -> Connection:
        try:
            async with asyncio.timeout(self._wait_s):
                return await AsyncConnection.connect(
                    self._url, autocommit=True, row_factory=dict_row, options=self._options
                )
        except TimeoutError as error:
            raise StorageUnavailable(
                f"the database did not answer within {self._wait_s:g} s; it is tried again"
            ) from error

    async def _take_back(self, connection: Connection) -> None:
        is_usable = connection.info.transaction_status == TransactionStatus.IDLE
        if is_usable and not connection.closed and not self._is_closed:
            self._idle.append(connection)
            return
        with suppress(psycopg.Error):
            await connection.close()


def _is_silent(connection: Connection) -> bool:
    """Tell whether the server has said nothing since it was last asked.

    One that ends says so, or its socket does. To look costs no question and no turn of
    the loop, of which an order has none to spare.
    """
    if connection.closed:
        return False
    with selectors.DefaultSelector() as selector:
        selector.register(connection.fileno(), selectors.EVENT_READ)
        return not selector.select(0)
