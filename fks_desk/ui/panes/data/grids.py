"""Turn stored rows into what a grid shows."""

from __future__ import annotations

from collections.abc import Sequence

from fks_desk.core.console import Cell, ColumnKind
from fks_desk.core.console import Column as StoredColumn
from fks_desk.ui.models.data.cells import cell_text
from fks_desk.ui.tables.column import Column
from fks_desk.ui.tables.grid import GridRow

_WIDEST = 34  # letters
_SAMPLED = 50  # rows


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
