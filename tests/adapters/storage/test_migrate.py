"""Bring databases to this desk's schema, back them up and put them back."""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import shutil
import threading

import psycopg
import pytest
from alembic.script import ScriptDirectory

from fks_desk.adapters.storage import migrate as module
from fks_desk.adapters.storage import revision
from fks_desk.adapters.storage.backup import (
    backup_database,
    check_backup,
    empty_database,
    has_rows,
    report_database,
)
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.migrate import (
    current_revision,
    migrate,
    migrations_folder,
    newest_revision,
)
from fks_desk.adapters.storage.restore import restore_database
from fks_desk.adapters.storage.stores import open_stores
from fks_desk.core.clock import SystemClock
from fks_desk.core.errors import ConfigError, DataError, StorageError, StorageUnavailable
from fks_desk.core.failpoints import FailPointReached, armed, stop
from fks_desk.core.model import Provenance, Timeframe
from tests.adapters.storage.test_documents import DOCUMENTS, VECTORS
from tests.adapters.storage.test_pictures import ONE as PICTURE
from tests.adapters.storage.test_tables import market_trade, report
from tests.fakes.candles import walk
from tests.fakes.rows import BTC, DEMO, account, candle, draft, filled_change, instrument, signal

CLOCK = SystemClock()


@pytest.fixture
def empty_url(database_url):
    empty_database(database_url)
    return database_url


@pytest.fixture
async def filled_url(stores, database_url):
    """Return a database with rows in every table that a store can fill."""
    await stores.instruments.save_instruments([instrument()])
    await stores.trading_writer.record(filled_change("1"))
    await stores.candle_writer.upsert_frame(BTC, Timeframe.M5, walk(200), Provenance.IMPORTED)
    await stores.candle_writer.upsert([candle(0)])
    await stores.market_trades.record_market_trades([market_trade(1), market_trade(2, 99_999)])
    await stores.signals.record_signals([signal(1)])
    await stores.backtests.record_backtest(report(bars=10))
    await stores.documents.save_documents(DOCUMENTS, VECTORS, "tiny")
    await stores.configs.put("risk", {"limit": "1"}, by="hand")
    await stores.journal.append([draft("note", text="tab\tline\nback\\slash")])
    await stores.journal.advance("notifier", 1)
    await stores.pictures.save_picture(PICTURE)
    return database_url


@pytest.fixture
def next_revision(tmp_path, monkeypatch):
    """Let this desk bring one more migration than the checkout has."""
    folder = tmp_path / "alembic"
    shutil.copytree(migrations_folder(), folder)

    newest = newest_revision()

    def add(body, revision="9001"):
        (folder / "versions" / f"{revision}_next.py").write_text(
            "from alembic import op\n"
            f"revision = {revision!r}\ndown_revision = {newest!r}\n"
            f"branch_labels = None\ndepends_on = None\n\ndef upgrade():\n    {body}\n"
        )
        monkeypatch.setattr(module, "migrations_folder", lambda: folder)

    return add


def rows_of(url):
    return {name: count for name, count in report_database(url).rows.items() if count}


def test_a_new_database_gets_the_newest_schema_and_a_second_time_changes_nothing(empty_url):
    first = migrate(empty_url, backups=None, clock=CLOCK)
    second = migrate(empty_url, backups=None, clock=CLOCK)

    assert (first.before, first.after, first.backup) == (None, newest_revision(), None)
    assert (second.before, second.after) == (newest_revision(), newest_revision())
    assert current_revision(empty_url) == newest_revision()


def test_two_desks_that_start_at_once_migrate_once(empty_url):
    failures = []

    def start():
        try:
            migrate(empty_url, backups=None, clock=CLOCK)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert current_revision(empty_url) == newest_revision()


def test_a_database_of_a_newer_desk_is_refused_untouched(database_url):
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(ConfigError, match="made by a newer FKS Desk"):
        migrate(database_url, backups=None, clock=CLOCK)

    assert current_revision(database_url) == "9999"


def test_a_schema_change_is_preceded_by_a_backup(filled_url, next_revision, tmp_path):
    newest = newest_revision()
    next_revision("op.execute('CREATE TABLE later (n integer)')")
    before = rows_of(filled_url)

    done = migrate(filled_url, backups=tmp_path / "backups", clock=CLOCK)

    assert (done.before, done.after) == (newest, "9001")
    kept = check_backup(done.backup)
    assert {table.name: table.rows for table in kept.tables if table.rows} == before
    assert rows_of(filled_url) == before


