"""Read stored candles as arrays."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from fks_desk.adapters.storage.arrays import decode_floats, decode_times
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.instruments import InstrumentTable
from fks_desk.core.clock import require_utc
from fks_desk.core.frame import Frame
from fks_desk.core.model import InstrumentId, Span, Timeframe

COLUMNS = ("ts", "open", "high", "low", "close", "volume")
LARGE = 20_000  # candles whose decoding would hold the loop for milliseconds

# One row with six binary arrays crosses the wire, instead of a row per candle.
_ARRAYS = ", ".join(f"array_agg({name}) AS {name}" for name in COLUMNS)
_RANGE = f"""
SELECT {_ARRAYS} FROM (
    SELECT {", ".join(COLUMNS)} FROM ohlcv_data
    WHERE instrument_id = %(number)s AND timeframe = %(timeframe)s
        AND ts >= %(start)s AND ts < %(end)s
    ORDER BY ts
) AS candles
"""  # noqa: S608  only constants of this file are joined
# Newest first, as the index gives them; sorting half a million rows again would take as
# long as reading them, and numpy turns a column round for nothing.
_LATEST = f"""
SELECT {_ARRAYS} FROM (
    SELECT {", ".join(COLUMNS)} FROM ohlcv_data
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
        frame = await self._frame(
            _LATEST,
            instrument,
            timeframe,
            count=max(0, count),
            before=require_utc(before, "before") if before is not None else "infinity",
        )
        return Frame(
            **{name: np.ascontiguousarray(getattr(frame, name)[::-1]) for name in Frame.__slots__}
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
        async with self._database.reading() as connection:
            cursor = connection.cursor(binary=True)
            await cursor.execute(query.encode(), values)
            result = cursor.pgresult
            columns = [result.get_value(0, place) if result else None for place in range(6)]
        if len(columns[0] or b"") > LARGE * 12:
            return await asyncio.to_thread(_decoded, columns)
        return _decoded(columns)


def _decoded(columns: Sequence[bytes | None]) -> Frame:
    prices = dict(zip(COLUMNS[1:], map(decode_floats, columns[1:]), strict=True))
    return Frame(time=decode_times(columns[0]), **prices)
