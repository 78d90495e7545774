"""Store candles, so that storing the same ones twice changes nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import numpy as np
import psycopg

from fks_desk.adapters.storage.arrays import copy_payload
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.instruments import InstrumentTable
from fks_desk.adapters.storage.partitions import Partitions, SplitTable
from fks_desk.adapters.storage.pool import Connection, Row
from fks_desk.core.clock import Clock, from_ms
from fks_desk.core.errors import DataError
from fks_desk.core.frame import Frame
from fks_desk.core.model import Candle, InstrumentId, Provenance, Timeframe
from fks_desk.core.ports import WriteCount

log = logging.getLogger(__name__)

BLOCK = 1 << 20

_INCOMING = """
CREATE TEMPORARY TABLE incoming (
    ts timestamptz, open float8, high float8, low float8, close float8, volume float8
) ON COMMIT DROP
"""
_COPY = "COPY incoming FROM STDIN (FORMAT binary)"
# A bar that we built ourselves never overrules one that a venue told.
_MERGE = """
ON CONFLICT (instrument_id, timeframe, ts) DO UPDATE SET
    open = excluded.open, high = excluded.high, low = excluded.low, close = excluded.close,
    volume = excluded.volume, ts_event = excluded.ts_event, ts_init = excluded.ts_init,
    provenance = excluded.provenance, revision = known.revision + 1
WHERE (known.open, known.high, known.low, known.close, known.volume)
        IS DISTINCT FROM
        (excluded.open, excluded.high, excluded.low, excluded.close, excluded.volume)
    AND (excluded.provenance <> 'built' OR known.provenance = 'built')
RETURNING known.revision
"""
_COLUMNS = """
    instrument_id, timeframe, ts, open, high, low, close, volume, ts_event, ts_init,
    provenance, revision
"""
_COUNTED = """
SELECT count(*) FILTER (WHERE revision = 0) AS inserted,
    count(*) FILTER (WHERE revision > 0) AS revised
FROM merged
"""
_INSERT_COPY = f"""
    INSERT INTO ohlcv_data AS known ({_COLUMNS})
    SELECT %(number)s, %(timeframe)s, ts, open, high, low, close, volume,
        ts + %(length)s, %(now)s, %(provenance)s, 0
    FROM incoming ORDER BY ts
