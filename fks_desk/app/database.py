"""Bring the database up: embedded or by URL, migrated, with every store open."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from fks_desk.adapters.storage.console import TIMEOUT_S, Console
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.embedded import EmbeddedServer
from fks_desk.adapters.storage.revision import is_newest
from fks_desk.adapters.storage.stores import Stores, open_stores
from fks_desk.adapters.storage.urls import shown
from fks_desk.app.container import WORD as CONTAINER
from fks_desk.app.container import container_url
from fks_desk.app.folders import Folders
from fks_desk.app.settings import Settings
from fks_desk.core.clock import Clock
from fks_desk.core.errors import StorageUnavailable

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class OpenDatabase:
    """Hold the open stores and what must be closed after them."""

    url: str
    stores: Stores
    reading: Database
    ordering: Database
    asking: Database
    console: Console
    server: EmbeddedServer | None

    async def close(self) -> None:
        """Close the pools, then the embedded server unless others use it."""
        await self.reading.close()
        await self.ordering.close()
        await self.asking.close()
        if self.server is not None:
            await asyncio.to_thread(self.server.stop, only_if_idle=True)


def start_server(settings: Settings, folders: Folders) -> tuple[str, EmbeddedServer | None]:
    """Return the database's URL, starting the embedded server if none is set; block."""
    if settings.database.url is not None:
        url = settings.database.url.get_secret_value()
        return container_url(folders) if url == CONTAINER else url, None
    server = EmbeddedServer(folders.database)
    server.start()
    return server.url, server


async def open_database(settings: Settings, folders: Folders, clock: Clock) -> OpenDatabase:
    """Start, migrate and open; raise `ConfigError` or `StorageError` with what to do."""
    with naming_the_server(settings):
        return await _opened(settings, folders, clock)


@contextmanager
def naming_the_server(settings: Settings) -> Iterator[None]:
    """Say which database does not answer and what to do."""
    try:
        yield
    except StorageUnavailable as error:
        if settings.database.url is None:
            raise
        url = settings.database.url.get_secret_value()
        if url == CONTAINER:
            raise StorageUnavailable(
                "the database container does not answer; start it with `fks-desk db up`, or leave "
                "FKS_DATABASE__URL out to use the embedded database",
                **error.context,
            ) from error
        raise StorageUnavailable(
            f"the database at {shown(url)} does not answer; "
            "start that server, correct FKS_DATABASE__URL, or leave it out to use the embedded one",
            **error.context,
        ) from error


async def _opened(settings: Settings, folders: Folders, clock: Clock) -> OpenDatabase:
    url, server = await _started(settings, folders)
    try:
        await asyncio.to_thread(_migrate, url, folders, clock)
        # Orders have connections of their own, so that a slow read never holds one up.
        reading, ordering = Database(url), Database(url, pool_size=3, name="fks-desk-orders")
        stores = await open_stores(database=reading, clock=clock, order_database=ordering)
        # A question that a person types may take long: it waits for itself alone.
        asking = Database(url, pool_size=2, statement_timeout_s=TIMEOUT_S, name="fks-desk-console")
    except BaseException:
        if server is not None:
            await asyncio.to_thread(server.stop, only_if_idle=True)
        raise
    return OpenDatabase(
        url=url,
        stores=stores,
        reading=reading,
        ordering=ordering,
        asking=asking,
        console=Console(database=asking, clock=clock),
        server=server,
    )


def _migrate(url: str, folders: Folders, clock: Clock) -> None:
    if is_newest(url):
        return
    # Loads slowly, and most starts do not need it.
    from fks_desk.adapters.storage.migrate import migrate  # noqa: PLC0415
    from fks_desk.app.database_move import SCHEMAS  # noqa: PLC0415

    migrate(url, backups=folders.backups, clock=clock, schemas=SCHEMAS.keys())


async def _started(settings: Settings, folders: Folders) -> tuple[str, EmbeddedServer | None]:
    loop = asyncio.get_running_loop()
    starting = loop.run_in_executor(None, start_server, settings, folders)
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # A thread cannot be called back: wait for its server, then take it down.
        _, server = await starting
        if server is not None:
            await asyncio.to_thread(server.stop, only_if_idle=True)
        raise