def test_a_migration_that_fails_half_way_leaves_the_old_schema(filled_url, next_revision, tmp_path):
    newest = newest_revision()
    next_revision("op.execute('CREATE TABLE later (n integer)'); op.execute('SELECT 1/0')")
    before = rows_of(filled_url)

    with pytest.raises(DataError):
        migrate(filled_url, backups=tmp_path / "backups", clock=CLOCK)

    assert current_revision(filled_url) == newest
    assert rows_of(filled_url) == before
    assert "later" not in report_database(filled_url).rows


def test_a_migration_that_ends_at_any_revision_leaves_the_one_before(empty_url):
    """Row D13: whatever ends it, and wherever, the next start goes on from there."""
    scripts = ScriptDirectory(str(migrations_folder()))
    revisions = [one.revision for one in reversed(list(scripts.walk_revisions()))]
    before = None
    for one in revisions:
        with armed({"migrate.mid": stop}), pytest.raises(FailPointReached):
            migrate(empty_url, backups=None, clock=CLOCK, to=one)
        assert current_revision(empty_url) == before
        migrate(empty_url, backups=None, clock=CLOCK, to=one)
        before = one

    assert before == newest_revision()
    assert migrate(empty_url, backups=None, clock=CLOCK).backup is None


async def test_a_backup_put_back_gives_the_same_rows(filled_url, stores, database, tmp_path):
    before = rows_of(filled_url)
    first = backup_database(filled_url, tmp_path, clock=CLOCK, schemas=())
    await database.close()

    restore_database(
        filled_url, first.folder, clock=CLOCK, schemas={}, replace_into=tmp_path / "kept"
    )

    again = backup_database(filled_url, tmp_path, clock=CLOCK, schemas=())
    assert rows_of(filled_url) == before
    assert {table.name: table.digest for table in again.tables} == {
        table.name: table.digest for table in first.tables
    }
    assert check_backup(next((tmp_path / "kept").iterdir())).rows == first.rows
    assert await stores.journal.verify() is None


async def test_a_restored_desk_goes_on_counting(filled_url, tmp_path, postgres_url, clock):
    backup = backup_database(filled_url, tmp_path, clock=CLOCK, schemas=())
    empty_database(filled_url)
    restore_database(filled_url, backup.folder, clock=CLOCK, schemas={})
    database = Database(filled_url)
    stores = await open_stores(database=database, clock=clock)

    assert list(await stores.trading_writer.record(filled_change("1"))) == []
    assert len(await stores.trading_writer.record(filled_change("2", "t-2"))) == 1
    rows = await database.rows("SELECT id FROM trades ORDER BY id")
    assert [row["id"] for row in rows] == sorted({row["id"] for row in rows})
    await stores.accounts.ensure_account(account())
    assert [row.sequence for row in await stores.journal.append([draft()])] == [4]
    assert await stores.journal.verify() is None
    assert len(await stores.trading.fills(DEMO)) == 2
    await database.close()


def test_a_backup_of_an_older_schema_is_restored_and_upgraded(filled_url, next_revision, tmp_path):
    backup = backup_database(filled_url, tmp_path, clock=CLOCK, schemas=())
    next_revision("op.execute('ALTER TABLE accounts ADD COLUMN colour text')")
    empty_database(filled_url)

    restore_database(filled_url, backup.folder, clock=CLOCK, schemas={})

    assert current_revision(filled_url) == "9001"
    assert rows_of(filled_url)["accounts"] == 1


def test_a_schema_that_a_backup_does_not_hold_stays_as_it_is(filled_url, tmp_path):
    backup = backup_database(filled_url, tmp_path, clock=CLOCK, schemas=("side",))
    make_side(filled_url, "kept")

    restore_database(
        filled_url,
        backup.folder,
        clock=CLOCK,
        schemas={"side": lambda _url: None},
        replace_into=tmp_path,
    )

    with psycopg.connect(filled_url) as connection:
        assert connection.execute("SELECT t FROM side.notes").fetchall() == [("kept",)]


def test_a_backup_with_a_schema_that_nobody_knows_is_refused_untouched(filled_url, tmp_path):
    make_side(filled_url, "one")
    backup = backup_database(filled_url, tmp_path, clock=CLOCK, schemas=("side",))
    before = rows_of(filled_url)

    with pytest.raises(ConfigError, match="holds side, which this desk does not know"):
        restore_database(
            filled_url, backup.folder, clock=CLOCK, schemas={}, replace_into=tmp_path / "kept"
        )

    assert rows_of(filled_url) == before
    assert not (tmp_path / "kept").exists()


