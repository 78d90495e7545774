"""Write stored values as texts, and find in a row what a chart can show."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from fks_desk.core.console import Cell, ColumnKind
from fks_desk.core.console import Column as StoredColumn
from fks_desk.core.model import InstrumentId, Timeframe
from fks_desk.ui.models.target import ChartTarget
from fks_desk.ui.tables.column import Column
from fks_desk.ui.tables.grid import GridRow

_WIDEST = 34  # letters
_SAMPLED = 50  # rows
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


def grid_row(row: Sequence[Cell]) -> GridRow:
    """Return a row's texts."""
    return tuple(map(cell_text, row))


def grid_columns(
    columns: Sequence[StoredColumn], rows: Sequence[GridRow], sort: str | None, *, falling: bool
) -> list[Column[GridRow]]:
    """Return columns as wide as the first rows need; the sorted one is marked."""
    made = []
    for place, column in enumerate(columns):
        mark = "" if column.name != sort else " ▼" if falling else " ▲"
        texts = (row[place][:_WIDEST] for row in rows[:_SAMPLED])
        made.append(
            Column[GridRow](
                title=f"{column.name}{mark}",
                text=lambda _row: "",
                sample=max(texts, key=len, default="") or "0000",
                is_number=column.kind is ColumnKind.NUMBER,
            )
        )
    return made


def chart_target(
    columns: Sequence[StoredColumn],
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
