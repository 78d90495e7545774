"""Keep bars of longer timeframes ready, rolled up from stored minutes.

A day whose minutes changed is noted in the same transaction as the change. Until it is
rolled up again, its bars are computed from the minutes when they are read; so a reader
never sees an old answer. TimescaleDB's community edition rolls up by its continuous
aggregates, every other server by a job of ours; both stand behind one view.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import LiteralString

import numpy as np
import psycopg

from fks_desk.adapters.storage.arrays import IntegerColumn
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.pool import Connection, Row
from fks_desk.core.frame import Times
from fks_desk.core.job import JobContext
from fks_desk.core.model import InstrumentId, Timeframe
from fks_desk.core.storage_report import ServerFeatures, TimescaleEdition

log = logging.getLogger(__name__)

ROLLED = (
    *(Timeframe.M3, Timeframe.M5, Timeframe.M15, Timeframe.M30),
    *(Timeframe.H1, Timeframe.H4, Timeframe.D1),
)
DAY = timedelta(days=1)
DAYS_AT_ONCE = 30
_DAY_MS = 86_400_000
_LOCK = 7265303

# Counting up the stamp locks the day: whoever rolls it up waits for our commit.
_NOTE = """
INSERT INTO rollup_days (instrument_id, day)
SELECT number, DATE '1970-01-01' + day::integer
FROM unnest(%(numbers)s::bigint[], %(days)s::bigint[]) AS changed (number, day)
ORDER BY 1, 2
ON CONFLICT (instrument_id, day) DO UPDATE SET stamp = excluded.stamp
"""
_WAITING = """
SELECT d.instrument_id, d.day, d.stamp FROM rollup_days d
LEFT JOIN rollup_archives a USING (instrument_id)
WHERE a.before IS NULL OR d.day >= (a.before AT TIME ZONE 'UTC')::date
ORDER BY d.instrument_id, d.day
"""
_ARCHIVED = """
DELETE FROM rollup_days d USING rollup_archives a
WHERE a.instrument_id = d.instrument_id AND d.day < (a.before AT TIME ZONE 'UTC')::date
"""
_DROP_OLD = """
DELETE FROM candle_rollups
WHERE instrument_id = %(number)s AND ts >= %(start)s AND ts < %(end)s
"""
_ROLL = """
INSERT INTO candle_rollups
SELECT %(number)s, frame.name, bar.* FROM unnest(%(names)s::text[], %(steps)s::interval[])
    AS frame (name, step)
CROSS JOIN LATERAL rolled_from_minutes(%(number)s, frame.step, %(start)s, %(end)s) AS bar
ON CONFLICT (instrument_id, timeframe, ts) DO UPDATE SET
    open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
    volume = excluded.volume, minutes = excluded.minutes
"""
_DONE = """
DELETE FROM rollup_days d USING unnest(%(days)s::date[], %(stamps)s::bigint[]) AS seen (day, stamp)
WHERE d.instrument_id = %(number)s AND d.day = seen.day AND d.stamp = seen.stamp
"""
_AGGREGATE = """
CREATE MATERIALIZED VIEW rolled_{name} WITH (
    timescaledb.continuous, timescaledb.materialized_only = true
) AS
SELECT instrument_id, time_bucket(INTERVAL '{seconds} seconds', ts) AS ts,
    first(from_steps(open_steps, price_scale), ts) AS open,
    max(from_steps(high_steps, price_scale)) AS high,
    min(from_steps(low_steps, price_scale)) AS low,
    last(from_steps(close_steps, price_scale), ts) AS close,
    sum(from_steps(volume_steps, volume_scale)) AS volume, count(*)::integer AS minutes
FROM ohlcv_data WHERE timeframe = '1m'
GROUP BY instrument_id, time_bucket(INTERVAL '{seconds} seconds', ts)
WITH NO DATA
"""
_SHELF = """
SELECT r.instrument_id, '{name}'::timeframe AS timeframe, r.ts, r.open, r.high, r.low, r.close,
    r.volume, r.minutes
FROM rolled_{name} r LEFT JOIN rollup_archives a USING (instrument_id)
WHERE a.before IS NULL OR r.ts >= a.before
"""
_ARCHIVE = """
SELECT r.* FROM candle_rollups r JOIN rollup_archives a USING (instrument_id) WHERE r.ts < a.before
"""
_REFRESH: LiteralString = "CALL refresh_continuous_aggregate(%s::regclass, %s, %s)"
# In batches of a few bars, as newer servers would by themselves, a month takes minutes.
_REFRESH_AT_ONCE: LiteralString = """
CALL refresh_continuous_aggregate(
    %s::regclass, %s, %s, options => '{"buckets_per_batch": 0}'
)
"""
# For rows that came by another way than our writer.
EVERY_DAY = """
INSERT INTO rollup_days (instrument_id, day)
SELECT DISTINCT c.instrument_id, (c.ts AT TIME ZONE 'UTC')::date FROM ohlcv_data c
LEFT JOIN rollup_archives a USING (instrument_id)
WHERE c.timeframe = '1m' AND (a.before IS NULL OR c.ts >= a.before)
ON CONFLICT DO NOTHING
"""
_KEEP_ROLLED = """
INSERT INTO candle_rollups
SELECT r.* FROM rolled_stored r JOIN instruments i ON i.id = r.instrument_id
WHERE i.instrument = ANY(%(instruments)s) AND r.ts < %(before)s
ON CONFLICT (instrument_id, timeframe, ts) DO UPDATE SET
    open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
    volume = excluded.volume, minutes = excluded.minutes
