"""Hurt the database in every way that a machine knows; nothing acknowledged may be lost."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from fks_desk.adapters.storage.binaries import runs_as_root
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.embedded import EmbeddedServer
from fks_desk.adapters.storage.migrate import migrate
from fks_desk.adapters.storage.stores import Stores, open_stores
from fks_desk.core.clock import SystemClock
from fks_desk.core.errors import FKSException, StorageError, StorageUnavailable
from fks_desk.core.model import Provenance, Timeframe
from tests.fakes.candles import BITCOIN, walk
from tests.fakes.rows import DEMO, account, filled_change

SMALL = {"shared_buffers": "16MB", "max_wal_size": "64MB", "min_wal_size": "32MB"}
WAIT_S = 60.0

pytestmark = pytest.mark.slow


@dataclass
class Desk:
    server: EmbeddedServer
    database: Database
    stores: Stores

    async def record(self, number):
        """Record a fill as the order path does: again and again until it is acknowledged."""
        deadline = asyncio.get_running_loop().time() + WAIT_S
        while True:
            try:
                await self.stores.trading_writer.record(filled_change(f"f-{number}", f"t-{number}"))
            except StorageUnavailable:
                assert asyncio.get_running_loop().time() < deadline
                await asyncio.sleep(0.05)
            else:
                return

    async def fills(self):
        return {str(fill.trade_id) for fill in await self.stores.trading.fills(DEMO, limit=9999)}


@pytest.fixture
def home():
    folder = Path(tempfile.mkdtemp(prefix="fks-fault-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def desk(home):
    server = EmbeddedServer(home / "server", settings=SMALL)
    await asyncio.to_thread(server.start)
    await asyncio.to_thread(migrate, server.url, backups=None, clock=SystemClock())
    database = Database(server.url, pool_size=3, wait_s=3, lock_timeout_s=0.2)
    stores = await open_stores(
        database=database,
        clock=SystemClock(),
        order_database=Database(server.url, pool_size=2, wait_s=3, name="orders"),
    )
    await stores.accounts.ensure_account(account())
    yield Desk(server, database, stores)
    await database.close()
    await stores.trading_writer._database.close()
    with suppress(FKSException):
        await asyncio.to_thread(server.stop)


@pytest.mark.allow_warnings
async def test_a_killed_backend_drops_every_session_and_loses_no_fill(desk):
    """Fault D2: one backend dies, so the server ends them all and recovers."""
    await desk.record(0)
    row = (await desk.database.rows("SELECT pg_backend_pid() AS pid"))[0]
    writing = asyncio.gather(*(desk.record(number) for number in range(1, 30)))
    await asyncio.sleep(0)
    os.kill(row["pid"], signal.SIGKILL)

    await writing

    assert await desk.fills() == {f"f-{number}" for number in range(30)}
    assert await desk.stores.journal.verify() is None


async def test_a_slow_reader_does_not_hold_up_an_order(desk):
    """Fault D12: every connection for reading is busy; orders have their own."""
    busy = [asyncio.create_task(_sleep(desk.database)) for _ in range(3)]
    await asyncio.sleep(0.2)

    try:
        await desk.stores.trading_writer.record(filled_change("f-1", "t-1"))
        assert all(not task.done() for task in busy)
    finally:
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
    assert await desk.fills() == {"f-1"}


async def _sleep(database):
    await database.rows("SELECT pg_sleep(60)")


async def test_a_locked_table_is_busy_and_the_row_is_written_when_it_is_free(desk):
    """Fault D5: an insert waits too long for a lock; nothing of it is half there."""
    with psycopg.connect(desk.server.url) as other:
        other.execute("LOCK TABLE ohlcv_data IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(StorageUnavailable, match="busy"):
            await desk.stores.candle_writer.upsert_frame(
                BITCOIN, Timeframe.M5, walk(500), Provenance.IMPORTED
            )

    count = await desk.stores.candle_writer.upsert_frame(
        BITCOIN, Timeframe.M5, walk(500), Provenance.IMPORTED
    )
    assert count.inserted == 500


async def test_a_fill_is_flushed_to_the_disk_before_it_is_acknowledged(desk):
    """Fault D8: a power cut after the answer must find the row; so the log was synced."""
    await desk.record(0)
    before = await _flushes(desk.database)

    await desk.record(1)

    assert await _flushes(desk.database) > before


async def _flushes(database):
    async with database.writing() as connection:
        await connection.execute("SELECT pg_stat_force_next_flush()")
    rows = await database.rows(
        "SELECT pg_current_wal_flush_lsn() - '0/0'::pg_lsn AS flushed, "
        "pg_current_wal_insert_lsn() = pg_current_wal_flush_lsn() AS is_all, "
        "current_setting('fsync') AS fsync"
    )
    assert rows[0]["fsync"] == "on"
    return rows[0]["flushed"]


@pytest.mark.allow_warnings
async def test_a_damaged_page_is_told_and_never_read_as_if_it_were_whole(desk):
    """Fault D9: one byte of a table flips on the disk."""
    await desk.stores.candle_writer.upsert_frame(
        BITCOIN, Timeframe.M5, walk(5000), Provenance.IMPORTED
    )
    rows = await desk.database.rows(
        "SELECT pg_relation_filepath(c.oid) AS path FROM pg_class c "
        "WHERE relispartition AND relkind = 'r' AND relpages >= 0 "
        "AND relname LIKE 'ohlcv_data_%%' ORDER BY pg_relation_size(c.oid) DESC LIMIT 1",
        [],
    )
    await asyncio.to_thread(desk.server.stop)
    file = next(desk.server.folder.rglob(rows[0]["path"]))
    with file.open("r+b") as page:
        page.seek(8192 + 4000)
        byte = page.read(1)
        page.seek(8192 + 4000)
        page.write(bytes([byte[0] ^ 0xFF]))
    await asyncio.to_thread(desk.server.start)

    with pytest.raises(StorageError, match=r"damaged on the disk.*db restore"):
        await desk.stores.candles.latest(BITCOIN, Timeframe.M5, 5000)

    await desk.record(1)
    assert await desk.fills() == {"f-1"}


async def test_a_transaction_that_somebody_forgot_is_ended(desk):
    """Fault D16: a session that idles inside a transaction would keep old rows for ever."""
    async with desk.database.reading() as connection:
        shown = await (
            await connection.execute("SHOW idle_in_transaction_session_timeout")
        ).fetchone()
    assert shown == {"idle_in_transaction_session_timeout": "1min"}

    forgotten = psycopg.connect(
        desk.server.url, options="-c idle_in_transaction_session_timeout=100"
    )
    forgotten.execute("SELECT 1")
    deadline = asyncio.get_running_loop().time() + WAIT_S
    query = "SELECT count(*) AS open FROM pg_stat_activity WHERE state LIKE 'idle in%%'"
    while (await desk.database.rows(query, []))[0]["open"]:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.05)
    with pytest.raises(psycopg.Error):
        forgotten.execute("SELECT 1")
    forgotten.close()


@pytest.fixture
def small_log(home):
    """Mount a file system of 256 MB in memory, for the write-ahead log alone."""
    if not (sys.platform == "linux" and runs_as_root() and shutil.which("mount")):
        pytest.skip("a small disk needs root and Linux")
    folder = home / "log"
    folder.mkdir()
    options = "size=256m,mode=755"
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if subprocess.run(command, check=False).returncode:
        pytest.skip("this machine lets nobody mount")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.allow_warnings
async def test_a_full_log_disk_ends_the_server_in_words_and_loses_no_fill(desk, small_log):
    """Fault D4: the write-ahead log has a disk of its own, and it is full."""
    await desk.record(0)
    logs = await _moved_log(desk, small_log)
    await asyncio.to_thread(desk.server.start)
    filler = _filled(small_log)
    acknowledged = {"f-0"}

    with pytest.raises(FKSException):
        await _write_until_it_fails(desk, acknowledged)

    filler.unlink()
    deadline = asyncio.get_running_loop().time() + WAIT_S
    while True:
        try:
            await asyncio.to_thread(desk.server.start)
            assert acknowledged <= await desk.fills()
            break
        except FKSException:
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.2)
    assert logs.is_symlink()
    await desk.record(999)
    assert await desk.stores.journal.verify() is None


@pytest.mark.allow_warnings
async def test_on_a_full_log_disk_the_server_starts_on_the_room_that_was_kept_back(desk, small_log):
    """Fault D4: nothing is freed by hand; the log itself is never touched."""
    await desk.record(0)
    logs = await _moved_log(desk, small_log)
    server = EmbeddedServer(desk.server.folder, settings=SMALL, reserve_bytes=40 << 20)
    await asyncio.to_thread(server.start)
    assert server.has_reserve
    filler = _filled(small_log)
    acknowledged = {"f-0"}
    with pytest.raises(FKSException):
        await _write_until_it_fails(desk, acknowledged)
    await asyncio.to_thread(_until_it_has_ended, server)

    assert await asyncio.to_thread(server.start)

    assert filler.exists()
    assert not server.has_reserve
    assert acknowledged <= await desk.fills()
    assert await desk.stores.journal.verify() is None
    await desk.record(999)
    await asyncio.to_thread(server.stop)
    filler.unlink()
    await asyncio.to_thread(server.start)
    assert server.has_reserve
    assert logs.is_symlink()


def _until_it_has_ended(server):
    deadline = time.monotonic() + WAIT_S
    while server.has_process():
        assert time.monotonic() < deadline
        time.sleep(0.05)


async def _moved_log(desk, folder):
    """Stop the server and put its write-ahead log on another disk."""
    await asyncio.to_thread(desk.server.stop)
    logs = next(desk.server.folder.rglob("pg_wal"))
    moved = folder / "pg_wal"
    shutil.copytree(logs, moved)
    _give_to_owner_of(logs, moved)
    shutil.rmtree(logs)
    logs.symlink_to(moved)
    return logs


async def _write_until_it_fails(desk, acknowledged):
    for number in range(1, 100):
        frame = walk(5000, start_ms=1_577_836_800_000 + number * 5000 * 300_000)
        await desk.stores.candle_writer.upsert_frame(
            BITCOIN, Timeframe.M5, frame, Provenance.IMPORTED
        )
        await desk.stores.trading_writer.record(filled_change(f"f-{number}", f"t-{number}"))
        acknowledged.add(f"f-{number}")


def _give_to_owner_of(model, folder):
    owner = model.stat()
    for path in (folder, *folder.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
        path.chmod(0o700 if path.is_dir() else 0o600)


def _filled(folder):
    filler = folder / "filler"
    with filler.open("wb") as file, suppress(OSError):
        while True:
            file.write(b"\0" * 65536)
            file.flush()
    return filler
