from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from fks_desk.ui.tables.view import DeskTable
from fks_desk.ui.theme.current import current, source
from tests.ui.tables.test_model import Item, make


def shown(qtbot: QtBot) -> DeskTable:
    model = make()
    model.upsert([Item(1, 1, "one"), Item(2, 2, "two"), Item(3, 3, "three")])
    table = DeskTable(model, name="items", hint="Nothing here yet: add something.")
    qtbot.addWidget(table)
    table.resize(300, 200)
    with qtbot.waitActive(table):
        table.show()
    table.setFocus()
    return table


def test_the_keys_walk_and_enter_opens(qtbot: QtBot) -> None:
    table = shown(qtbot)
    opened: list[Any] = []
    table.row_opened.connect(opened.append)

    for key in (Qt.Key.Key_Home, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_End):
        qtbot.keyClick(table, key)
    qtbot.keyClick(table, Qt.Key.Key_Enter)

    assert [item.key for item in opened] == [2, 1]


def test_control_c_copies_the_selected_rows_with_their_titles(qtbot: QtBot) -> None:
    table = shown(qtbot)
    table.selectRow(0)
    qtbot.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)

    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)

    assert QGuiApplication.clipboard().text() == "Key\tText\n3\tthree\n2\ttwo"


def test_the_cursor_stays_on_its_row_when_newer_rows_arrive(qtbot: QtBot) -> None:
    table = shown(qtbot)
    table.select_key(2)

    table._model.upsert([Item(4, 4)])

    assert table.current_row().key == 2


def test_an_empty_table_says_what_to_do(qtbot: QtBot) -> None:
    table = DeskTable(make(), name="items", hint="Add something.")
    qtbot.addWidget(table)
    table.resize(300, 200)
    table.show()
    empty = table.grab().toImage()

    table.set_hint("")

    assert table.grab().toImage() != empty
    assert table.current_row() is None


def test_columns_that_do_not_fit_give_way_when_they_are_optional(qtbot: QtBot) -> None:
    table = shown(qtbot)
    table.setMinimumWidth(0)
    first = table.columnWidth(0)
    table.set_optional_from(1)
    table.resize(first + 8, 200)
    assert table.isColumnHidden(1)
    assert not table.isColumnHidden(0)

    table.resize(300, 200)

    assert not table.isColumnHidden(1)
    assert sum(table.columnWidth(number) for number in range(2)) == table.viewport().width()

    table.resize(900, 200)
    assert sum(table.columnWidth(number) for number in range(2)) == table.viewport().width()
    table.resize(300, 200)
    assert sum(table.columnWidth(number) for number in range(2)) == table.viewport().width()


def test_the_first_key_finds_a_row_to_act_on(qtbot: QtBot) -> None:
    table = shown(qtbot)

    assert table.current_row().key == 3


def test_a_new_theme_passes_by_a_table_whose_model_is_gone(qtbot: QtBot) -> None:
    model = make()
    table = DeskTable(model, name="items", hint="Add something.")
    qtbot.addWidget(table)
    table.show()
    delete(model)

    source().changed.emit(current())
    table.grab()

    assert table.model() is None