"""  # noqa: S608  only constants of this file are joined
_MERGE_COPY = f"WITH merged AS ({_INSERT_COPY} {_MERGE}) {_COUNTED}"
_OVERLAP = """
SELECT EXISTS (
    SELECT FROM ohlcv_data WHERE instrument_id = %(number)s AND timeframe = %(timeframe)s
        AND ts BETWEEN %(first)s AND %(last)s
) AS overlaps
"""
_FROM_VALUES = f"""
WITH merged AS (
    INSERT INTO ohlcv_data AS known ({_COLUMNS})
    SELECT *, 0 FROM unnest(
        %(number)s::integer[], %(timeframe)s::text[], %(ts)s::timestamptz[], %(open)s::float8[],
        %(high)s::float8[], %(low)s::float8[], %(close)s::float8[], %(volume)s::float8[],
        %(ts_event)s::timestamptz[], %(ts_init)s::timestamptz[], %(provenance)s::text[]
    )
    {_MERGE}
) {_COUNTED}
"""  # noqa: S608  only constants of this file are joined


class CandleWriterTable:
    """Write closed candles, one by one as they come or a whole history at once."""

    def __init__(
        self,
        *,
        database: Database,
        instruments: InstrumentTable,
        partitions: Partitions,
        clock: Clock,
    ) -> None:
        self._database = database
        self._instruments = instruments
        self._partitions = partitions
        self._clock = clock

    async def upsert(self, candles: Sequence[Candle]) -> WriteCount:
        """Store closed candles of any instruments; of the same bar the last one counts."""
        newest = {(one.instrument, one.timeframe, one.opened): one for one in candles}
        chosen = list(newest.values())
        if not chosen:
            return WriteCount(inserted=0, revised=0, unchanged=0)
        if any(not candle.is_closed for candle in chosen):
            raise DataError("a candle in progress is not stored; wait until it closes")
        numbers = await self._instruments.numbers(candle.instrument for candle in chosen)
        opens = [candle.opened for candle in chosen]
        await self._partitions.ensure(SplitTable.CANDLES, min(opens), max(opens))
        columns = {
            "number": [numbers[candle.instrument] for candle in chosen],
            "timeframe": [candle.timeframe.value for candle in chosen],
            "ts": opens,
            **{
                name: [float(getattr(candle, name)) for candle in chosen]
                for name in ("open", "high", "low", "close", "volume")
            },
            "ts_event": [candle.ts_event for candle in chosen],
            "ts_init": [candle.ts_init for candle in chosen],
            "provenance": [candle.provenance.value for candle in chosen],
        }
        async with self._database.writing() as connection:
            row = await (await connection.execute(_FROM_VALUES.encode(), columns)).fetchone()
        return _count(row, len(candles))

    async def upsert_frame(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        frame: Frame,
        provenance: Provenance,
    ) -> WriteCount:
        """Store a frame in bulk, all of it or, on an error, nothing."""
        if not len(frame):
            return WriteCount(inserted=0, revised=0, unchanged=0)
        require_sane(frame, timeframe, instrument)
        numbers = await self._instruments.numbers([instrument])
        first, last = from_ms(int(frame.time[0])), from_ms(int(frame.time[-1]))
        await self._partitions.ensure(SplitTable.CANDLES, first, last)
        payload = await asyncio.to_thread(copy_payload, frame)
        arguments = {
            "number": numbers[instrument],
            "timeframe": timeframe.value,
            "length": timeframe.delta,
            "first": first,
            "last": last,
            "now": self._clock.now(),
            "provenance": provenance.value,
        }
        async with self._database.writing() as connection:
            await connection.execute("SET LOCAL statement_timeout = 0")
            await _copy(connection, payload)
            return await _merge(connection, arguments, len(frame))


def require_sane(frame: Frame, timeframe: Timeframe, instrument: InstrumentId) -> None:
    """Raise `DataError` naming the first candle that no market can have made."""
    prices = np.stack([frame.open, frame.high, frame.low, frame.close])
    checks = {
        "a price that is not above zero": ~np.all(np.isfinite(prices) & (prices > 0), axis=0),
        "a volume below zero": ~(np.isfinite(frame.volume) & (frame.volume >= 0)),
        "a high or low that does not enclose open and close": ~(
            (frame.high >= prices.max(axis=0)) & (frame.low <= prices.min(axis=0))
        ),
        f"a time that is no start of a {timeframe.value} bar": (
            frame.time % timeframe.milliseconds != 0
        ),
        "a time that is not after the one before": np.diff(frame.time, prepend=np.int64(-1)) <= 0,
    }
    for what, is_bad in checks.items():
        if is_bad.any():
            place = int(np.argmax(is_bad))
            opened = from_ms(int(frame.time[place])).isoformat()
            raise DataError(
                f"candle {place + 1} of {instrument} {timeframe.value} ({opened}) has {what}; "
                "nothing was stored, mend the source and try again"
            )


async def _copy(connection: Connection, payload: bytes) -> None:
    await connection.execute(_INCOMING)
    async with connection.cursor().copy(_COPY) as copy:
        for start in range(0, len(payload), BLOCK):
            await copy.write(payload[start : start + BLOCK])


async def _merge(connection: Connection, arguments: Row, total: int) -> WriteCount:
    """Insert plainly where nothing is stored yet, which takes half the time of a merge."""
    found = await (await connection.execute(_OVERLAP, arguments)).fetchone()
    if found is not None and not found["overlaps"]:
        try:
            async with connection.transaction():
                await connection.execute(_INSERT_COPY.encode(), arguments)
        except psycopg.errors.UniqueViolation:
            log.info("another writer stored some of these candles meanwhile")
        else:
            return WriteCount(inserted=total, revised=0, unchanged=0)
    row = await (await connection.execute(_MERGE_COPY.encode(), arguments)).fetchone()
    return _count(row, total)


def _count(row: Row | None, total: int) -> WriteCount:
    inserted, revised = (row["inserted"], row["revised"]) if row else (0, 0)
    return WriteCount(inserted=inserted, revised=revised, unchanged=total - inserted - revised)
