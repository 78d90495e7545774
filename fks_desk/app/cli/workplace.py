"""Give a command its folders, settings, log and database, and take them back in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from fks_desk.app.cli.telling import patiently
from fks_desk.core.clock import Clock, SystemClock
from fks_desk.core.errors import StorageUnavailable

if TYPE_CHECKING:
    from fks_desk.app.database import OpenDatabase
    from fks_desk.app.folders import Folders
    from fks_desk.app.logs import Logging
    from fks_desk.app.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """Hold what every command needs."""

    folders: Folders
    settings: Settings
    clock: Clock
    logging: Logging


@contextmanager
def workplace(*, log_to_stderr: bool = False) -> Iterator[Workplace]:
    """Lend the data folder with its settings and log, or raise `ConfigError`."""
    # pydantic and platformdirs load slowly; `--help` does without.
    from fks_desk.app.folders import Folders, default_root  # noqa: PLC0415
    from fks_desk.app.logs import start_logging  # noqa: PLC0415
    from fks_desk.app.settings import load_settings  # noqa: PLC0415

    folders = Folders(root=default_root())
    folders.make()
    settings = load_settings(folders.settings_file)
    logging = start_logging(folders.logs, settings.log.level, to_stderr=log_to_stderr)
    try:
        yield Workplace(folders=folders, settings=settings, clock=SystemClock(), logging=logging)
    finally:
        logging.close()


@contextmanager
def reached_server(place: Workplace) -> Iterator[str]:
    """Lend the URL of the server as it is, not migrated; stop it again if it was idle."""
    # SQLAlchemy loads slowly
    from fks_desk.app.database import naming_the_server, start_server  # noqa: PLC0415

    with naming_the_server(place.settings):
        with patiently("starting the database"):
            url, server = start_server(place.settings, place.folders)
        try:
            yield url
        finally:
            if server is not None:
                server.stop(only_if_idle=True)


@asynccontextmanager
async def opened_database(place: Workplace) -> AsyncIterator[OpenDatabase]:
    """Lend the migrated database; beside a running desk it is the same server."""
    from fks_desk.app.database import naming_the_server  # noqa: PLC0415  SQLAlchemy loads slowly

    with naming_the_server(place.settings):
        with patiently("starting the database"):
            database = await _open(place)
        try:
            yield database
        finally:
            await database.close()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine to its end.

    On a selector loop, because the database driver refuses the loop that is
    the default on Windows.
    """
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(work)


async def _open(place: Workplace) -> OpenDatabase:
    from fks_desk.app.database import open_database  # noqa: PLC0415  SQLAlchemy loads slowly

    try:
        return await open_database(place.settings, place.folders, place.clock)
    except StorageUnavailable:
        if place.settings.database.url is not None:
            raise
    # Another command may have stopped the server that we share in this very moment.
    return await open_database(place.settings, place.folders, place.clock)
