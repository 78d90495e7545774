"""Read stored candles as arrays."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from fks_desk.adapters.storage.arrays import (
    decode_packed_floats,
    decode_packed_scales,
    decode_packed_times,
    decode_small,
    decode_time,
)
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.instruments import InstrumentTable
from fks_desk.adapters.storage.pool import Connection, Row
from fks_desk.adapters.storage.steps import Scales, from_steps
from fks_desk.core.clock import require_utc
from fks_desk.core.frame import Frame, Times
from fks_desk.core.model import InstrumentId, Span, Timeframe

COLUMNS = ("ts", "open", "high", "low", "close", "volume")
LARGE = 20_000  # candles whose decoding would hold the loop for milliseconds

# One row with a few strings of bytes crosses the wire, instead of a row per candle. Four
# prices become one value on the server, because what takes time there is not to find a candle
# but to call a function for each of its numbers; the ends of a segment are sent as they are.
# Times and scales are left out: where no candle is missing, the first and the last tell all
# of the times, and nearly every series has one scale.
_STEPS = ", ".join(f"{name}_steps" for name in COLUMNS[1:])
_SEGMENT = "lseg(point(open_steps, high_steps), point(low_steps, close_steps))"
_VALUES = f"string_agg(lseg_send({_SEGMENT}), ''), string_agg(float8send(volume_steps), '')"
_ENDS = "min(ts), max(ts), min(price_scale), max(price_scale), min(volume_scale), max(volume_scale)"
_SCALES = "string_agg(int2send(price_scale), ''), string_agg(int2send(volume_scale), '')"
_ONE_VIEW = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_TIMES = "string_agg(timestamptz_send(ts), '') AS ts"
_RANGE = f"""
SELECT {{}} FROM (
    SELECT ts, {_STEPS}, price_scale, volume_scale
    FROM ohlcv_data
    WHERE instrument_id = %(number)s AND timeframe = %(timeframe)s
        AND ts >= %(start)s AND ts < %(end)s
    ORDER BY ts
) AS candles
"""  # noqa: S608  only constants of this file are joined
# Newest first, as the index gives them; sorting half a million rows again would take as
# long as reading them, and numpy turns a column round for nothing.
_LATEST = f"""
SELECT {{}} FROM (
    SELECT ts, {_STEPS}, price_scale, volume_scale
    FROM ohlcv_data
    WHERE instrument_id = %(number)s AND timeframe = %(timeframe)s AND ts < %(before)s
    ORDER BY ts DESC LIMIT %(count)s
) AS newest
"""  # noqa: S608  only constants of this file are joined
_EXTENT = """
SELECT min(ts) AS first, max(ts) AS last FROM ohlcv_data
WHERE instrument_id = %(number)s AND timeframe = %(timeframe)s
"""
_STORED = """
SELECT i.instrument, c.timeframe, count(*) AS candles
FROM ohlcv_data c JOIN instruments i ON i.id = c.instrument_id
GROUP BY i.instrument, c.timeframe ORDER BY i.instrument, min(c.ts_event - c.ts)
"""


class CandleTable:
    """Read candles of any instrument and timeframe."""

    def __init__(self, *, database: Database, instruments: InstrumentTable) -> None:
        self._database = database
        self._instruments = instruments

    async def latest(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        count: int,
        before: datetime | None = None,
    ) -> Frame:
        """Return up to count candles that opened before the moment, oldest first."""
        return await self._frame(
            _LATEST,
            instrument,
            timeframe,
            count=max(0, count),
            before=require_utc(before, "before") if before is not None else "infinity",
        )

    async def range(self, instrument: InstrumentId, timeframe: Timeframe, span: Span) -> Frame:
        """Return the candles that opened inside the span, oldest first."""
        return await self._frame(_RANGE, instrument, timeframe, start=span.start, end=span.end)

    async def extent(self, instrument: InstrumentId, timeframe: Timeframe) -> Span | None:
        """Return the first open and the last close stored, or None if nothing is."""
        number = await self._instruments.number(instrument)
        if number is None:
            return None
        arguments = {"number": number, "timeframe": timeframe.value}
        found = (await self._database.rows(_EXTENT, arguments))[0]
        if found["first"] is None:
            return None
        return Span(start=found["first"], end=found["last"] + timeframe.delta)

    async def stored(self) -> Sequence[tuple[InstrumentId, Timeframe, int]]:
        """Return what is stored: instrument, timeframe and count of candles."""
        return [
            (InstrumentId(row["instrument"]), Timeframe(row["timeframe"]), row["candles"])
            for row in await self._database.rows(_STORED)
        ]

    async def _frame(
        self, query: str, instrument: InstrumentId, timeframe: Timeframe, **arguments: Any
    ) -> Frame:
        number = await self._instruments.number(instrument)
        if number is None:
            return Frame.empty()
        values = {"number": number, "timeframe": timeframe.value, **arguments}
        async with self._database.writing() as connection:
            # Both questions see the same candles, whatever arrives meanwhile.
            await connection.execute(_ONE_VIEW)
            columns = await _fetched(connection, query.format(f"{_VALUES}, {_ENDS}"), values)
            times = _unbroken(columns, timeframe)
            if times is None:
                packed = await _fetched(connection, query.format(_TIMES), values)
                times = np.sort(decode_packed_times(packed[0]))
            way = -1 if query is _LATEST else 1
            scales: Sequence[Scales | int] = _one_scale(columns)
            if not scales:
                packed = await _fetched(connection, query.format(_SCALES), values)
                scales = [decode_packed_scales(value, way) for value in packed]
        if times.size > LARGE:
            return await asyncio.to_thread(_decoded, times, columns, scales, way)
        return _decoded(times, columns, scales, way)


async def _fetched(connection: Connection, query: str, values: Row) -> list[bytes | None]:
    cursor = connection.cursor(binary=True)
    await cursor.execute(query.encode(), values)
    result = cursor.pgresult
    if result is None:
        return []
    return [result.get_value(0, place) for place in range(result.nfields)]


def _unbroken(columns: Sequence[bytes | None], timeframe: Timeframe) -> Times | None:
    """Return the times, oldest first, if their ends leave no room for a hole."""
    first, last = decode_time(columns[2]), decode_time(columns[3])
    if first is None or last is None:
        return np.empty(0, dtype=np.int64)
    step, count = timeframe.milliseconds, len(columns[1] or b"") // 8
    if (last - first) // step + 1 != count:
        return None
    return first + step * np.arange(count, dtype=np.int64)


def _one_scale(columns: Sequence[bytes | None]) -> list[int]:
    """Return the scale of prices and of volumes, or nothing if not every row has the same."""
    prices, finest_price, volumes, finest_volume = map(decode_small, columns[4:])
    if prices != finest_price or volumes != finest_volume:
        return []
    return [prices or 0, volumes or 0]


def _decoded(
    times: Times, columns: Sequence[bytes | None], scales: Sequence[Scales | int], way: int
) -> Frame:
    """Return the frame; `way` is -1 for columns that come newest first."""
    price_scale, volume_scale = scales
    # Each by itself, so that a column of the frame lies in one piece.
    opens, highs, lows, closes = (
        from_steps(steps, price_scale) for steps in decode_packed_floats(columns[0], way, width=4)
    )
    (steps,) = decode_packed_floats(columns[1], way)
    volumes = from_steps(steps, volume_scale)
    return Frame(time=times, open=opens, high=highs, low=lows, close=closes, volume=volumes)
