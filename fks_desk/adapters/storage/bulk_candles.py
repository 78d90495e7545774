"""Store a whole frame of candles at nearly the speed of a plain COPY.

What is stored already is read back as arrays and compared here, which is far quicker
than to let the server try each row. Only new rows are sent, straight into the table;
rows that changed, or that another writer brought meanwhile, go the careful way: through
a temporary table and ON CONFLICT.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from fks_desk.adapters.storage.arrays import (
    Column,
    copy_blocks,
    decode_floats,
    decode_times,
    integer_bytes,
    server_times,
    small_bytes,
    time_bytes,
)
from fks_desk.adapters.storage.instruments import UNKNOWN, Grain
from fks_desk.adapters.storage.pool import Connection, Row
from fks_desk.adapters.storage.steps import Steps, steps_of_series
from fks_desk.core.clock import from_ms
from fks_desk.core.frame import Frame
from fks_desk.core.model import Provenance, Timeframe
from fks_desk.core.ports import WriteCount

log = logging.getLogger(__name__)

Mask = NDArray[np.bool_]

# A bar that we built ourselves never overrules one that a venue told.
MERGE = """
ON CONFLICT (instrument_id, timeframe, ts) DO UPDATE SET
    open_steps = excluded.open_steps, high_steps = excluded.high_steps,
    low_steps = excluded.low_steps, close_steps = excluded.close_steps,
    volume_steps = excluded.volume_steps, price_scale = excluded.price_scale,
    volume_scale = excluded.volume_scale, ts_event = excluded.ts_event,
    ts_init = excluded.ts_init, provenance = excluded.provenance, revision = known.revision + 1
WHERE (from_steps(known.open_steps, known.price_scale),
        from_steps(known.high_steps, known.price_scale),
        from_steps(known.low_steps, known.price_scale),
        from_steps(known.close_steps, known.price_scale),
        from_steps(known.volume_steps, known.volume_scale))
        IS DISTINCT FROM
        (from_steps(excluded.open_steps, excluded.price_scale),
        from_steps(excluded.high_steps, excluded.price_scale),
        from_steps(excluded.low_steps, excluded.price_scale),
        from_steps(excluded.close_steps, excluded.price_scale),
        from_steps(excluded.volume_steps, excluded.volume_scale))
    AND (excluded.provenance <> 'built' OR known.provenance = 'built')
RETURNING known.revision
"""
COLUMNS = """
    instrument_id, timeframe, ts, open_steps, high_steps, low_steps, close_steps, volume_steps,
    price_scale, volume_scale, ts_event, ts_init, provenance, revision
"""
COUNTED = """
SELECT count(*) FILTER (WHERE revision = 0) AS inserted,
    count(*) FILTER (WHERE revision > 0) AS revised
FROM merged
"""
_PRICES = ("open", "high", "low", "close", "volume")
COPY = (
    "COPY ohlcv_data (ts, open_steps, high_steps, low_steps, close_steps, volume_steps, "
    "price_scale, volume_scale, ts_event, instrument_id, timeframe, ts_init, provenance, "
    "revision) FROM STDIN (FORMAT binary)"
)
_INCOMING = """
CREATE TEMPORARY TABLE incoming (
    ts timestamptz, open float8, high float8, low float8, close float8, volume float8,
    price_scale int2, volume_scale int2
) ON COMMIT DROP
"""
_COPY_INCOMING = "COPY incoming FROM STDIN (FORMAT binary)"
_MERGE_INCOMING = f"""
WITH merged AS (
    INSERT INTO ohlcv_data AS known ({COLUMNS})
    SELECT %(number)s, %(timeframe)s, ts, open, high, low, close, volume,
        price_scale, volume_scale, ts + %(length)s, %(now)s, %(provenance)s, 0
    FROM incoming ORDER BY ts
    {MERGE}
) {COUNTED}
"""  # noqa: S608  only constants of this file are joined
_STORED = """
SELECT array_agg(ts) AS ts, array_agg(open) AS open, array_agg(high) AS high,
    array_agg(low) AS low, array_agg(close) AS close, array_agg(volume) AS volume
