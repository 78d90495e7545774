"""Reach the database: connections, transactions and what the server can do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fks_desk.adapters.storage.failures import translated
from fks_desk.adapters.storage.features import FIND_FEATURES, features_of
from fks_desk.adapters.storage.pool import Connection, Pool, Row
from fks_desk.adapters.storage.urls import for_psycopg, shown
from fks_desk.core.errors import ConfigError
from fks_desk.core.storage_report import ServerFeatures

OLDEST_SERVER = 15


class Database:
    """Give out connections of one PostgreSQL, inside one event loop.

    A lost server shows as `StorageUnavailable`; a later call connects anew. The order
    path may have a Database of its own, so that slow reads never hold it up.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 6,
        statement_timeout_s: float = 30.0,
        lock_timeout_s: float = 5.0,
        wait_s: float = 5.0,
        name: str = "fks-desk",
    ) -> None:
        self._url = for_psycopg(url)
        settings = {
            "timezone": "UTC",
            # A commit that was acknowledged is on disk, whatever the server's default is.
            "synchronous_commit": "on",
            "statement_timeout": f"{statement_timeout_s * 1000:.0f}",
            "lock_timeout": f"{lock_timeout_s * 1000:.0f}",
            "idle_in_transaction_session_timeout": "60000",
            "application_name": name,
        }
        self._pool = Pool(self._url, size=pool_size, wait_s=wait_s, settings=settings)

    @property
    def url(self) -> str:
        """Return the URL with its password: for other processes, never for a log."""
        return self._url

    def __repr__(self) -> str:
        return f"Database({shown(self._url)})"

    async def open(self) -> ServerFeatures:
        """Connect and return what the server can do.

        Raises `StorageUnavailable` if it does not answer and `ConfigError` if it is too old.
        """
        found = (await self.rows(FIND_FEATURES))[0]
        if found["major"] < OLDEST_SERVER:
            raise ConfigError(
                f"the database server is PostgreSQL {found['server']}, the desk needs "
                f"{OLDEST_SERVER} or newer; upgrade it or use the embedded one"
            )
        return features_of(found)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """Lend a connection; each statement is a transaction of its own."""
        with translated():
            async with self._pool.lend() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        """Lend a connection in a transaction: committed at the end, undone by an exception."""
        with translated():
            async with self._pool.lend() as connection, connection.transaction():
                yield connection

    @asynccontextmanager
    async def streaming(self) -> AsyncIterator[Connection]:
        """Lend a connection as `writing` does, whose statements do not wait for one another.

        Each is sent at once and its answer read when somebody asks for it, or at the end.
        """
        with translated():
            async with (
                self._pool.lend() as connection,
                connection.pipeline(),
                connection.transaction(),
            ):
                yield connection

    async def rows(self, query: str, arguments: Any = None) -> list[Row]:
        """Return all rows of one query."""
        async with self.reading() as connection:
            # The text is ours; values travel apart from it, as bound parameters.
            return await (await connection.execute(query.encode(), arguments)).fetchall()

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()
