"""Open real stores with a trader's life in them."""

from __future__ import annotations

import asyncio
import uuid
from urllib.parse import urlsplit

import psycopg
import pytest

from fks_desk.adapters.llm.words import WordEmbedder
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.stores import open_stores
from fks_desk.core.clock import SteppedClock
from fks_desk.intelligence.ingest import Ingest
from tests.fakes.intelligence import NOW, Life

TEMPLATE = "fks_template"  # as the suite's own fixtures name it


@pytest.fixture
def clock():
    return SteppedClock(NOW)


@pytest.fixture(scope="session")
def lived_name(postgres_url):
    """Return the name of a database with four days of trading, stored but not yet told."""
    name = f"lived{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        asyncio.run(_live(urlsplit(postgres_url)._replace(path=f"/{name}").geturl()))
        yield name
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def _live(url):
    database = Database(url, pool_size=2)
    clock = SteppedClock(NOW)
    stores = await open_stores(database=database, clock=clock)
    await Life(stores, clock).live()
    await database.close()


@pytest.fixture
def lived_url(postgres_url, lived_name):
    """Return the URL of a copy of that database, for one test."""
    name = f"t{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {lived_name}")
        yield urlsplit(postgres_url)._replace(path=f"/{name}").geturl()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def stores(lived_url, clock):
    """Open the stores of a trader who has lived for four days."""
    database = Database(lived_url, pool_size=3, wait_s=3)
    yield await open_stores(database=database, clock=clock)
    await database.close()


@pytest.fixture
def ingest(stores):
    return ingest_into(stores, WordEmbedder())


def ingest_into(stores, embedder):
    return Ingest(
        journal=stores.journal,
        facts=stores.facts,
        documents=stores.documents,
        embedder=embedder,
    )
