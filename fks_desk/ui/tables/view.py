"""Walk, copy and open table rows by keyboard."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import accumulate
from typing import Any

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from fks_desk.ui.tables.grid import GridModel
from fks_desk.ui.tables.model import KeyedTableModel
from fks_desk.ui.tables.tones import tone_colors
from fks_desk.ui.theme.colors import Theme
from fks_desk.ui.theme.current import current, source

_HINT_MARGIN = 16
_CELL_PADDING = 10
_TITLE_PADDING = 16
_NARROWEST = 20
_ROW_PADDING = 8
_OPEN_KEYS = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})


class DeskTable(QTableView):
    """Show a keyed model; Enter opens a row, Ctrl+C copies, Home and End go to the ends.

    An empty table shows its hint: what the person can do to fill it.
    """

    row_opened = Signal(object)
    current_row_changed = Signal(object)
    space_pressed = Signal(object)  # the row under the cursor

    def __init__(
        self,
        model: KeyedTableModel[Any] | GridModel,
        *,
        name: str,
        hint: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._hint = hint
        self._first_optional: int | None = None
        self._widths: list[int] = []
        self.setObjectName(name)
        self.setAccessibleName(name)
        self._set_behaviour()
        self.setModel(model)
        self._set_sizes()
        self.doubleClicked.connect(lambda _index: self._open_current())
        self._model.set_tones(tone_colors(current()))
        source().changed.connect(self._on_theme)
        model.modelReset.connect(self.viewport().update)
        model.rowsInserted.connect(self._repaint_hint)
        model.rowsRemoved.connect(self._repaint_hint)

    def set_hint(self, hint: str) -> None:
        """Say something else while there is no row."""
        self._hint = hint
        self.viewport().update()

    def set_optional_from(self, column: int) -> None:
        """Show each column from this one on only where there is room, and fill the width."""
        self._first_optional = column
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._fit_columns()

    @property
    def hint(self) -> str:
        """Return what the table says while it has no row."""
        return self._hint

    def current_row(self) -> Any:
        """Return the row under the cursor, or None."""
        return self._model.row_at(self.currentIndex().row())

    def select_key(self, key: Hashable) -> None:
        """Move the cursor to a row and bring it into sight."""
        line = self._model.line_of(key)
        if line is not None:
            index = self._model.index(line, 0)
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def copy_rows(self) -> None:
        """Put the selected rows on the clipboard, cells apart by tabs, with their titles."""
        lines = sorted({index.row() for index in self.selectionModel().selectedIndexes()})
        if not lines:
            return
        columns = range(len(self._model.columns))
        table = [[column.title for column in self._model.columns]]
        table += [[self._model.text_at(line, column) for column in columns] for line in lines]
        QGuiApplication.clipboard().setText("\n".join("\t".join(cells) for cells in table))

    # Qt's calls

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open, copy and jump; leave every other key to the table."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_rows()
        elif event.key() in _OPEN_KEYS and self.current_row() is not None:
            self._open_current()
        elif event.key() == Qt.Key.Key_Home:
            self._go_to(0)
        elif event.key() == Qt.Key.Key_End:
            self._go_to(self._model.rowCount() - 1)
        elif event.key() == Qt.Key.Key_Space and self.current_row() is not None:
            self.space_pressed.emit(self.current_row())
        elif event.text() and not event.modifiers():
            event.ignore()  # Letters belong to shortcuts, not to Qt's search by typing.
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows, or the hint when there are none."""
        super().paintEvent(event)
        if self.model() is None or self._model.rowCount() or not self._hint:
            return
        painter = QPainter(self.viewport())
        painter.setPen(self.palette().placeholderText().color())
        margin = _HINT_MARGIN
        box = self.viewport().rect().adjusted(margin, margin, -margin, -margin)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(QRect(box), int(flags), self._hint)
        painter.end()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Put the cursor on the first row, so that the first key finds one to act on."""
        super().focusInEvent(event)
        if not self.currentIndex().isValid():
            self._go_to(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many columns as fit."""
        super().resizeEvent(event)
        self._fit_columns()

    def changeEvent(self, event: QEvent) -> None:
        """Fit rows and columns to a new font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self.model() is not None:
            self._set_sizes()

    def currentChanged(self, current: Any, previous: Any) -> None:  # Qt's index types
        """Tell which row the cursor is on."""
        super().currentChanged(current, previous)
        if current.row() != previous.row():
            self.current_row_changed.emit(self._model.row_at(current.row()))

    def _set_behaviour(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setAlternatingRowColors(True)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().hide()
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setMinimumSectionSize(_NARROWEST)
        self.setMinimumWidth(120)

    def _set_sizes(self) -> None:
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        metrics = self.fontMetrics()
        rows = self.verticalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(metrics.height() + _ROW_PADDING)
        self._widths = []
        for number, column in enumerate(self._model.columns):
            sample = metrics.horizontalAdvance(column.sample) + _CELL_PADDING
            title = metrics.horizontalAdvance(column.title) + _TITLE_PADDING
            self._widths.append(max(sample, title if column.title else 0))
            self.setColumnWidth(number, self._widths[-1])
        # A number at the far edge would stand apart from its row.
        last = self._model.columns[-1]
        header.setStretchLastSection(not last.is_number)

    def _fit_columns(self) -> None:
        if self._first_optional is None:
            return
        width = self.viewport().width()
        ends = list(accumulate(self._widths))
        for column in range(self._first_optional, len(ends)):
            self.setColumnHidden(column, ends[column] > width)
        shown = [number for number in range(len(ends)) if not self.isColumnHidden(number)]
        total = sum(self._widths[number] for number in shown)
        # What is left goes to every column by its share, so that no edge stands empty.
        left = max(0, width - total)
        edges = [left * end // total for end in accumulate(self._widths[one] for one in shown)]
        for number, before, after in zip(shown, [0, *edges], edges, strict=False):
            self.setColumnWidth(number, self._widths[number] + after - before)

    def _on_theme(self, theme: Theme) -> None:
        # A closing pane may lose its model first; Qt's view has none from then on.
        if self.model() is not None:
            self._model.set_tones(tone_colors(theme))

    def _open_current(self) -> None:
        row = self.current_row()
        if row is not None:
            self.row_opened.emit(row)

    def _go_to(self, line: int) -> None:
        if self._model.rowCount():
            self.setCurrentIndex(self._model.index(line, max(0, self.currentIndex().column())))

    def _repaint_hint(self) -> None:
        if self._model.rowCount() <= 1:
            self.viewport().update()
