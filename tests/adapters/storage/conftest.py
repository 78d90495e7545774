"""Open the real stores on a fresh database.

FKS_TEST_TIMESCALE_URL runs the same tests on a server with TimescaleDB.
"""

from __future__ import annotations

import os
import uuid
from urllib.parse import urlsplit

import psycopg
import pytest

from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.migrate import migrate
from fks_desk.adapters.storage.stores import open_stores
from fks_desk.core.clock import SteppedClock, SystemClock
from tests.fakes.rows import NOW, account

TIMESCALE = os.environ.get("FKS_TEST_TIMESCALE_URL")
native_only = pytest.mark.skipif(bool(TIMESCALE), reason="TimescaleDB makes its own chunks")


@pytest.fixture
def database_url(database_url):
    if not TIMESCALE:
        yield database_url
        return
    name = f"t{uuid.uuid4().hex[:12]}"
    with psycopg.connect(TIMESCALE, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        url = urlsplit(TIMESCALE)._replace(path=f"/{name}").geturl()
        migrate(url, backups=None, clock=SystemClock())
        yield url
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


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
