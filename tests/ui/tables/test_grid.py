"""A grid shows any columns and asks for the next page where somebody scrolls."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from fks_desk.ui.tables.column import Column
from fks_desk.ui.tables.grid import GridModel, GridRow
from fks_desk.ui.tables.grid_view import GridTable


def columns(*titles: str) -> list[Column[GridRow]]:
    return [
        Column(title=title, text=lambda _row: "", sample="000", is_number=title == "n")
        for title in titles
    ]


def test_pages_are_asked_for_once_and_appended(qapp):
    asked = []
    grid = GridModel(more=lambda: asked.append(1))
    grid.show(columns("n", "name"), [("1", "a")], is_whole=False)

    assert grid.canFetchMore()
    grid.fetchMore()
    grid.fetchMore()
    assert asked == [1]
    grid.append([("2", "b")], is_whole=True)
    assert (grid.rowCount(), grid.canFetchMore()) == (2, False)
    assert grid.row_at(1) == ("2", "b")
    assert grid.line_of(grid.key_at(1)) == 1


def test_a_page_that_failed_can_be_asked_for_again(qapp):
    grid = GridModel()
    grid.show(columns("n"), [("1",)], is_whole=False)
    grid.fetchMore()
    grid.release()

    assert grid.canFetchMore()


def test_a_new_answer_brings_its_own_columns(qtbot):
    grid = GridModel()
    table = GridTable(grid, name="grid", hint="nothing")
    qtbot.addWidget(table)
    grid.show(columns("n"), [("1",)])
    grid.show(columns("name", "n", "x"), [("a", "1")])

    header = Qt.Orientation.Horizontal
    assert [grid.headerData(place, header) for place in range(3)] == ["name", "n", "x"]
    assert grid.text_at(0, 2) == ""
    table.selectAll()
    assert table.selected_lines() == [0]
    table.copy_rows()
    assert QGuiApplication.clipboard().text() == "name\tn\tx\na\t1\t"
