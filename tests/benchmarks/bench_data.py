"""Measure candles into and out of the database and out of files, against plain limits."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import numpy as np
import pandas as pd
import psycopg
import sqlalchemy as sa

from fks_desk.adapters.files.reading import read_candles
from fks_desk.adapters.files.writing import write_candles
from fks_desk.adapters.storage.arrays import copy_blocks
from fks_desk.adapters.storage.bulk_candles import COPY, BulkWrite
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.embedded import EmbeddedServer
from fks_desk.adapters.storage.migrate import migrate
from fks_desk.adapters.storage.stores import Stores, open_stores
from fks_desk.adapters.storage.urls import for_sqlalchemy
from fks_desk.core.clock import SystemClock
from fks_desk.core.frame import Frame
from fks_desk.core.model import InstrumentId, Provenance, Timeframe
from tests.benchmarks.compression import compression_measures, ticks
from tests.benchmarks.live_window import live
from tests.benchmarks.measure import Measure, less_is_better, more_is_better
from tests.fakes.candles import BITCOIN, candles_of, walk
from tests.fakes.rows import account, filled_change

YEAR_OF_MINUTES = 525_600
YEAR_OF_FIVE = 105_120
MILLION = 1_000_000
CHANGES = 300
LIVE_ROUNDS = 60
BARE = "SELECT ts, open, high, low, close, volume FROM bare ORDER BY ts"


def measures() -> Iterator[Measure]:
    """Yield each measure with its limit on this machine, taken in the same run."""
    home = Path(tempfile.mkdtemp(prefix="fks-bench-"))
    home.chmod(0o755)
    server = EmbeddedServer(home / "server")
    try:
        yield _start(server)
        migrate(server.url, backups=None, clock=SystemClock())
        yield from asyncio.run(_database(server.url))
        yield from _live_with_window(server.url)
        yield _file(home)
        yield from compression_measures()
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def _start(server: EmbeddedServer) -> Measure:
    server.start()
    server.stop()
    return _measure("data.embedded_server_warm_start", _best(server.start, 1), 5.0)


async def _database(url: str) -> list[Measure]:
    database = Database(url)
    stores = await open_stores(database=database, clock=SystemClock())
    await stores.accounts.ensure_account(account())
    made = await _writes(url, stores)
    made += await _live(stores)
    made += await _reads(url, stores)
    seconds = await _timed(lambda: _trade(stores)) / CHANGES
    made.append(_measure("data.fill_recorded", seconds, 0.25))
    await database.close()
    return made


async def _writes(url: str, stores: Stores) -> list[Measure]:
    """Measure a million candles, new, again and partly revised, beside a plain COPY."""
    frame = ticks(MILLION)
    revised = replace(frame, close=np.where(np.arange(MILLION) % 100 == 0, frame.low, frame.close))
    plain = min([await asyncio.to_thread(_plain_copy, url, frame) for _ in range(3)])
    made = []
    for name, written in (("new", frame), ("again", frame), ("revised_1_of_100", revised)):
        seconds = await _timed(lambda one=written: _store(stores, one))
        made.append(
            _rate(f"data.write_1m_candles_{name}", MILLION / seconds, MILLION / plain,
                  "binary COPY into an identical empty table", 0.45)
        )  # fmt: skip
    return made


async def _live(stores: Stores) -> list[Measure]:
    """Measure closed candles of 50 pairs as they come from the streams, batch by batch."""
    pairs = [InstrumentId(f"binance:spot:C{number}/USDT") for number in range(50)]
    frame = ticks(LIVE_ROUNDS * 5)
    batches = [
        [one for pair in pairs for one in candles_of(part, pair, Timeframe.M1)]
        for part in (frame.slice(n * 5, n * 5 + 5) for n in range(LIVE_ROUNDS))
    ]
    await stores.candle_writer.upsert(batches[0])
    began = time.perf_counter()
    for batch in batches[1:]:
        await stores.candle_writer.upsert(batch)
    rate = sum(map(len, batches[1:])) / (time.perf_counter() - began)
    return [_rate("data.live_upserts", rate, 5000.0, "wanted", 1.0)]


def _live_with_window(url: str) -> Iterator[Measure]:
    """Offer a tenth more than is wanted: what comes at a rate cannot be stored faster than that."""
    lived = live(url, rate=5500, seconds=15.0)
    name = "data.live_upserts_with_window"
    yield more_is_better(
        name, lived.rate, "rows/s", "wanted", 5000.0, offered=lived.offered,
        lost=lived.offered - lived.stored,
    )  # fmt: skip
    yield more_is_better(
        f"{name}_frames", lived.frames_per_s, "1/s", "wanted", 60.0, 0.95,
        median_ms=round(lived.gap(50), 1), longest_ms=round(max(lived.gaps_ms), 1),
    )  # fmt: skip
    yield less_is_better(f"{name}_frame_p99", lived.gap(99), "ms", "allowed", 50.0)


async def _reads(url: str, stores: Stores) -> list[Measure]:
    """Measure a year of minutes into a chart's arrays beside two other ways to numpy."""
    await asyncio.to_thread(_bare_table, url)
    ways = {
        "ours": lambda: _timed(lambda: _read(stores, YEAR_OF_MINUTES)),
        "adbc": lambda: asyncio.to_thread(_best, lambda: _read_by_adbc(url), 1),
        "pandas": lambda: asyncio.to_thread(_best, lambda: _read_by_pandas(url), 1),
    }
    seconds: dict[str, float] = {}
    for _ in range(5):
        for name, way in ways.items():
            seconds[name] = min(seconds.get(name, 1e9), await way())
    rates = {name: YEAR_OF_MINUTES / spent for name, spent in seconds.items()}
    few = min([await _timed(lambda: _read(stores, 2000)) for _ in range(3)])
    return [
        _rate("data.read_year_of_minutes", rates["ours"], rates["adbc"],
              "ADBC on a bare table", 1.2),
        _rate("data.read_year_of_minutes", rates["ours"], rates["pandas"],
              "pandas.read_sql on a bare table", 6.0),
        _measure("data.read_year_of_minutes_time", seconds["ours"], 0.5),
        _measure("data.read_2000_candles", few, 0.5),
    ]  # fmt: skip


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
    """Return the seconds of the least that any writer of this table has to do."""
    write = BulkWrite(
        number=1, timeframe=Timeframe.M1, provenance=Provenance.IMPORTED, arrived_ms=0
    )
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE IF EXISTS plain")
        connection.execute("CREATE TABLE plain (LIKE ohlcv_data INCLUDING ALL)")
        connection.commit()
        columns = write.columns(frame)
        started = time.perf_counter()
        with connection.cursor().copy(COPY.replace("ohlcv_data", "plain")) as copy:
            for block in copy_blocks(columns, len(frame)):
                copy.write(block)
        connection.commit()
        seconds = time.perf_counter() - started
        connection.execute("DROP TABLE plain")
    return seconds


