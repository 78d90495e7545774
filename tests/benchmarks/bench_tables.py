"""Time a visible table of ten thousand rows under two hundred updates a second."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QApplication

from fks_desk.ui.models.format import Tone
from fks_desk.ui.tables.column import Column
from fks_desk.ui.tables.model import KeyedTableModel
from fks_desk.ui.tables.view import DeskTable
from tests.benchmarks.measure import Measure, less_is_better

ROWS = 10_000
UPDATES = 200
FRAMES = 60


@dataclass(frozen=True)
class Line:
    key: int
    price: float


COLUMNS = [
    Column[Line](
        title=f"Column {number}",
        text=lambda line: f"{line.price:,.2f}",
        sample="123,456.00",
        tone=lambda line: Tone.UP if line.price > 0 else Tone.DOWN,
        is_number=True,
    )
    for number in range(8)
]


def measures() -> Iterator[Measure]:
    app = QApplication.instance() or QApplication([])
    model = KeyedTableModel(
        COLUMNS, key=lambda line: line.key, order=lambda line: line.key, limit=ROWS
    )
    began = time.perf_counter()
    model.upsert(Line(number, 1.0) for number in range(ROWS))
    yield _measure("10000_rows_filled", time.perf_counter() - began, 0.1)
    table = DeskTable(model, name="bench", hint="")
    table.resize(900, 700)
    table.show()
    app.processEvents()
    gaps = [_frame(app, model, number) for number in range(FRAMES)]
    yield _measure("second_of_200_updates_painted", sum(gaps), 1.0)
    yield _measure("longest_frame", max(gaps), 1 / FRAMES)
    table.close()


def _frame(app: Any, model: KeyedTableModel[Line], frame: int) -> float:
    """Deliver one display frame's share of updates, half of them new rows, and paint."""
    began = time.perf_counter()
    share = UPDATES // FRAMES + 1
    newest = ROWS + frame * share
    fresh = [Line(newest + number, 2.0) for number in range(share // 2)]
    known = [Line(newest - 1 - number, -frame) for number in range(share - share // 2)]
    model.upsert([*fresh, *known])
    app.processEvents()
    return time.perf_counter() - began


def _measure(name: str, seconds: float, allowed: float) -> Measure:
    return less_is_better(f"tables.{name}", seconds, "s", "allowed", allowed)
