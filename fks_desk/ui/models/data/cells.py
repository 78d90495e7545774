"""Write stored values as texts, and find in a row what a chart can show."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from fks_desk.core.console import Cell, Column, ColumnKind
from fks_desk.core.model import InstrumentId, Timeframe
from fks_desk.ui.models.target import ChartTarget

_PARTS = 3


def cell_text(value: Cell) -> str:
    """Return a value as a table shows it, on one line."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        return moment.isoformat(sep=" ", timespec="auto").removesuffix("+00:00")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return " ".join(str(value).split("\n"))


def chart_target(
    columns: Sequence[Column],
    row: Sequence[Cell],
    numbers: Mapping[int, InstrumentId],
) -> ChartTarget | None:
    """Return the instrument, timeframe and moment that a row is about, or None."""
    named = {column.name: value for column, value in zip(columns, row, strict=True)}
    instrument = named.get("instrument")
    if not _is_instrument(instrument):
        instrument = numbers.get(named.get("instrument_id", -1))
    moments = (
        value
        for column, value in zip(columns, row, strict=True)
        if column.kind is ColumnKind.MOMENT and isinstance(value, datetime) and value.tzinfo
    )
    moment = next(moments, None)
    if instrument is None or moment is None:
        return None
    frames = {one.value: one for one in Timeframe}
    return ChartTarget(
        instrument=InstrumentId(str(instrument)),
        moment=moment,
        timeframe=frames.get(str(named.get("timeframe"))),
    )


def _is_instrument(value: object) -> bool:
    return isinstance(value, str) and value.count(":") == _PARTS - 1
