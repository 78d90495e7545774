"""Find stored candles, or say what is stored instead."""

from __future__ import annotations

from datetime import datetime

from fks_desk.core.errors import ConfigError, DataError
from fks_desk.core.frame import Frame
from fks_desk.core.model import InstrumentId, Span, Timeframe
from fks_desk.core.ports import CandleReader

_LISTED = 8


async def stored_span(
    reader: CandleReader,
    instrument: InstrumentId,
    timeframe: Timeframe,
    start: datetime | None,
    end: datetime | None,
) -> Span:
    """Return the wanted range, open ends closed by what is stored.

    Raises `DataError` if nothing of the instrument and timeframe is stored.
    """
    extent = await reader.extent(instrument, timeframe)
    if extent is None:
        raise DataError(await _nothing(reader, instrument, timeframe), instrument=instrument)
    first, last = start or extent.start, end or extent.end
    if last <= first:
        given = start is not None and end is not None
        stored = f"; stored are {_words(extent)}" if not given else ""
        raise ConfigError(
            f"need --from before --to, were {first:%Y-%m-%d %H:%M} and "
            f"{last:%Y-%m-%d %H:%M}{stored}"
        )
    return Span(start=first, end=last)


async def stored_frame(
    reader: CandleReader, instrument: InstrumentId, timeframe: Timeframe, span: Span
) -> Frame:
    """Return the candles of the range, or raise `DataError` saying which there are."""
    frame = await reader.range(instrument, timeframe, span)
    if len(frame):
        return frame
    extent = await reader.extent(instrument, timeframe)
    if extent is None:
        raise DataError(await _nothing(reader, instrument, timeframe), instrument=instrument)
    raise DataError(
        f"no candles of {instrument} {timeframe.value} lie in {_words(span)}; stored are "
        f"{_words(extent)}, so choose a range inside or import more",
        instrument=instrument,
    )


async def _nothing(reader: CandleReader, instrument: InstrumentId, timeframe: Timeframe) -> str:
    stored = [f"{name} {length.value}" for name, length, _ in await reader.stored()]
    listed = ", ".join(stored[:_LISTED]) + (", ..." if len(stored) > _LISTED else "")
    return (
        f"no candles of {instrument} {timeframe.value} are stored; stored are: "
        f"{listed or 'none'}; bring some with fks-desk import FILE"
    )


def _words(span: Span) -> str:
    return f"{span.start:%Y-%m-%d %H:%M} to {span.end:%Y-%m-%d %H:%M} UTC"