def test_a_column_that_a_library_added_since_takes_its_default(filled_url, tmp_path):
    make_side(filled_url, "one")
    backup = backup_database(filled_url, tmp_path, clock=CLOCK, schemas=("side",))
    empty_database(filled_url)
    with psycopg.connect(filled_url) as connection:
        connection.execute("ALTER TABLE side.notes ADD COLUMN colour text DEFAULT 'red'")

    restore_database(filled_url, backup.folder, clock=CLOCK, schemas={"side": lambda _url: None})

    with psycopg.connect(filled_url) as connection:
        assert connection.execute("SELECT * FROM side.notes").fetchall() == [("one", "red")]


def test_a_table_of_the_backup_that_is_gone_stops_the_restore(filled_url, tmp_path):
    make_side(filled_url, "one")
    backup = backup_database(filled_url, tmp_path, clock=CLOCK, schemas=("side",))
    empty_database(filled_url)
    with psycopg.connect(filled_url) as connection:
        connection.execute("DROP TABLE side.notes")

    with pytest.raises(DataError, match=r"no table for side\.notes of the backup"):
        restore_database(
            filled_url, backup.folder, clock=CLOCK, schemas={"side": lambda _url: None}
        )

    assert not has_rows(filled_url)


@pytest.mark.parametrize(("refusals", "is_emptied"), [(2, True), (99, False)])
def test_a_job_of_the_server_in_the_way_of_emptying_is_waited_out(filled_url, refusals, is_emptied):
    """TimescaleDB's own jobs read its catalogue meanwhile, and the server ends one of the two."""
    with psycopg.connect(filled_url) as connection:
        connection.execute("CREATE SCHEMA side")
        connection.execute("CREATE SEQUENCE side.tries")
        connection.execute(
            "CREATE FUNCTION side.refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF nextval('side.tries') <= {refusals} THEN "
            "RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END IF; END $$"
        )
        connection.execute(
            "CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('DROP SCHEMA') "
            "EXECUTE FUNCTION side.refuse()"
        )

    if is_emptied:
        empty_database(filled_url)
    else:
        with pytest.raises(StorageUnavailable):
            empty_database(filled_url)

    assert (current_revision(filled_url) is None) == is_emptied


def make_side(url, word):
    with psycopg.connect(url) as connection:
        connection.execute("CREATE SCHEMA side")
        connection.execute("CREATE TABLE side.notes (t text)")
        connection.execute("INSERT INTO side.notes VALUES (%s)", [word])


def test_a_backup_of_the_first_format_is_still_read(filled_url, tmp_path):
    backup = backup_database(filled_url, tmp_path, clock=CLOCK, schemas=())
    file = backup.folder / "manifest.json"
    content = json.loads(file.read_text())
    for table in content["tables"]:
        del table["schema"]
    file.write_text(json.dumps(content | {"format": 1}))
    before = rows_of(filled_url)
    empty_database(filled_url)

    restore_database(filled_url, backup.folder, clock=CLOCK, schemas={})

    assert rows_of(filled_url) == before


def test_rows_are_not_overwritten_unless_told(filled_url, tmp_path):
    backup = backup_database(filled_url, tmp_path, clock=CLOCK, schemas=())
    assert has_rows(filled_url)

    with pytest.raises(ConfigError, match="holds rows already"):
        restore_database(filled_url, backup.folder, clock=CLOCK, schemas={})


def damage_rows(folder):
    path = folder / "accounts.copy.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).replace(b"demo", b"live")))


def cut_off(folder):
    path = folder / "ohlcv_data.copy.gz"
    path.write_bytes(path.read_bytes()[:-20])


