"""Measure candles into and out of the database and out of files, against plain limits."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg

from fks_desk.adapters.files.reading import read_candles
from fks_desk.adapters.files.writing import write_candles
from fks_desk.adapters.storage.arrays import copy_payload
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.embedded import EmbeddedServer
from fks_desk.adapters.storage.migrate import migrate
from fks_desk.adapters.storage.stores import Stores, open_stores
from fks_desk.core.clock import SystemClock
from fks_desk.core.frame import Frame
from fks_desk.core.model import Provenance, Timeframe
from tests.fakes.candles import BITCOIN, MINUTE_MS, walk
from tests.fakes.rows import account, filled_change

YEAR_OF_MINUTES = 525_600
YEAR_OF_FIVE = 105_120
CHANGES = 300


def measures() -> Iterator[dict[str, Any]]:
    """Yield each measure with its limit on this machine, taken in the same run."""
    home = Path(tempfile.mkdtemp(prefix="fks-bench-"))
    home.chmod(0o755)
    server = EmbeddedServer(home / "server")
    try:
        yield _start(server)
        migrate(server.url, backups=None, clock=SystemClock())
        yield from asyncio.run(_database(server.url))
        yield _file(home)
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def _start(server: EmbeddedServer) -> dict[str, Any]:
    server.start()
    server.stop()
    return _measure("embedded server, warm start", _best(server.start, 1), 5.0, "5 s allowed")


async def _database(url: str) -> list[dict[str, Any]]:
    database = Database(url)
    stores = await open_stores(database=database, clock=SystemClock())
    await stores.accounts.ensure_account(account())
    frame = walk(YEAR_OF_MINUTES, step_ms=MINUTE_MS, swing=0.0005)
    plain = await asyncio.to_thread(_plain_copy, url, frame)
    made = []
    for name in ("stored", "stored again"):
        seconds = await _timed(lambda: _store(stores, frame))
        made.append(_measure(f"year of 1m {name}", seconds, plain, "plain COPY, no keys"))
    for name, count in (("year of 1m read", YEAR_OF_MINUTES), ("2,000 candles read", 2000)):
        seconds = min([await _timed(lambda n=count: _read(stores, n)) for _ in range(3)])
        made.append(_measure(name, seconds, 0.5, "0.5 s allowed"))
    seconds = await _timed(lambda: _trade(stores)) / CHANGES
    made.append(_measure("one fill recorded, flushed", seconds, 0.25, "0.25 s allowed"))
    await database.close()
    return made


async def _store(stores: Stores, frame: Frame) -> None:
    await stores.candle_writer.upsert_frame(BITCOIN, Timeframe.M1, frame, Provenance.IMPORTED)


async def _read(stores: Stores, count: int) -> None:
    read = await stores.candles.latest(BITCOIN, Timeframe.M1, count)
    assert len(read) == count


async def _trade(stores: Stores) -> None:
    for number in range(CHANGES):
        change = filled_change(str(number), f"t-{number}")
        assert await stores.trading_writer.record(change)


def _plain_copy(url: str, frame: Frame) -> float:
    """Return the seconds of the least that any writer has to do."""
    payload = copy_payload(frame)
    with psycopg.connect(url) as connection:
        connection.execute(
            "CREATE TABLE plain (ts timestamptz, o float8, h float8, l float8, c float8, v float8)"
        )
        started = time.perf_counter()
        with connection.cursor().copy("COPY plain FROM STDIN (FORMAT binary)") as copy:
            copy.write(payload)
        connection.commit()
        seconds = time.perf_counter() - started
        connection.execute("DROP TABLE plain")
    return seconds


def _file(home: Path) -> dict[str, Any]:
    path = home / "BTC_USDT-5m.csv.gz"
    write_candles(path, walk(YEAR_OF_FIVE, swing=0.0005))
    seconds = _best(lambda: read_candles(path, clock=SystemClock()), 3)
    return _measure("year of 5m read from csv.gz", seconds, 1.0, "1 s allowed")


def _measure(name: str, seconds: float, limit: float, against: str) -> dict[str, Any]:
    return {
        "measure": name,
        "value": seconds,
        "unit": "s",
        "against": f"{against}: {limit:.4g} s",
        "ratio": seconds / limit,
        "goal": "ratio <= 1" if "allowed" in against else "ratio <= 10",
    }


async def _timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    await work()
    return time.perf_counter() - started


def _best(work: Callable[[], Any], rounds: int) -> float:
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)
