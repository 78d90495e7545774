"""Start, kill, find and stop the embedded server."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest

from fks_desk.adapters.storage import binaries
from fks_desk.adapters.storage.binaries import closed_parent, find_programs, runs_as_root
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.embedded import EmbeddedServer
from fks_desk.adapters.storage.migrate import migrate
from fks_desk.adapters.storage.postmaster import PID_FILE, is_server_of, read_pid_file
from fks_desk.adapters.storage.server_folder import LARGEST_LOG, ServerFolder, explained
from fks_desk.adapters.storage.stores import open_stores
from fks_desk.core.clock import SystemClock
from fks_desk.core.errors import ConfigError, StorageError, StorageUnavailable
from tests.fakes.rows import DEMO, account, filled_change

# A killed process loses nothing that it gave to the system; only a power cut needs fsync.
SMALL = {"shared_buffers": "16MB", "max_connections": "20", "fsync": "off"}


@pytest.fixture(scope="module")
def parent():
    """Return a folder that the server's user can reach, which pytest's own is not."""
    folder = Path(tempfile.mkdtemp(prefix="fks-embedded-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def fresh(parent):
    """Return the folder of a server that was started once and stopped: copies start quickly."""
    server = EmbeddedServer(parent / "first", settings=SMALL)
    server.start()
    server.stop()
    return parent / "first"


@pytest.fixture
def server(fresh, parent):
    folder = Path(tempfile.mkdtemp(dir=parent))
    subprocess.run(["cp", "-a", f"{fresh}/.", str(folder)], check=True)
    made = EmbeddedServer(folder, settings=SMALL)
    yield made
    made.stop()


def ask(url, query="SELECT 1"):
    with psycopg.connect(url, connect_timeout=5) as connection:
        return connection.execute(query).fetchone()[0]


def test_it_starts_once_and_stops(server):
    assert server.start() is True
    assert server.start() is False
    assert server.status().is_running
    assert ask(server.url, "SELECT current_database()") == "fks"
    assert server.stop() is True
    assert server.stop() is False
    assert not server.status().is_running
    with pytest.raises(StorageError, match="start it first"):
        _ = server.url


def test_its_data_is_durable_and_checked(server):
    server = EmbeddedServer(server.folder)
    server.start()

    for setting in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
        assert ask(server.url, f"SHOW {setting}") == "on"


def test_it_listens_on_no_network(server):
    server.start()

    assert ask(server.url, "SHOW listen_addresses") == ""
    assert server.folder.stat().st_mode & 0o077 == 0
    assert not psutil.Process(server.pid).net_connections("inet")


def test_another_process_finds_it_running(server):
    server.start()
    code = (
        "import sys; from pathlib import Path;"
        "from fks_desk.adapters.storage.embedded import EmbeddedServer;"
        "import psycopg; s = EmbeddedServer(Path(sys.argv[1]));"
        "print(s.start(), psycopg.connect(s.url).execute('SELECT 7').fetchone()[0])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, str(server.folder)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert done.stdout.split() == ["False", "7"]
    assert server.status().is_running


def test_it_is_not_stopped_under_others_if_asked_to_look(server):
    server.start()
    with psycopg.connect(server.url):
        assert server.stop(only_if_idle=True) is False
        assert server.status().is_running

    assert server.stop(only_if_idle=True) is True


def test_after_kill_9_it_starts_with_every_committed_row(server):
    server.start()
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (n integer)")
        for number in range(50):
            connection.execute("INSERT INTO kept VALUES (%s)", [number])
        psutil.Process(server.pid).kill()

    assert server.start() is True

    assert ask(server.url, "SELECT count(*) FROM kept") == 50


@pytest.mark.allow_warnings
async def test_the_stores_survive_a_killed_server(server):
    server.start()
    migrate(server.url, backups=None, clock=SystemClock())
    database = Database(server.url, pool_size=2, wait_s=30)
    stores = await open_stores(database=database, clock=SystemClock())
    await stores.accounts.ensure_account(account())
    await stores.trading_writer.record(filled_change("1"))

    psutil.Process(server.pid).kill()
    with pytest.raises(StorageUnavailable):
        await stores.trading_writer.record(filled_change("2", "t-2"))
    await asyncio.to_thread(server.start)

    assert list(await stores.trading_writer.record(filled_change("1"))) == []
    assert len(await stores.trading_writer.record(filled_change("3", "t-3"))) == 1
    assert {one.trade_id for one in await stores.trading.fills(DEMO)} == {"1", "3"}
    assert await stores.journal.verify() is None
    await database.close()


def test_acknowledged_rows_outlive_a_kill_in_the_middle_of_writing(server):
    server.start()
    acknowledged = []

    def write():
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (n integer PRIMARY KEY)")
            threading.Timer(0.3, psutil.Process(server.pid).kill).start()
            for number in itertools.count():
                connection.execute("INSERT INTO kept VALUES (%s)", [number])
                acknowledged.append(number)

    with pytest.raises(psycopg.OperationalError):
        write()

    server.start()

    present = ask(server.url, "SELECT count(*) FROM kept")
    assert present in {len(acknowledged), len(acknowledged) + 1}


def test_a_pid_file_naming_a_living_stranger_is_not_believed(server):
    server.start()
    lines = (server.folder / "data" / PID_FILE).read_text().splitlines()
    server.stop()
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        lines[0] = str(stranger.pid)
        (server.folder / "data" / PID_FILE).write_text("\n".join(lines) + "\n")

        assert server.status().is_running is False
        assert server.start() is True
        assert stranger.poll() is None
        assert ask(server.url) == 1
    finally:
        stranger.kill()
        stranger.wait()


def test_a_pid_file_of_a_dead_process_or_of_noise_is_no_obstacle(server):
    pid_file = server.folder / "data" / PID_FILE
    for content in ("999999999\n", "", "noise\n\n\n"):
        pid_file.write_text(content)
        assert server.start() is True
        server.stop()


def test_another_server_is_not_taken_for_ours(server, fresh, postgres_url):
    with psycopg.connect(postgres_url) as connection:
        other = connection.execute("SELECT pg_postmaster_start_time()").fetchone()
    assert other
    server.start()

    assert is_server_of(server.pid, server.folder / "data")
    assert not is_server_of(server.pid, fresh / "data")
    assert not is_server_of(os.getpid(), server.folder / "data")


@pytest.mark.parametrize(
    "name", ["with space", "ünïcödé 数据", "quote's, comma", "long" * 30], ids=str
)
def test_odd_folders_are_usable(parent, fresh, name):
    folder = parent / name
    shutil.copytree(fresh, folder, symlinks=True)
    subprocess.run(["cp", "-a", f"{fresh}/.", str(folder)], check=True)
    made = EmbeddedServer(folder, settings=SMALL)
    try:
        assert made.start() is True
        assert ask(made.url) == 1
    finally:
        made.stop()
        shutil.rmtree(folder)


def test_without_unix_sockets_it_takes_a_free_port_and_a_password(parent, fresh):
    folder = parent / "tcp"
    folder.mkdir()
    subprocess.run(["cp", "-a", f"{fresh}/.", str(folder)], check=True)
    made = EmbeddedServer(folder, settings=SMALL, use_socket=False)
    try:
        made.start()
        first = made.url
        made.stop()
        is_free = _is_free(urlsplit(first).port)
        made.start()

        # Somebody else on this machine may have been quicker.
        assert made.url == first or not is_free
        assert ask(made.url) == 1
        password = (folder / "password").read_text()
        assert password in made.url
        with pytest.raises(psycopg.OperationalError):
            ask(made.url.replace(password, "wrong"))
    finally:
        made.stop()


def test_a_folder_that_cannot_be_made_is_named(parent):
    (parent / "file").touch()

    with pytest.raises(ConfigError, match="choose another data folder"):
        EmbeddedServer(parent / "file" / "data").start()


@pytest.mark.skipif(not runs_as_root(), reason="only root lends a user")
def test_as_root_a_closed_parent_is_named_and_left_closed(tmp_path):
    tmp_path.chmod(0o700)

    with pytest.raises(ConfigError, match="/var/lib/fks-desk"):
        EmbeddedServer(tmp_path / "data").start()

    assert tmp_path.stat().st_mode & 0o777 == 0o700
    assert closed_parent(tmp_path / "data") is not None


@pytest.mark.skipif(not runs_as_root(), reason="only root lends a user")
def test_programs_in_a_closed_place_are_copied_to_where_the_user_reaches(parent, monkeypatch):
    monkeypatch.setattr(binaries, "closed_parent", lambda path: Path("/root"))

    programs = find_programs(parent / "copies")

    assert programs.folder.is_relative_to(parent / "copies")
    text = programs.run("postgres", ["--version"], cwd=parent, timeout_s=10)
    assert text.startswith("postgres (PostgreSQL) 18")


def test_a_missing_wheel_is_a_sentence(monkeypatch, parent):
    monkeypatch.setattr(binaries, "PACKAGE", "no_such_package_anywhere")

    with pytest.raises(ConfigError, match="make install"):
        find_programs(parent)


def test_data_of_another_major_version_is_refused(server):
    (server.folder / "data" / "PG_VERSION").write_text("16\n")
    try:
        with pytest.raises(ConfigError, match="made by PostgreSQL 16"):
            server.start()
    finally:
        (server.folder / "data" / "PG_VERSION").write_text("18\n")


def test_a_first_start_that_was_cut_off_begins_anew(parent):
    folder = parent / "cut"
    (folder / "data.new").mkdir(parents=True)
    (folder / "data.new" / "PG_VERSION").write_text("18\n")
    made = EmbeddedServer(folder, settings=SMALL)
    try:
        assert made.start() is True
        assert not (folder / "data.new").exists()
    finally:
        made.stop()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("FATAL:  could not write lock file: No space left on device", "is full"),
        ("PANIC:  could not locate a valid checkpoint record", "restore a backup"),
        ("FATAL:  could not open file: Permission denied", "check who owns"),
        ("LOG: x\nFATAL:  something else", "did not start: something else"),
        ("", "did not start"),
    ],
)
def test_what_the_server_says_becomes_a_sentence(said, sentence):
    error = explained(StorageError("pg_ctl failed"), Path("/data"), said)

    assert sentence in error.message


def test_a_wrong_setting_is_told_in_the_servers_words(server):
    broken = EmbeddedServer(server.folder, settings={**SMALL, "shared_buffers": "none"})

    with pytest.raises(StorageError, match="did not start"):
        broken.start()


def test_a_pid_file_without_all_lines_is_not_ready(tmp_path):
    (tmp_path / PID_FILE).write_text("123\n/data\n")

    found = read_pid_file(tmp_path)

    assert (found.pid, found.port, found.is_ready) == (123, None, False)
    assert read_pid_file(tmp_path / "nowhere") is None


def test_a_socket_folder_that_somebody_else_has_made_is_refused(parent, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(parent))
    made = EmbeddedServer(parent / ("long" * 30), settings=SMALL)
    try:
        made.start()
        short = next(parent.glob("fks-*"))
        made.stop()
        short.symlink_to(tmp_path)

        with pytest.raises(ConfigError, match="belongs to somebody else"):
            made.start()

        assert tmp_path.stat().st_uid == os.getuid()
    finally:
        made.stop()


def test_a_log_that_grew_large_is_turned_over(server):
    server.log_file.write_bytes(b"x" * (LARGEST_LOG + 1))

    server.start()

    assert server.log_file.stat().st_size < LARGEST_LOG
    assert server.log_file.with_suffix(".log.1").stat().st_size == LARGEST_LOG + 1


def test_a_log_that_is_not_there_has_said_nothing(tmp_path):
    assert ServerFolder(tmp_path).log_since(0) == ""
    assert ServerFolder(tmp_path).log_size() == 0


def _is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