DAMAGES = {
    "changed rows": (damage_rows, "checksum does not fit"),
    "cut off": (cut_off, "is damaged"),
    "missing file": (lambda folder: (folder / "trades.copy.gz").unlink(), "is missing"),
    "missing manifest": (lambda folder: (folder / "manifest.json").unlink(), "is no backup"),
    "noise": (lambda folder: (folder / "manifest.json").write_text("{"), "is damaged"),
    "other format": (
        lambda folder: (folder / "manifest.json").write_text('{"format": 99}'),
        "has format 99",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_backup_is_refused_before_anything_is_touched(filled_url, tmp_path, name):
    damage, sentence = DAMAGES[name]
    backup = backup_database(filled_url, tmp_path, clock=CLOCK, schemas=())
    before = rows_of(filled_url)
    damage(backup.folder)

    with pytest.raises(DataError, match=sentence):
        restore_database(
            filled_url, backup.folder, clock=CLOCK, schemas={}, replace_into=tmp_path / "kept"
        )

    assert rows_of(filled_url) == before
    assert not (tmp_path / "kept").exists()


def test_a_backup_that_cannot_be_written_leaves_nothing(filled_url, tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(StorageError, match="could not be written"):
        backup_database(filled_url, tmp_path / "file", clock=CLOCK, schemas=())

    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_an_empty_database_has_nothing_to_back_up(empty_url, tmp_path):
    with pytest.raises(DataError, match="nothing to back up"):
        backup_database(empty_url, tmp_path, clock=CLOCK, schemas=())


def test_the_status_tells_what_is_there(filled_url):
    found = report_database(filled_url)

    assert found.revision == newest_revision()
    assert "vector" in found.extensions
    assert found.rows["ohlcv_data"] == 201
    assert found.size_bytes > 0
    assert found.server


def test_migrations_are_found_in_the_package_before_the_checkout(tmp_path, monkeypatch):
    package = tmp_path / "fks_desk"
    (package / "_alembic").mkdir(parents=True)
    (package / "_alembic" / "env.py").touch()
    monkeypatch.setattr(revision, "_PACKAGE", package)
    assert migrations_folder() == package / "_alembic"

    shutil.rmtree(package / "_alembic")
    with pytest.raises(ConfigError, match="missing from this installation"):
        migrations_folder()


def first_migration():
    path = migrations_folder() / "versions" / "0001_ground_floor.py"
    spec = importlib.util.spec_from_file_location("ground_floor", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_with_timescale_the_same_tables_become_hypertables():
    migration = first_migration()
    plain = "\n".join(migration.statements(has_timescale=False, has_vector=True))
    timescale = "\n".join(migration.statements(has_timescale=True, has_vector=True))

    assert plain.count("PARTITION BY RANGE") == 4
    assert "PARTITION BY RANGE" not in timescale
    for table, (column, _) in migration.HYPERTABLES.items():
        assert f"create_hypertable('{table}', '{column}'" in timescale
    assert plain.count("CREATE TABLE") == timescale.count("CREATE TABLE")


def test_without_pgvector_vectors_are_plain_arrays(empty_url):
    migration = first_migration()
    with psycopg.connect(empty_url) as connection:
        for statement in migration.statements(has_timescale=False, has_vector=False):
            connection.execute(statement)
        kind = connection.execute(
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute "
            "WHERE attrelid = 'embeddings'::regclass AND attname = 'embedding'"
        ).fetchone()

    assert kind == ("real[]",)


async def test_on_a_real_timescale_the_same_queries_run(clock):
    url = os.environ.get("FKS_TEST_TIMESCALE_URL")
    if not url:
        pytest.skip("FKS_TEST_TIMESCALE_URL names no server with TimescaleDB")
    empty_database(url)
    migrate(url, backups=None, clock=CLOCK)
    database = Database(url)
    stores = await open_stores(database=database, clock=clock)
    await stores.accounts.ensure_account(account())
    frame = walk(5000)

    await stores.candle_writer.upsert_frame(BTC, Timeframe.M5, frame, Provenance.IMPORTED)
    again = await stores.candle_writer.upsert_frame(BTC, Timeframe.M5, frame, Provenance.IMPORTED)
    await stores.trading_writer.record(filled_change("1"))
    chunks = await database.rows(
        "SELECT count(*) AS chunks FROM timescaledb_information.chunks "
        "WHERE hypertable_name = 'ohlcv_data'"
    )

    assert stores.features.timescale is not None
    assert again.unchanged == 5000
    assert len(await stores.candles.latest(BTC, Timeframe.M5, 9999)) == 5000
    assert list(await stores.trading_writer.record(filled_change("1"))) == []
    assert chunks[0]["chunks"] >= 1
    await database.close()


def test_the_manifest_is_plain_json(filled_url, tmp_path):
    backup = backup_database(filled_url, tmp_path, clock=CLOCK, schemas=())

    content = json.loads((backup.folder / "manifest.json").read_text())
    assert content["revision"] == newest_revision()
    assert {table["name"] for table in content["tables"]} >= {"journal", "trades", "ohlcv_data"}
