"""Give the tests of accounts a data folder, a keyring in memory and a stand-in exchange."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keyring
import pytest

from fks_desk.app.accounts.book import AccountBook
from fks_desk.app.folders import Folders
from fks_desk.core.accounts import AccountEntry, NewAccount
from fks_desk.core.clock import SystemClock
from fks_desk.core.model import AccountId, Mode
from fks_desk.core.secret import Secret
from fks_desk.venue.server import VenueReady
from tests.fakes.keyrings import Memory
from tests.fakes.venue import running_venue

KEY, SECRET = "canaryKEY0123456789", "canarySECRET0123456789"


@pytest.fixture
def ring() -> Iterator[Memory]:
    """Put a keyring in memory in the place of the machine's."""
    before, made = keyring.get_keyring(), Memory()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    made = Folders(root=tmp_path / "data")
    made.make()
    return made


@pytest.fixture
def book(ring: Memory, folders: Folders) -> AccountBook:
    return AccountBook(folders=folders, clock=SystemClock())


def wanted(
    name: str = "main",
    mode: Mode = Mode.LIVE,
    key: str = KEY,
    secret: str = SECRET,
    exchange: str = "binance",
) -> NewAccount:
    entry = AccountEntry(id=AccountId(name), exchange=exchange, mode=mode, title=name.capitalize())
    if not entry.needs_key:
        return NewAccount(entry=entry)
    return NewAccount(entry=entry, key=Secret(key), secret=Secret(secret))


@contextmanager
def stand_in(folder: Path, **options: object) -> Iterator[VenueReady]:
    """Serve the simulated exchange on a thread of its own, for calls that block."""
    loop = asyncio.new_event_loop()
    ready: list[VenueReady] = []
    is_up, end = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with running_venue(folder, history_days=2, **options) as venue:
            ready.append(venue)
            is_up.set()
            await end.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert is_up.wait(30)
    try:
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(30)
        loop.close()
