"""Describe what the price did in each finished hour and day."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from fks_desk.core.model import RowRef, Timeframe
from fks_desk.core.ports import Document, Facts
from fks_desk.intelligence.documents import summary_document

Row = Mapping[str, Any]

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_HOURS_TOLD = 48
_DAYS_TOLD = 400
_STEP = timedelta(days=30)  # what one query reads


async def summaries(facts: Facts, model: str) -> AsyncIterator[list[Document]]:
    """Yield batches of summaries not yet stored with a vector of this model."""
    reached = {
        row["instrument"]: row["last"]
        for row in await facts.ask("newest_documents", kind="candle", model=model)
    }
    coverage: dict[str, list[Row]] = {}
    for row in await facts.ask("candle_coverage"):
        coverage.setdefault(row["instrument"], []).append(row)
    for instrument, rows in coverage.items():
        async for batch in _of_instrument(facts, rows, reached.get(instrument)):
            yield batch


async def _of_instrument(
    facts: Facts, coverage: Sequence[Row], reached: datetime | None
) -> AsyncIterator[list[Document]]:
    row = _source(coverage)
    closes = row["last"] + Timeframe(row["timeframe"]).delta
    # The day that was told last is told again: it may have been short of candles.
    again = row["first"] if reached is None else reached - _DAY
    start = max(_floor(closes, _DAY) - _DAYS_TOLD * _DAY, _floor(again, _DAY))
    while start < _floor(closes, _DAY):
        end = min(start + _STEP, _floor(closes, _DAY))
        yield [_told(one, "day") for one in await _spans(facts, row, "day", start, end)]
        start = end
    if Timeframe(row["timeframe"]).delta < _HOUR:
        last = _floor(closes, _HOUR)
        first = max(last - _HOURS_TOLD * _HOUR, _floor(again, _HOUR))
        if first < last:
            yield [_told(one, "hour") for one in await _spans(facts, row, "hour", first, last)]


async def _spans(
    facts: Facts, source: Row, unit: str, start: datetime, end: datetime
) -> Sequence[Row]:
    return await facts.ask(
        "candle_spans",
        instrument=source["instrument"],
        timeframe=source["timeframe"],
        unit=unit,
        start=start,
        end=end,
    )


def _source(coverage: Sequence[Row]) -> Row:
    """Return the timeframe that is kept up to date; of several the one read fastest."""
    newest = max(row["last"] + Timeframe(row["timeframe"]).delta for row in coverage)
    fresh = [
        row for row in coverage if newest - row["last"] - Timeframe(row["timeframe"]).delta < _HOUR
    ]
    shorter = [row for row in fresh if Timeframe(row["timeframe"]).delta < _HOUR]
    return max(shorter or fresh, key=lambda row: Timeframe(row["timeframe"]).delta)


def _told(row: Row, unit: str) -> Document:
    """Return the summary; a day is cited by its first candle, an hour by its last.

    So that a day and its last hour are two documents.
    """
    is_day = unit == "day"
    name = f"day {row['span']:%Y-%m-%d}" if is_day else f"hour {row['span']:%Y-%m-%d %H:%M} UTC"
    return summary_document(
        RowRef.parse(row["first_ref"] if is_day else row["ref"]), row, f"summary of the {name}"
    )


def _floor(moment: datetime, step: timedelta) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (moment - midnight) // step * step
