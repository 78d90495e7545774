"""Open the real stores on a fresh database."""

from __future__ import annotations

import pytest

from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.stores import open_stores
from fks_desk.core.clock import SteppedClock
from tests.fakes.rows import NOW, account


@pytest.fixture
def clock():
    return SteppedClock(NOW)


@pytest.fixture
async def database(database_url):
    opened = Database(database_url, pool_size=3, wait_s=3)
    yield opened
    await opened.close()


@pytest.fixture
async def stores(database, clock):
    opened = await open_stores(database=database, clock=clock)
    await opened.accounts.ensure_account(account())
    return opened
