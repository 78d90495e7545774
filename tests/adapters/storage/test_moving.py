"""Move a whole desk between servers of different kinds, whole or not at all.

FKS_TEST_TIMESCALE_URL names a server with TimescaleDB; without it the desk moves between
two plain databases.
"""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

import psycopg
import pytest

from fks_desk.adapters.storage.backup import empty_database
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.migrate import current_revision
from fks_desk.adapters.storage.moving import MoveCancelled, move_database
from fks_desk.adapters.storage.restore import restore_database
from fks_desk.adapters.storage.stores import open_stores
from fks_desk.core.clock import SystemClock
from fks_desk.core.errors import ConfigError, DataError
from fks_desk.core.job import CancelToken
from fks_desk.core.model import Provenance, Timeframe
from tests.adapters.storage.conftest import TIMESCALE
from tests.adapters.storage.test_migrate import filled_url  # noqa: F401  a fixture
from tests.adapters.storage.test_rollups import assert_rolled, minutes
from tests.fakes.rows import BTC, DEMO, filled_change

CLOCK = SystemClock()


@pytest.fixture
def other_url(postgres_url):
    """Return an empty database on the embedded server, whatever the suite runs on."""
    yield from fresh(postgres_url)


@pytest.fixture
def third_url(postgres_url):
    yield from fresh(TIMESCALE or postgres_url)


def fresh(server):
    name = f"m{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def make_notes(url):
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS side.notes (id serial PRIMARY KEY, t text)")
        connection.execute("CREATE TABLE IF NOT EXISTS side.echo (note integer)")
        connection.execute(
            "CREATE OR REPLACE FUNCTION side.echo() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN INSERT INTO side.echo VALUES (NEW.id); RETURN NEW; END $$"
        )
        connection.execute(
            "CREATE OR REPLACE TRIGGER echo AFTER INSERT ON side.notes "
            "FOR EACH ROW EXECUTE FUNCTION side.echo()"
        )


def move(source, target, **changes):
    values = {
        "clock": CLOCK,
        "schemas": {"side": make_notes},
        "progress": lambda _table, _done, _total: None,
        "cancel": CancelToken(),
    }
    return move_database(source, target, **values | changes)


def content(url):
    """Return every row of every table as text, whatever the types are called."""
    with psycopg.connect(url, options="-c timezone=UTC") as connection:
        names = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relkind IN ('r', 'p') AND NOT relispartition AND relname NOT LIKE 'rollup%%' "
            "AND relname <> 'alembic_version' ORDER BY 1",
            [],
        ).fetchall()
        return {
            name: sorted(str(row) for row in connection.execute(f"SELECT * FROM {name}").fetchall())
            for (name,) in names
        }


async def test_a_desk_moves_there_and_back_and_keeps_every_row(
    filled_url,  # noqa: F811  a fixture
    stores,
    other_url,
    third_url,
):
    frame = minutes(3)
    await stores.candle_writer.upsert_frame(BTC, Timeframe.M1, frame, Provenance.IMPORTED)
    with psycopg.connect(filled_url) as connection:
        connection.execute("CREATE SCHEMA side")
        connection.commit()
        make_notes(filled_url)
        connection.execute("INSERT INTO side.notes (t) VALUES ('one'), ('two')")
    before = content(filled_url)

    there = move(filled_url, other_url)
    back = move(other_url, third_url)

    assert content(other_url) == content(third_url) == before == content(filled_url)
    moved = {table.name: table.rows for table in there.tables}
    assert moved == {table.name: table.rows for table in back.tables}
    assert (moved["ohlcv_data"], moved["notes"], moved["echo"]) == (3 * 1440 + 201, 2, 2)
    assert there.left == ()
    database = Database(third_url)
    arrived = await open_stores(database=database, clock=CLOCK)
    await assert_rolled(arrived, frame, days=3)
    assert await arrived.journal.verify() is None
    # New rows are numbered after the old ones.
    await arrived.trading_writer.record(filled_change("2", "t-2"))
    assert len(await arrived.trading.fills(DEMO)) == 2
    await database.close()


async def test_the_progress_goes_from_nothing_to_all(filled_url, other_url):  # noqa: F811  a fixture
    told = []

    done = move(filled_url, other_url, progress=lambda *line: told.append(line))

    assert told[0][1] == 0
    assert told[-1][1] == told[-1][2] == done.rows
    assert [part for _table, part, _total in told] == sorted(part for _t, part, _a in told)


async def test_a_cancelled_move_leaves_the_target_empty(stores, filled_url, other_url):  # noqa: F811  a fixture
    cancel = CancelToken()
    before = content(filled_url)

    def stop(table, _done, _total):
        if table == "ohlcv_data":
            cancel.cancel()

    with pytest.raises(MoveCancelled, match="nothing was changed"):
        move(filled_url, other_url, progress=stop, cancel=cancel)

    assert content(filled_url) == before
    assert not any(content(other_url).values())
    assert move(filled_url, other_url).rows > 0


