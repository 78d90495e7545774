"""Reach the database, lose it, and say in words what is wrong."""

from __future__ import annotations

import asyncio
import socket
from urllib.parse import urlsplit

import psycopg
import pytest

from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.failures import failure_of
from fks_desk.adapters.storage.urls import for_psycopg, for_sqlalchemy, shown
from fks_desk.core.errors import ConfigError, DataError, StorageError, StorageUnavailable
from fks_desk.core.storage_report import TimescaleEdition
from tests.adapters.storage.conftest import TIMESCALE


async def test_what_the_server_brings_is_found_at_run_time(database):
    found = await database.open()

    assert int(found.server.partition(".")[0]) >= 17
    assert found.vector is not None
    assert (found.timescale is not None) == bool(TIMESCALE)
    assert (found.edition is TimescaleEdition.NONE) == (not TIMESCALE)


async def test_times_come_back_in_utc(database):
    await database.open()

    row = (await database.rows("SELECT now() AS now, current_setting('timezone') AS zone"))[0]

    assert row["now"].utcoffset().total_seconds() == 0
    assert row["zone"] == "UTC"


async def test_a_commit_is_on_disk_when_it_returns(database):
    await database.open()

    assert (await database.rows("SHOW synchronous_commit"))[0] == {"synchronous_commit": "on"}


async def test_an_exception_undoes_the_transaction(stores, database):
    async def stumble():
        async with database.writing() as connection:
            await connection.execute("DELETE FROM accounts")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await stumble()

    assert len(await stores.trading.accounts()) == 1


async def test_a_slow_query_is_stopped_with_a_sentence(database_url):
    slow = Database(database_url, statement_timeout_s=0.1)
    await slow.open()

    with pytest.raises(StorageError, match="took too long"):
        await slow.rows("SELECT pg_sleep(5)")

    assert await slow.rows("SELECT 1 AS one") == [{"one": 1}]
    await slow.close()


async def test_a_row_locked_by_another_is_busy_not_lost(stores, database, database_url):
    hasty = Database(database_url, lock_timeout_s=0.1)
    await hasty.open()
    async with database.writing() as connection:
        await connection.execute("LOCK TABLE accounts")

        with pytest.raises(StorageUnavailable, match="busy"):
            await hasty.rows("SELECT * FROM accounts")
    await hasty.close()


@pytest.mark.allow_warnings
async def test_a_lost_session_is_told_and_the_next_call_works(database, postgres_url):
    await database.open()
    with psycopg.connect(TIMESCALE or postgres_url, autocommit=True) as other:

        async def slow():
            await database.rows("SELECT pg_sleep(20)")

        waiting = asyncio.get_running_loop().create_task(slow())
        await asyncio.sleep(0.2)
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [urlsplit(database.url).path.lstrip("/")],
        )
        with pytest.raises(StorageUnavailable):
            await waiting

    assert await database.rows("SELECT 1 AS one") == [{"one": 1}]


@pytest.mark.allow_warnings
async def test_a_server_that_is_not_there_is_named_in_words():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    away = Database(f"postgresql://fks@127.0.0.1:{port}/fks", wait_s=0.5)

    with pytest.raises(StorageUnavailable, match="does not answer"):
        await away.open()
    await away.close()


async def test_a_full_pool_says_that_it_is_busy(database_url):
    small = Database(database_url, pool_size=1, wait_s=0.2)
    await small.open()
    async with small.reading():
        with pytest.raises(StorageUnavailable, match="busy"):
            await small.rows("SELECT 1")
    await small.close()


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
async def test_text_that_cannot_be_stored_is_a_data_error(stores, database, text):
    with pytest.raises(DataError):
        await database.rows("UPDATE accounts SET title = %s RETURNING id", [text])


@pytest.mark.parametrize(
    ("url", "sentence"),
    [("mysql://a@b/c", "must be PostgreSQL"), ("not a url", "not readable"), ("", "not readable")],
)
def test_an_unusable_url_is_refused_in_words(url, sentence):
    with pytest.raises(ConfigError, match=sentence):
        for_sqlalchemy(url)


def test_a_password_is_never_shown():
    url = "postgres://me:s3cret@db.example:5433/fks"

    assert "s3cret" not in shown(url)
    assert "s3cret" not in repr(for_sqlalchemy(url))
    assert for_psycopg(url) == "postgresql://me:s3cret@db.example:5433/fks"


def test_a_full_disk_is_a_sentence_with_what_to_do():
    error = failure_of(psycopg.errors.DiskFull("could not extend file"))

    assert "free some space" in error.message
    assert not error.retryable


def test_an_error_of_no_class_we_know_keeps_the_servers_words():
    error = failure_of(psycopg.errors.UndefinedTable('relation "x" does not exist'))

    assert 'relation "x" does not exist' in error.message
    assert failure_of(None).message.endswith("no reason given")


async def test_two_databases_at_once_do_not_share_connections(database_url):
    one, other = Database(database_url, name="desk"), Database(database_url, name="orders")
    await one.open()
    await other.open()

    names = {
        (await each.rows("SHOW application_name"))[0]["application_name"] for each in (one, other)
    }

    assert names == {"desk", "orders"}
    await one.close()
    await other.close()


async def test_an_extension_of_another_version_is_a_sentence_with_what_to_do(database):
    """Row P3: the server's library is older or newer than what the database was made with."""
    with pytest.raises(StorageError, match="another version of an extension") as caught:
        await database.rows(
            "CREATE FUNCTION missing() RETURNS integer LANGUAGE c AS '$libdir/timescaledb-0.0.1'"
        )

    assert "timescaledb-0.0.1" in caught.value.message
    assert "ALTER EXTENSION ... UPDATE" in caught.value.message
