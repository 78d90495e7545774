"""Measure how small TimescaleDB makes a year of real minutes, and how fast it still reads them."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import psycopg

from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.migrate import migrate
from fks_desk.adapters.storage.stores import Stores, open_stores
from fks_desk.core.clock import SystemClock, from_ms
from fks_desk.core.frame import Frame
from fks_desk.core.job import CancelToken, JobContext
from fks_desk.core.model import Provenance, Span, Timeframe
from fks_desk.core.storage_report import DataSet, PolicyKind, StoragePolicy, TimescaleEdition
from tests.benchmarks.measure import Measure, less_is_better, not_run
from tests.fakes.candles import BITCOIN, MINUTE_MS, START_MS, real_frame, walk

YEAR_OF_MINUTES = 525_600
MONTHS = (
    "ohlcv/binance-spot_BTCUSDT_1m_2024-07-26_2024-08-25.csv.gz",
    "ohlcv/binance-spot_BTCUSDT_1m_2025-06-01_2025-07-01.csv.gz",
)
ROUNDS, SHORT_ROUNDS = 7, 100  # a year at a time, and what takes a moment
DAY = timedelta(days=1)
_PRICES = ("open", "high", "low", "close", "volume")
# As if each candle had come over a stream, at a moment of its own.
STREAMED = """
CREATE TEMPORARY TABLE kept AS SELECT * FROM ohlcv_data;
TRUNCATE ohlcv_data;
INSERT INTO ohlcv_data SELECT * FROM kept ORDER BY ts;
"""
LATE = "UPDATE kept SET ts_init = ts_event + random() * interval '1 second'"
DAYS = """
SELECT date_trunc('day', ts) AS day, max(high), min(low), sum(volume) FROM candles
WHERE instrument_id = 1 AND timeframe = '1m' GROUP BY day ORDER BY day
"""
ONE = "SELECT * FROM candles WHERE instrument_id = 1 AND timeframe = '1m' AND ts = %s"


def ticks(count: int) -> Frame:
    """Return candles of a random walk whose numbers have as many decimals as a venue's."""
    frame = walk(count, step_ms=MINUTE_MS, price=60_000.0, swing=0.0005)
    rounded = {name: np.round(getattr(frame, name), 2) for name in _PRICES[:4]}
    return Frame(time=frame.time, volume=np.round(frame.volume, 5), **rounded)


def year_of_minutes() -> tuple[Frame, str]:
    """Return a year of minutes and what they are: real months, again and again, or made ones."""
    folder = os.environ.get("FKS_TEST_DATA")
    if not folder or not all((Path(folder) / name).exists() for name in MONTHS):
        return ticks(YEAR_OF_MINUTES), "made ticks"
    months = [real_frame(name) for name in MONTHS]
    columns = {
        name: np.resize(np.concatenate([getattr(one, name) for one in months]), YEAR_OF_MINUTES)
        for name in _PRICES
    }
    times = START_MS + MINUTE_MS * np.arange(YEAR_OF_MINUTES, dtype=np.int64)
    return Frame(time=times, **columns), "two real months of BTC/USDT, again and again"


def compression_measures() -> list[Measure]:
    """Return the measures, or one that says why there are none."""
    server = os.environ.get("FKS_TEST_TIMESCALE_URL")
    if server:
        found = asyncio.run(_measured(server))
        if found:
            return found
    why = "FKS_TEST_TIMESCALE_URL names no TimescaleDB of the community edition"
    return [not_run("data.compression", "bytes/candle", why, 8)]


async def _measured(server: str) -> list[Measure]:
    frame, source = year_of_minutes()
    with _fresh(server) as plain, _fresh(server) as packed, _fresh(server) as streamed:
        first = await _opened(plain, frame)
        if first.stores.features.edition is not TimescaleEdition.COMMUNITY:
            return []
        second = await _opened(packed, frame)
        made = [await _ratio("data.compression", second, source)]
        made += await _queries(first, second, frame)
        third = await _opened(streamed, frame)
        with psycopg.connect(streamed, autocommit=True) as connection:
            head, _, rest = STREAMED.partition(";")
            connection.execute(head.encode())
            connection.execute(LATE)
            connection.execute(rest.encode())
        made.append(
            await _ratio("data.compression_streamed", third, f"{source}, each arrived by itself")
        )
        for desk in (first, second, third):
            await desk.database.close()
    return made


@contextmanager
def _fresh(server: str) -> Iterator[str]:
    name = f"b{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            url = urlsplit(server)._replace(path=f"/{name}").geturl()
            migrate(url, backups=None, clock=SystemClock())
            yield url
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@dataclass(frozen=True, slots=True)
class _Desk:
    stores: Stores
    database: Database

    async def read(self, count: int) -> None:
        """Read the newest candles into a chart's arrays."""
        assert len(await self.stores.candles.latest(BITCOIN, Timeframe.M1, count)) == count


async def _opened(url: str, frame: Frame) -> _Desk:
    database = Database(url)
    stores = await open_stores(database=database, clock=SystemClock())
    await stores.candle_writer.upsert_frame(BITCOIN, Timeframe.M1, frame, Provenance.IMPORTED)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE ohlcv_data")
    return _Desk(stores, database)


async def _ratio(name: str, desk: _Desk, source: str) -> Measure:
    """Compress everything as the desk's own policy does; sizes are as the server tells them."""
    policy = StoragePolicy(kind=PolicyKind.COMPRESSION, data_set=DataSet.CANDLES, after=DAY)
    stores = desk.stores
    await stores.policies.save(policy)
    context = JobContext(progress=lambda _part, _note: None, cancel=CancelToken())
    await stores.policies.carry_out(context, policy)
    tables = (await stores.storage.report()).tables
    table = next(one for one in tables if one.data_set is DataSet.CANDLES)
    assert table.compressed_bytes > 0, "nothing was compressed"
    small, large = (size / YEAR_OF_MINUTES for size in (table.compressed_bytes, table.raw_bytes))
    return less_is_better(name, small, "bytes/candle", f"uncompressed, {source}", large, 8)


async def _queries(plain: _Desk, packed: _Desk, frame: Frame) -> list[Measure]:
    middle = from_ms(int(frame.time[YEAR_OF_MINUTES // 2]))
    day = Span(start=middle, end=middle + DAY)
    ways: dict[str, Callable[[_Desk], Awaitable[Any]]] = {
        "year": lambda desk: desk.read(YEAR_OF_MINUTES),
        "newest_2000": lambda desk: desk.read(2000),
        "a_day": lambda desk: desk.stores.candles.range(BITCOIN, Timeframe.M1, day),
        "bars_of_days": lambda desk: desk.database.rows(DAYS),
        "one_candle": lambda desk: desk.database.rows(ONE, [middle]),
    }
    made = []
    for name, way in ways.items():
        best = {"plain": 1e9, "packed": 1e9}
        for _ in range(ROUNDS if name == "year" else SHORT_ROUNDS):
            for kind, desk in (("plain", plain), ("packed", packed)):
                began = time.perf_counter()
                await way(desk)
                best[kind] = min(best[kind], time.perf_counter() - began)
        made.append(
            less_is_better(
                f"data.query_compressed_{name}",
                best["packed"],
                "s",
                "the same, uncompressed",
                best["plain"],
                0.5,
            )
        )
    return made
