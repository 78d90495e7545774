"""Read candles of any timeframe, rolled up from minutes where none of its own are stored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from fks_desk.adapters.storage.arrays import decode_floats, decode_integers, decode_times
from fks_desk.adapters.storage.candles import COLUMNS, CandleTable
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.instruments import InstrumentTable
from fks_desk.adapters.storage.rollups import ROLLED
from fks_desk.core.clock import from_ms, to_ms
from fks_desk.core.frame import Frame, Times
from fks_desk.core.model import InstrumentId, Span, Timeframe

_BARS = """
SELECT r.ts, r.open, r.high, r.low, r.close, r.volume, r.minutes FROM rolled_stored r
WHERE r.instrument_id = %(number)s AND r.timeframe = %(timeframe)s
    AND r.ts >= %(start)s AND r.ts < %(end)s
    AND NOT EXISTS (
        SELECT FROM rollup_days d LEFT JOIN rollup_archives a USING (instrument_id)
        WHERE d.instrument_id = %(number)s AND d.day = (r.ts AT TIME ZONE 'UTC')::date
            AND (a.before IS NULL OR r.ts >= a.before)
    )
UNION ALL
SELECT bar.* FROM rollup_days d LEFT JOIN rollup_archives a USING (instrument_id)
CROSS JOIN LATERAL rolled_from_minutes(
    %(number)s, %(step)s,
    greatest(%(start)s, d.day::timestamp AT TIME ZONE 'UTC'),
    least(%(end)s, (d.day + 1)::timestamp AT TIME ZONE 'UTC')
) AS bar
WHERE d.instrument_id = %(number)s
    AND d.day >= (%(start)s AT TIME ZONE 'UTC')::date
    AND d.day::timestamp AT TIME ZONE 'UTC' < %(end)s
    AND (a.before IS NULL OR d.day >= (a.before AT TIME ZONE 'UTC')::date)
"""
_ARRAYS = ", ".join(f"array_agg({name} ORDER BY ts) AS {name}" for name in COLUMNS)
_FRAME = f"""
SELECT {_ARRAYS}, array_agg(minutes::bigint ORDER BY ts) AS minutes FROM ({_BARS}) AS bars
"""  # noqa: S608  only constants of this file are joined
_EXTENT = """
SELECT least(minutes.first, days.first) AS first, greatest(minutes.last, days.last) AS last
FROM (
    SELECT min(ts) AS first, max(ts) AS last FROM ohlcv_data
    WHERE instrument_id = %(number)s AND timeframe = '1m'
) AS minutes, (
    SELECT min(ts) AS first, max(ts) AS last FROM candle_rollups
    WHERE instrument_id = %(number)s AND timeframe = '3m'
) AS days
"""


class RolledCandles:
    """Fulfil `CandleReader` so that stored minutes are enough for every longer chart.

    A bar that was stored as such wins over one rolled up, and a bar with a minute
    missing is left out: nothing is computed across a hole.
    """

    def __init__(
        self, *, stored: CandleTable, database: Database, instruments: InstrumentTable
    ) -> None:
        self._stored = stored
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
        found = await self._stored.latest(instrument, timeframe, count, before)
        if len(found) >= count or timeframe not in ROLLED:
            return found
        known = await self._minutes_extent(instrument)
        if known is None:
            return found
        end = _whole(min(before, known.end) if before is not None else known.end, timeframe)
        # Holes make a window give fewer bars than it is long; the next one reaches on.
        while len(found) < count and end > known.start:
            start = max(timeframe.floor(known.start), end - timeframe.delta * count)
            rolled, minutes = await self.rolled(instrument, timeframe, Span(start=start, end=end))
            found = _joined(found, rolled, complete=minutes == _full(timeframe))
            end = start
        return found.tail(count)

    async def range(self, instrument: InstrumentId, timeframe: Timeframe, span: Span) -> Frame:
        """Return the candles that opened inside the span, oldest first."""
        found = await self._stored.range(instrument, timeframe, span)
        expected = -((span.start - span.end) // timeframe.delta)
        if len(found) >= expected or timeframe not in ROLLED:
            return found
        aligned = Span(start=_whole(span.start, timeframe), end=_whole(span.end, timeframe))
        if aligned.end <= aligned.start:
            return found
        rolled, minutes = await self.rolled(instrument, timeframe, aligned)
        return _joined(found, rolled, complete=minutes == _full(timeframe))

    async def extent(self, instrument: InstrumentId, timeframe: Timeframe) -> Span | None:
        """Return the first open and the last close there is, stored or rolled up."""
        own = await self._stored.extent(instrument, timeframe)
        minutes = await self._minutes_extent(instrument) if timeframe in ROLLED else None
        if minutes is None:
            return own
        start, end = _whole(minutes.start, timeframe), timeframe.floor(minutes.end)
        if end <= start:
            return own
        if own is None:
            return Span(start=start, end=end)
        return Span(start=min(start, own.start), end=max(end, own.end))

    async def stored(self) -> Sequence[tuple[InstrumentId, Timeframe, int]]:
        """Return what is stored as such: instrument, timeframe and count of candles."""
        return await self._stored.stored()

    async def rolled(
        self, instrument: InstrumentId, timeframe: Timeframe, span: Span
    ) -> tuple[Frame, Times]:
        """Return bars rolled up from minutes, and how many minutes each is made of.

        The span must start and end with bars of the timeframe.
        """
        number = await self._instruments.number(instrument)
        if number is None:
            return Frame.empty(), np.empty(0, dtype=np.int64)
        arguments = {
            "number": number,
            "timeframe": timeframe.value,
            "step": timeframe.delta,
            "start": span.start,
            "end": span.end,
        }
        async with self._database.reading() as connection:
            cursor = connection.cursor(binary=True)
            await cursor.execute(_FRAME.encode(), arguments)
            result = cursor.pgresult
            columns = [result.get_value(0, place) if result else None for place in range(7)]
        return await asyncio.to_thread(_decoded, columns)

    async def _minutes_extent(self, instrument: InstrumentId) -> Span | None:
        number = await self._instruments.number(instrument)
        if number is None:
            return None
        found = (await self._database.rows(_EXTENT, {"number": number}))[0]
        if found["first"] is None:
            return None
        return Span(start=found["first"], end=found["last"] + Timeframe.M1.delta)


def _decoded(columns: Sequence[bytes | None]) -> tuple[Frame, Times]:
    prices = dict(zip(COLUMNS[1:], map(decode_floats, columns[1:6]), strict=True))
    return Frame(time=decode_times(columns[0]), **prices), decode_integers(columns[6])


def _joined(stored: Frame, rolled: Frame, *, complete: np.ndarray) -> Frame:
    """Return both in order of time; of one moment the stored bar is taken."""
    is_new = complete & ~np.isin(rolled.time, stored.time)
    if not is_new.any():
        return stored
    order = np.argsort(np.concatenate([stored.time, rolled.time[is_new]]), kind="stable")
    return Frame(
        **{
            name: np.concatenate([getattr(stored, name), getattr(rolled, name)[is_new]])[order]
            for name in Frame.__slots__
        }
    )


def _full(timeframe: Timeframe) -> int:
    return timeframe.milliseconds // Timeframe.M1.milliseconds


def _whole(moment: datetime, timeframe: Timeframe) -> datetime:
    """Return the moment, or the next start of a bar after it."""
    floor = timeframe.floor(moment)
    return floor if floor == moment else from_ms(to_ms(floor) + timeframe.milliseconds)