async def test_a_table_that_does_not_arrive_as_it_is_stops_the_move(filled_url, other_url):  # noqa: F811  a fixture
    move(filled_url, other_url)
    empty = {name: [] for name in content(other_url)}
    with psycopg.connect(other_url) as connection:
        connection.execute("DELETE FROM signals")
        connection.execute(
            "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN NEW.rule := 'spoilt'; RETURN NEW; END $$"
        )
        connection.execute("TRUNCATE orders, trades, fill_ids, order_events CASCADE")
        for name in empty:
            if name not in {"journal", "strategies"}:
                connection.execute(f"TRUNCATE {name} CASCADE")
        connection.execute("ALTER TABLE journal DISABLE TRIGGER USER")
        connection.execute("TRUNCATE journal")
        connection.execute("ALTER TABLE journal ENABLE TRIGGER USER")
        connection.execute(
            "CREATE TRIGGER spoil BEFORE INSERT ON signals FOR EACH ROW EXECUTE FUNCTION spoil()"
        )

    with pytest.raises(DataError, match="signals did not arrive as it is"):
        move(filled_url, other_url)

    assert not any(content(other_url).values())


async def test_a_target_with_rows_is_replaced_only_when_asked(filled_url, other_url, tmp_path):  # noqa: F811  a fixture
    move(filled_url, other_url)
    before = content(filled_url)

    with pytest.raises(ConfigError, match="holds rows already"):
        move(filled_url, other_url)
    move(filled_url, other_url, replace_into=tmp_path)

    assert content(other_url) == before
    assert list(tmp_path.glob("*/manifest.json"))


async def test_the_task_queue_and_studies_that_a_move_replaces_can_be_restored(
    filled_url,  # noqa: F811  a fixture
    other_url,
    tmp_path,
):
    move(filled_url, other_url)
    for url, word in ((filled_url, "ours"), (other_url, "theirs")):
        with psycopg.connect(url) as connection:
            connection.execute("CREATE SCHEMA side")
            connection.commit()
            make_notes(url)
            connection.execute("INSERT INTO side.notes (t) VALUES (%s), ('two')", [word])
            connection.commit()
    move(filled_url, other_url, replace_into=tmp_path)
    (kept,) = tmp_path.iterdir()
    assert [row[1] for row in notes(other_url)] == ["ours", "two"]

    restore_database(
        other_url, kept, clock=CLOCK, schemas={"side": make_notes}, replace_into=tmp_path / "moved"
    )

    assert notes(other_url) == [(1, "theirs"), (2, "two")]
    with psycopg.connect(other_url) as connection:
        # Nothing was made by the trigger, and new rows are numbered after the old ones.
        assert connection.execute("SELECT note FROM side.echo").fetchall() == [(1,), (2,)]
        connection.execute("INSERT INTO side.notes (t) VALUES ('three')")
        assert connection.execute("SELECT max(id) FROM side.notes").fetchone() == (3,)


def notes(url):
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT id, t FROM side.notes ORDER BY id").fetchall()


async def test_rows_that_a_failed_move_was_to_replace_are_put_back(
    filled_url,  # noqa: F811  a fixture
    other_url,
    tmp_path,
):
    move(filled_url, other_url)
    with psycopg.connect(other_url) as connection:
        connection.execute("INSERT INTO configs VALUES ('only', 1, NULL, '{}', 'there', now())")
    before = content(other_url)
    cancel = CancelToken()

    def stop(table, _done, _total):
        if table == "ohlcv_data":
            cancel.cancel()

    with pytest.raises(MoveCancelled):
        move(filled_url, other_url, replace_into=tmp_path, progress=stop, cancel=cancel)

    assert content(other_url) == before


async def test_what_a_schema_does_on_deleting_does_not_stop_a_move_back(
    filled_url,  # noqa: F811  a fixture
    other_url,
    tmp_path,
):
    """A task queue's triggers find their tables by a search path that is not ours."""
    with psycopg.connect(filled_url) as connection:
        connection.execute("CREATE SCHEMA side")
        connection.commit()
        make_notes(filled_url)
        connection.execute("INSERT INTO side.notes (t) VALUES ('one')")
    move(filled_url, other_url)
    with psycopg.connect(filled_url) as connection:
        connection.execute(
            "CREATE FUNCTION side.forget() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN DELETE FROM of_this_schema; RETURN OLD; END $$"
        )
        connection.execute(
            "CREATE TRIGGER forget BEFORE DELETE ON side.notes "
            "FOR EACH ROW EXECUTE FUNCTION side.forget()"
        )

    back = move(other_url, filled_url, replace_into=tmp_path)

    assert {table.name: table.rows for table in back.tables}["notes"] == 1
    with psycopg.connect(filled_url) as connection:
        assert connection.execute("SELECT t FROM side.notes").fetchall() == [("one",)]


async def test_a_desk_does_not_move_to_where_it_is(filled_url):  # noqa: F811  a fixture
    with pytest.raises(ConfigError, match="in that database already"):
        move(filled_url, filled_url)


async def test_schemas_that_nobody_knows_are_named_and_left(filled_url, other_url):  # noqa: F811  a fixture
    with psycopg.connect(filled_url) as connection:
        connection.execute("CREATE SCHEMA mine")
        connection.execute("CREATE TABLE mine.notes (t text)")

    assert move(filled_url, other_url).left == ("mine",)


async def test_vectors_move_to_a_server_without_pgvector_and_back(
    filled_url,  # noqa: F811  a fixture
    other_url,
    third_url,
):
    before = content(filled_url)
    move(filled_url, other_url)
    with psycopg.connect(other_url) as connection:
        connection.execute(
            "ALTER TABLE embeddings ALTER embedding TYPE real[] USING embedding::real[]"
        )

    move(other_url, third_url)

    assert content(third_url)["embeddings"] == before["embeddings"]


def test_a_moved_database_is_at_the_newest_revision(database_url, other_url):
    empty_database(database_url)

    move(database_url, other_url)

    assert current_revision(other_url) == current_revision(database_url)
