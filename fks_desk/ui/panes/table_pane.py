"""Lay out a pane that is one table with a line above and a line below."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fks_desk.ui.models.target import ChartTarget
from fks_desk.ui.panes.notice import Notice
from fks_desk.ui.tables.column import Column
from fks_desk.ui.tables.model import KeyedTableModel
from fks_desk.ui.tables.view import DeskTable
from fks_desk.ui.widgets.pane import Pane

R = TypeVar("R")


class TablePane(Pane, Generic[R]):
    """Show rows; `heading` stands above the table, `notice` below it."""

    shown_on_chart = Signal(object)  # ChartTarget

    def __init__(
        self,
        *,
        name: str,
        title: str,
        hint: str,
        columns: Sequence[Column[R]],
        key: Callable[[R], Hashable],
        order: Callable[[R], Any],
        newest_first: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(name=name, title=title, contexts=(name,), parent=parent)
        self.rows: KeyedTableModel[R] = KeyedTableModel(
            columns, key=key, order=order, newest_first=newest_first, parent=self
        )
        self.table = DeskTable(self.rows, name=f"{name}.table", hint=hint, parent=self)
        self.table.setAccessibleName(title)
        self.heading = Notice(name=f"{name}.heading")
        self.notice = Notice(name=f"{name}.notice")
        self._box = QVBoxLayout()
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        for widget in (self.heading, self.table, self.notice):
            self._box.addWidget(widget)
        for line in (self.heading, self.notice):
            line.setContentsMargins(8, 4, 8, 4)
        content = QWidget()
        content.setLayout(self._box)
        self.set_content(content)

    def focus_target(self) -> QWidget:
        """Give the keys to the table."""
        return self.table

    def target_of(self, row: R) -> ChartTarget | None:  # noqa: ARG002  most rows have no place
        """Return what the chart shows for a row, or None."""
        return None

    def show_selection(self) -> bool:
        """Ask the chart to show the row under the cursor."""
        row = self.current()
        return row is not None and self.open_on_chart(row)

    def open_on_chart(self, row: R) -> bool:
        """Ask the chart to show a row; return whether it has a place there."""
        target = self.target_of(row)
        if target is not None:
            self.shown_on_chart.emit(target)
        return target is not None

    def show_row(self, key: Hashable) -> bool:
        """Put the cursor on a row."""
        self.table.select_key(key)
        return self.rows.line_of(key) is not None

    def current(self) -> R | None:
        """Return the row under the cursor, or None."""
        row: R | None = self.table.current_row()
        return row
