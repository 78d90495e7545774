"""Fill the disk under a running server: a sentence, nothing half-written, and on it goes."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from fks_desk.adapters.storage.binaries import runs_as_root
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.embedded import EmbeddedServer
from fks_desk.adapters.storage.migrate import migrate
from fks_desk.adapters.storage.stores import open_stores
from fks_desk.core.clock import SystemClock
from fks_desk.core.errors import StorageError
from fks_desk.core.model import Provenance, Timeframe
from tests.fakes.candles import BITCOIN, walk
from tests.fakes.rows import DEMO, account, filled_change

SETTINGS = {"shared_buffers": "16MB", "max_wal_size": "64MB", "min_wal_size": "32MB"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (sys.platform == "linux" and runs_as_root() and shutil.which("mount")),
        reason="a small disk needs root and Linux",
    ),
]


@pytest.fixture
def small_disk():
    """Mount a file system of 160 MB in memory."""
    folder = Path(tempfile.mkdtemp(prefix="fks-disk-"))
    folder.chmod(0o755)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=160m,mode=755", "tmpfs", str(folder)], check=False
    )
    if mounted.returncode != 0:
        folder.rmdir()
        pytest.skip("this machine lets nobody mount")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
    folder.rmdir()


def fill(folder):
    filler = folder / "filler"
    with filler.open("wb") as file:
        try:
            while True:
                file.write(b"\0" * 65536)
                file.flush()
        except OSError:
            pass
    return filler


@pytest.mark.allow_warnings
async def test_a_full_disk_refuses_a_write_whole_and_recovers_when_there_is_room(small_disk):
    server = EmbeddedServer(small_disk / "server", settings=SETTINGS)
    server.start()
    database = None
    try:
        migrate(server.url, backups=None, clock=SystemClock())
        database = Database(server.url)
        stores = await open_stores(database=database, clock=SystemClock())
        await stores.accounts.ensure_account(account())
        await stores.trading_writer.record(filled_change("1"))
        filler = fill(small_disk)

        async def store_until_full():
            for number in range(40):
                await stores.candle_writer.upsert_frame(
                    BITCOIN, Timeframe.M5, walk(20_000, seed=number), Provenance.IMPORTED
                )

        with pytest.raises(StorageError):
            await store_until_full()

        filler.unlink()
        server.start()
        assert len(await stores.trading.fills(DEMO)) == 1
        assert len(await stores.trading_writer.record(filled_change("2", "t-2"))) == 1
        stored = await stores.candles.stored()
        assert sum(count for _, _, count in stored) % 20_000 == 0
        assert await stores.journal.verify() is None
    finally:
        if database is not None:
            await database.close()
        server.stop()


def test_a_first_start_on_a_full_disk_is_a_sentence(small_disk):
    fill(small_disk)

    with pytest.raises(StorageError, match="is full") as caught:
        EmbeddedServer(small_disk / "server", settings=SETTINGS).start()

    assert "free some space" in caught.value.message
    assert not (small_disk / "server" / "data").exists()


def test_a_later_start_on_a_full_disk_is_a_sentence_and_then_works(small_disk):
    server = EmbeddedServer(small_disk / "server", settings=SETTINGS)
    server.start()
    server.stop()
    filler = fill(small_disk)

    with pytest.raises(StorageError, match="free some space"):
        server.start()
    filler.unlink()

    server.start()
    assert server.status().is_running
    server.stop()