FROM (
    SELECT ts, open, high, low, close, volume FROM candles
    WHERE instrument_id = %(number)s AND timeframe = %(timeframe)s
        AND ts BETWEEN %(first)s AND %(last)s
    ORDER BY ts
) AS stored
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkWrite:
    """Name what is written, where it came from and when it arrived."""

    number: int
    timeframe: Timeframe
    provenance: Provenance
    arrived_ms: int
    grain: Grain = UNKNOWN

    def stepped(self, frame: Frame) -> dict[str, Column]:
        """Return the frame's times and its numbers as steps, as COPY takes them."""
        prices = [frame.open, frame.high, frame.low, frame.close]
        prices_as = steps_of_series(prices, self.grain.price_scale)
        volumes_as = steps_of_series([frame.volume], self.grain.volume_scale)
        steps = [*prices_as.columns, *volumes_as.columns]
        return {
            "ts": server_times(frame.time),
            **dict(zip(_PRICES, steps, strict=True)),
            "price_scale": _scale_column(prices_as),
            "volume_scale": _scale_column(volumes_as),
        }

    def columns(self, frame: Frame) -> dict[str, Column]:
        """Return every column of the table for the frame's rows."""
        closes = server_times(frame.time + self.timeframe.milliseconds)
        return {
            **self.stepped(frame),
            "ts_event": closes,
            "instrument_id": integer_bytes(self.number),
            "timeframe": self.timeframe.value.encode(),
            "ts_init": time_bytes(self.arrived_ms),
            "provenance": self.provenance.value.encode(),
            "revision": integer_bytes(0),
        }

    def arguments(self, frame: Frame) -> Row:
        """Return the values that the queries of this file take."""
        length: timedelta = self.timeframe.delta
        return {
            "number": self.number,
            "timeframe": self.timeframe.value,
            "provenance": self.provenance.value,
            "length": length,
            "now": from_ms(self.arrived_ms),
            "first": from_ms(int(frame.time[0])),
            "last": from_ms(int(frame.time[-1])),
        }


async def write_frame(
    connection: Connection, frame: Frame, write: BulkWrite
) -> tuple[WriteCount, Mask]:
    """Store the frame inside the caller's transaction; return the count and what changed."""
    is_new, is_changed = await _compared(connection, frame, write)
    if is_new.any() and not await _copied(connection, _where(frame, is_new), write):
        is_changed |= is_new
        is_new = np.zeros_like(is_new)
    inserted, revised = int(is_new.sum()), 0
    if is_changed.any():
        row = await _merged(connection, _where(frame, is_changed), write)
        inserted, revised = inserted + row["inserted"], row["revised"]
    unchanged = len(frame) - inserted - revised
    count = WriteCount(inserted=inserted, revised=revised, unchanged=unchanged)
    return count, is_new | is_changed


async def _compared(connection: Connection, frame: Frame, write: BulkWrite) -> tuple[Mask, Mask]:
    """Return which candles are not stored yet and which are stored with other numbers."""
    cursor = connection.cursor(binary=True)
    await cursor.execute(_STORED, write.arguments(frame))
    result = cursor.pgresult
    values = [result.get_value(0, place) if result else None for place in range(6)]
    if values[0] is None:
        return np.ones(len(frame), dtype=bool), np.zeros(len(frame), dtype=bool)
    return await asyncio.to_thread(_differences, frame, values)


def _differences(frame: Frame, values: list[bytes | None]) -> tuple[Mask, Mask]:
    times = decode_times(values[0])
    place = np.minimum(np.searchsorted(times, frame.time), times.size - 1)
    is_known = times[place] == frame.time
    is_same = np.ones(len(frame), dtype=bool)
    for name, value in zip(_PRICES, values[1:], strict=True):
        is_same &= decode_floats(value)[place] == getattr(frame, name)
    return ~is_known, is_known & ~is_same


async def _copied(connection: Connection, frame: Frame, write: BulkWrite) -> bool:
    """Copy rows that nobody has stored; return False, undone, if somebody has after all."""
    try:
        async with connection.transaction():
            columns = await asyncio.to_thread(write.columns, frame)
            await _send(connection, COPY, columns, len(frame))
    except psycopg.errors.UniqueViolation:
        log.info("another writer stored some of these candles meanwhile")
        return False
    return True


async def _merged(connection: Connection, frame: Frame, write: BulkWrite) -> Row:
    await connection.execute(_INCOMING)
    columns = await asyncio.to_thread(write.stepped, frame)
    await _send(connection, _COPY_INCOMING, columns, len(frame))
    cursor = await connection.execute(_MERGE_INCOMING.encode(), write.arguments(frame))
    return await cursor.fetchone() or {"inserted": 0, "revised": 0}


async def _send(
    connection: Connection, command: Any, columns: Mapping[str, Column], count: int
) -> None:
    blocks = copy_blocks(columns, count)
    async with connection.cursor().copy(command) as copy:
        while block := await asyncio.to_thread(next, blocks, None):
            await copy.write(block)


def _scale_column(steps: Steps) -> Column:
    common = steps.common
    return small_bytes(common) if common is not None else steps.scales


def _where(frame: Frame, mask: Mask) -> Frame:
    if mask.all():
        return frame
    return Frame(**{name: getattr(frame, name)[mask] for name in Frame.__slots__})