WHERE (candle_rollups.open, candle_rollups.high, candle_rollups.low, candle_rollups.close,
        candle_rollups.volume, candle_rollups.minutes)
    IS DISTINCT FROM (excluded.open, excluded.high, excluded.low, excluded.close,
        excluded.volume, excluded.minutes)
"""
_SET_ARCHIVE = """
INSERT INTO rollup_archives (instrument_id, before)
SELECT id, %(before)s FROM instruments WHERE instrument = ANY(%(instruments)s)
ON CONFLICT (instrument_id) DO UPDATE
    SET before = greatest(rollup_archives.before, excluded.before)
"""


def days_of(times: Times) -> Times:
    """Return the days since 1970 that hold the times, each once."""
    return np.unique(times // _DAY_MS)


async def note_changed_days(connection: Connection, changed: Mapping[int, Times]) -> None:
    """Let days be rolled up again; part of the transaction that changed their minutes.

    `changed` names the days since 1970 of each instrument's number.
    """
    numbers = [np.full(days.size, number, dtype=np.int64) for number, days in changed.items()]
    if numbers:
        values = {
            "numbers": IntegerColumn(np.concatenate(numbers)),
            "days": IntegerColumn(np.concatenate(list(changed.values()))),
        }
        await connection.execute(_NOTE, values)


async def archive_minutes(
    connection: Connection, instruments: Sequence[InstrumentId | None], before: datetime
) -> None:
    """Keep the roll-ups of minutes that are about to be removed, for good."""
    values = {"instruments": list(instruments), "before": before}
    await connection.execute(_KEEP_ROLLED, values)
    await connection.execute(_SET_ARCHIVE, values)


class RollUps:
    """Bring roll-ups up to date, whichever way the server does it."""

    def __init__(self, *, database: Database, features: ServerFeatures) -> None:
        self._database = database
        self._is_aggregated = features.edition is TimescaleEdition.COMMUNITY
        self._is_told_at_once = True

    async def prepare(self) -> bool:
        """Make continuous aggregates where the server can and has none; tell whether."""
        if not self._is_aggregated:
            return False
        last = ROLLED[-1].value
        async with self._database.writing() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            found = await (
                await connection.execute("SELECT to_regclass(%s) AS oid", [f"rolled_{last}"])
            ).fetchone()
            if found is not None and found["oid"] is not None:
                return False
            await connection.execute("SET LOCAL statement_timeout = 0")
            for timeframe in ROLLED:
                words = {"name": timeframe.value, "seconds": timeframe.milliseconds // 1000}
                await connection.execute(_AGGREGATE.format(**words).encode())
            shelves = [_SHELF.format(name=timeframe.value) for timeframe in ROLLED]
            view = " UNION ALL ".join([*shelves, _ARCHIVE])
            await connection.execute(f"CREATE OR REPLACE VIEW rolled_stored AS {view}".encode())
            await connection.execute(EVERY_DAY)
            log.info("continuous aggregates were made for %d timeframes", len(ROLLED))
        return True

    async def waiting(self) -> int:
        """Return how many days of minutes wait to be rolled up."""
        return len(await self._database.rows(_WAITING))

    async def roll_up(self, context: JobContext) -> int:
        """Roll up every day that waits, or as many as are done before a cancel; return them."""
        await self._database.rows(f"{_ARCHIVED} RETURNING 1")
        waiting = await self._database.rows(_WAITING)
        done = 0
        for number, rows in groupby(waiting, key=lambda row: int(row["instrument_id"])):
            for run in _runs(list(rows)):
                if context.cancel.is_cancelled:
                    return done
                await self._roll_run(number, run)
                done += len(run)
                context.progress(done / len(waiting), f"{done} of {len(waiting)} days")
        return done

    async def _roll_run(self, number: int, run: Sequence[Row]) -> None:
        start, end = _midnight(run[0]["day"]), _midnight(run[-1]["day"]) + DAY
        seen = {
            "number": number,
            "days": [row["day"] for row in run],
            "stamps": [row["stamp"] for row in run],
        }
        if self._is_aggregated:
            await self._refresh(start, end)
            await self._database.rows(f"{_DONE} RETURNING 1", seen)
            return
        async with self._database.writing() as connection:
            await connection.execute("SET LOCAL statement_timeout = 0")
            span = {"number": number, "start": start, "end": end}
            await connection.execute(_DROP_OLD, span)
            frames = {
                "names": [timeframe.value for timeframe in ROLLED],
                "steps": [timeframe.delta for timeframe in ROLLED],
            }
            await connection.execute(_ROLL, {**span, **frames})
            await connection.execute(_DONE, seen)

    async def _refresh(self, start: datetime, end: datetime) -> None:
        async with self._database.reading() as connection:
            await connection.execute("SET statement_timeout = 0")
            try:
                for timeframe in ROLLED:
                    # It commits by itself, so no transaction of ours may be around it.
                    values = [f"rolled_{timeframe.value}", start, end]
                    await self._refresh_one(connection, values)
            finally:
                await connection.execute("RESET statement_timeout")

    async def _refresh_one(self, connection: Connection, values: Sequence[object]) -> None:
        if self._is_told_at_once:
            try:
                await connection.execute(_REFRESH_AT_ONCE, values)
            except (psycopg.errors.UndefinedFunction, psycopg.errors.InvalidParameterValue):
                # An older server, which does nothing else anyway.
                self._is_told_at_once = False
            else:
                return
        await connection.execute(_REFRESH, values)


def _runs(rows: Sequence[Row]) -> list[list[Row]]:
    """Return the days in runs without a break, each short enough for one transaction."""
    runs: list[list[Row]] = []
    for row in rows:
        is_next = runs and row["day"] - runs[-1][-1]["day"] == DAY
        if is_next and len(runs[-1]) < DAYS_AT_ONCE:
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
