"""Store candles, so that storing the same ones twice changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from fks_desk.adapters.storage.arrays import (
    FloatColumn,
    IntegerColumn,
    TextColumn,
    TimeColumn,
)
from fks_desk.adapters.storage.bulk_candles import (
    COLUMNS,
    COUNTED,
    MERGE,
    BulkWrite,
    write_frame,
)
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.instruments import Grain, InstrumentTable
from fks_desk.adapters.storage.partitions import Partitions, SplitTable
from fks_desk.adapters.storage.pool import Row
from fks_desk.adapters.storage.rollups import days_of, note_changed_days
from fks_desk.adapters.storage.steps import Scales, steps_of_rows
from fks_desk.core.clock import Clock, from_ms, to_ms
from fks_desk.core.errors import DataError
from fks_desk.core.frame import Frame, Times
from fks_desk.core.model import Candle, InstrumentId, Provenance, Timeframe
from fks_desk.core.ports import WriteCount

_PRICES = ("open", "high", "low", "close")
_FROM_VALUES = f"""
WITH merged AS (
    INSERT INTO ohlcv_data AS known ({COLUMNS})
    SELECT *, 0 FROM unnest(
        %(number)s::integer[], %(timeframe)s::text[], %(ts)s::timestamptz[], %(open)s::float8[],
        %(high)s::float8[], %(low)s::float8[], %(close)s::float8[], %(volume)s::float8[],
        %(price_scale)s::smallint[], %(volume_scale)s::smallint[], %(ts_event)s::timestamptz[],
        %(ts_init)s::timestamptz[], %(provenance)s::text[]
    )
    {MERGE}
) {COUNTED}
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
            "number": _integers([numbers[candle.instrument] for candle in chosen]),
            "timeframe": TextColumn([candle.timeframe.value for candle in chosen]),
            "ts": TimeColumn(opens),
            **_stepped(chosen, await self._instruments.grains(numbers)),
            "ts_event": TimeColumn([candle.ts_event for candle in chosen]),
            "ts_init": TimeColumn([candle.ts_init for candle in chosen]),
            "provenance": TextColumn([candle.provenance.value for candle in chosen]),
        }
        async with self._database.writing() as connection:
            row = await (await connection.execute(_FROM_VALUES.encode(), columns)).fetchone()
            await note_changed_days(connection, _changed_days(chosen, numbers))
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
        write = BulkWrite(
            number=numbers[instrument],
            timeframe=timeframe,
            provenance=provenance,
            arrived_ms=to_ms(self._clock.now()),
            grain=(await self._instruments.grains([instrument]))[instrument],
        )
        async with self._database.writing() as connection:
            await connection.execute("SET LOCAL statement_timeout = 0")
            count, changed = await write_frame(connection, frame, write)
            if timeframe is Timeframe.M1:
                days = days_of(frame.time[changed])
                await note_changed_days(connection, {write.number: days})
            return count


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


def _stepped(
    candles: Sequence[Candle], grains: Mapping[InstrumentId, Grain]
) -> dict[str, FloatColumn | IntegerColumn]:
    """Return the candles' numbers as steps, column by column; each instrument keeps its scale."""
    places = {instrument: place for place, instrument in enumerate(grains)}
    groups = np.array([places[candle.instrument] for candle in candles], dtype=np.int64)
    prices = [[float(getattr(candle, name)) for candle in candles] for name in _PRICES]
    volumes = [[float(candle.volume) for candle in candles]]
    prices_as = steps_of_rows(
        np.array(prices), groups, np.array([grain.price_scale for grain in grains.values()])
    )
    volumes_as = steps_of_rows(
        np.array(volumes), groups, np.array([grain.volume_scale for grain in grains.values()])
    )
    return {
        **{
            name: FloatColumn(column)
            for name, column in zip(_PRICES, prices_as.columns, strict=True)
        },
        "volume": FloatColumn(volumes_as.columns[0]),
        "price_scale": _integers(prices_as.scales),
        "volume_scale": _integers(volumes_as.scales),
    }


def _integers(values: Scales | list[int]) -> IntegerColumn:
    return IntegerColumn(np.asarray(values, dtype=np.int64))


def _count(row: Row | None, total: int) -> WriteCount:
    inserted, revised = (row["inserted"], row["revised"]) if row else (0, 0)
    return WriteCount(inserted=inserted, revised=revised, unchanged=total - inserted - revised)


def _changed_days(
    candles: Sequence[Candle], numbers: Mapping[InstrumentId, int]
) -> dict[int, Times]:
    """Return the days of each instrument's minutes."""
    times: dict[int, list[int]] = {}
    for candle in candles:
        if candle.timeframe is Timeframe.M1:
            times.setdefault(numbers[candle.instrument], []).append(to_ms(candle.opened))
    return {number: days_of(np.array(moments, dtype=np.int64)) for number, moments in times.items()}
