"""Show rows of any columns, which come page by page."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from fks_desk.ui.models.format import Tone
from fks_desk.ui.tables.column import Column

GridRow = tuple[str, ...]
Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole

_NO_PARENT = QModelIndex()
_NUMBER = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_WORD = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_NO_COLUMN: Column[GridRow] = Column(title="", text=lambda _row: "", sample="")


class GridModel(QAbstractTableModel):
    """Hold rows of texts; `more` is called when the view nears the end of an unfinished answer.

    A table of a million rows costs what has been looked at: the view asks for the next
    page only where somebody scrolls.
    """

    def __init__(
        self, *, more: Callable[[], None] = lambda: None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.columns: tuple[Column[GridRow], ...] = (_NO_COLUMN,)
        self._more = more
        self._rows: list[GridRow] = []
        self._is_whole = True
        self._is_asked = False

    def show(
        self, columns: Sequence[Column[GridRow]], rows: Sequence[GridRow], *, is_whole: bool = True
    ) -> None:
        """Show these rows and no others."""
        self.beginResetModel()
        self.columns = tuple(columns) or (_NO_COLUMN,)
        self._rows = list(rows)
        self._is_whole = is_whole
        self._is_asked = False
        self.endResetModel()

    def append(self, rows: Sequence[GridRow], *, is_whole: bool) -> None:
        """Add the next page."""
        self._is_whole = is_whole
        self._is_asked = False
        if not rows:
            return
        first = len(self._rows)
        self.beginInsertRows(_NO_PARENT, first, first + len(rows) - 1)
        self._rows.extend(rows)
        self.endInsertRows()

    def change(self, line: int, column: int, text: str) -> None:
        """Show another text in one cell."""
        row = self._rows[line]
        self._rows[line] = (*row[:column], text, *row[column + 1 :])
        place = self.index(line, column)
        self.dataChanged.emit(place, place)

    def release(self) -> None:
        """Let the next page be asked for again, after one that failed."""
        self._is_asked = False

    def set_tones(self, colours: Mapping[Tone, QColor]) -> None:
        """Take the theme's colours, of which a grid of foreign values uses none."""

    def row_at(self, line: int) -> GridRow | None:
        """Return a row, or None."""
        return self._rows[line] if 0 <= line < len(self._rows) else None

    def key_at(self, line: int) -> Hashable | None:
        """Return what names a line: its number."""
        return line if 0 <= line < len(self._rows) else None

    def line_of(self, key: Hashable) -> int | None:
        """Return the line of a key, which is its number."""
        return key if isinstance(key, int) and 0 <= key < len(self._rows) else None

    def text_at(self, line: int, column: int) -> str:
        """Return a cell's text."""
        row = self._rows[line]
        return row[column] if column < len(row) else ""

    # Qt's questions

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        """Return the number of rows here so far."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self.columns)

    def canFetchMore(self, parent: Index = _NO_PARENT) -> bool:
        """Tell whether there are more rows that nobody has asked for."""
        return not (parent.isValid() or self._is_whole or self._is_asked)

    def fetchMore(self, parent: Index = _NO_PARENT) -> None:
        """Ask for the next page."""
        if self.canFetchMore(parent):
            self._is_asked = True
            self._more()

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:  # what Qt takes for a role
        """Return what a cell shows."""
        if role in {Role.DisplayRole, Role.ToolTipRole}:
            return self.text_at(index.row(), index.column())
        if role == Role.TextAlignmentRole:
            return self._alignment(index.column())
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> object:
        """Return a column's title, set above its texts."""
        if orientation is not Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        if role == Role.DisplayRole:
            return self.columns[section].title
        if role == Role.TextAlignmentRole:
            return self._alignment(section)
        return None

    def _alignment(self, number: int) -> int:
        return _NUMBER if self.columns[number].is_number else _WORD