def _bare_table(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE bare AS SELECT ts, open, high, low, close, volume FROM candles "
            "WHERE timeframe = '1m' AND instrument_id = 1 ORDER BY ts LIMIT %s",
            [YEAR_OF_MINUTES],
        )
        connection.execute("VACUUM ANALYZE bare")


def _read_by_adbc(url: str) -> None:
    with adbc.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(BARE)
        table = cursor.fetch_arrow_table()
    arrays = [table[name].to_numpy() for name in table.column_names]
    assert arrays[0].size == YEAR_OF_MINUTES


def _read_by_pandas(url: str) -> None:
    engine = sa.create_engine(for_sqlalchemy(url))
    assert len(pd.read_sql(BARE, engine)) == YEAR_OF_MINUTES
    engine.dispose()


def _file(home: Path) -> Measure:
    path = home / "BTC_USDT-5m.csv.gz"
    write_candles(path, walk(YEAR_OF_FIVE, swing=0.0005))
    seconds = _best(lambda: read_candles(path, clock=SystemClock()), 3)
    return _measure("data.csv_gz_year_of_5m", seconds, 1.0)


def _rate(name: str, rate: float, limit: float, against: str, goal: float) -> Measure:
    return more_is_better(name, rate, "rows/s", against, limit, goal)


def _measure(name: str, seconds: float, allowed: float) -> Measure:
    return less_is_better(name, seconds, "s", "allowed", allowed)


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
