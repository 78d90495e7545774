from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QBrush, QColor
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from fks_desk.ui.models.format import Tone
from fks_desk.ui.tables.column import Column
from fks_desk.ui.tables.model import KeyedTableModel, Role


@dataclass(frozen=True)
class Item:
    key: int
    order: int
    text: str = ""


COLUMNS = [
    Column[Item](title="Key", text=lambda item: str(item.key), sample="0000", is_number=True),
    Column[Item](
        title="Text",
        text=lambda item: item.text,
        sample="text",
        tone=lambda item: Tone.UP if item.text == "good" else Tone.PLAIN,
        tip=lambda item: f"tip of {item.key}",
    ),
]


def make(limit: int = 100, *, newest_first: bool = True) -> KeyedTableModel[Item]:
    return KeyedTableModel(
        COLUMNS,
        key=lambda item: item.key,
        order=lambda item: item.order,
        limit=limit,
        newest_first=newest_first,
    )


def keys(model: KeyedTableModel[Item]) -> list[str]:
    return [model.text_at(line, 0) for line in range(model.rowCount())]


def test_the_newest_row_stands_on_top(qtbot: QtBot) -> None:
    model = make()

    model.upsert([Item(1, 1), Item(2, 2)])
    model.upsert([Item(3, 3)])

    assert keys(model) == ["3", "2", "1"]
    assert model.line_of(1) == 2
    assert model.key_at(0) == 3
    assert model.row_at(9) is None


def test_a_late_row_goes_where_its_time_puts_it(qtbot: QtBot) -> None:
    model = make()
    model.upsert([Item(1, 10), Item(3, 30)])

    model.upsert([Item(2, 20)])

    assert keys(model) == ["3", "2", "1"]


def test_a_batch_of_updates_is_told_once(qtbot: QtBot) -> None:
    model = make()
    model.upsert(Item(number, number) for number in range(50))
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last, _roles: told.append((first.row(), last.row())))

    model.upsert(Item(number, number, "new") for number in range(10, 20))

    assert told == [(30, 39)]
    assert model.text_at(39, 1) == "new"


def test_the_oldest_leave_when_the_ring_is_full(qtbot: QtBot) -> None:
    model = make(limit=3)
    model.upsert([Item(1, 1), Item(2, 2)])

    model.upsert([Item(3, 3), Item(4, 4)])
    model.upsert([Item(0, 0)])

    assert keys(model) == ["4", "3", "2"]


def test_a_row_whose_order_changed_moves(qtbot: QtBot) -> None:
    model = make()
    model.upsert([Item(1, 1), Item(2, 2), Item(3, 3)])

    model.upsert([Item(1, 9, "moved"), Item(2, 2, "stays")])

    assert keys(model) == ["1", "3", "2"]
    assert model.text_at(2, 1) == "stays"


def test_removing_what_is_not_there_changes_nothing(qtbot: QtBot) -> None:
    model = make()
    model.upsert([Item(1, 1)])

    model.remove(7)
    assert model.rowCount() == 1

    model.remove(1)
    assert model.rowCount() == 0


def test_cells_have_tone_alignment_tip_and_title(qtbot: QtBot) -> None:
    model = make()
    model.set_tones({Tone.UP: QColor("green")})
    model.upsert([Item(1, 1, "good")])

    brush = model.data(model.index(0, 1), Role.ForegroundRole)
    assert isinstance(brush, QBrush)
    assert brush.color() == QColor("green")
    assert model.data(model.index(0, 0), Role.ForegroundRole) is None
    assert model.data(model.index(0, 1), Role.ToolTipRole) == "tip of 1"
    assert [model.headerData(number, _horizontal()) for number in (0, 1)] == ["Key", "Text"]


changes = st.lists(
    st.one_of(
        st.lists(st.builds(Item, st.integers(0, 12), st.integers(0, 5)), max_size=6),
        st.integers(0, 12),
    ),
    max_size=25,
)


@pytest.mark.parametrize("newest_first", [True, False])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(changes)
def test_views_are_told_the_truth_about_every_change(
    qtbot: QtBot, newest_first: bool, changes: list[Any]
) -> None:
    model = make(limit=6, newest_first=newest_first)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)

    for change in changes:
        if isinstance(change, int):
            model.remove(change)
        else:
            model.upsert(change)

    orders = [item.order for line in range(model.rowCount()) if (item := model.row_at(line))]
    assert orders == sorted(orders, reverse=newest_first)
    assert len(orders) <= 6
    assert tester.model() is model


def test_ten_thousand_rows_stay_ten_thousand_through_200_updates(qtbot: QtBot) -> None:
    model = make(limit=10_000)
    model.upsert(Item(number, number) for number in range(10_000))

    for number in range(200):
        model.upsert([Item(10_000 + number, 10_000 + number), Item(9_000, 9_000, str(number))])

    assert model.rowCount() == 10_000


def _horizontal() -> Any:
    from PySide6.QtCore import Qt

    return Qt.Orientation.Horizontal
