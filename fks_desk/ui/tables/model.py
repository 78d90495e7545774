"""Show keyed rows in a Qt table, many changes to one repaint."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor

from fks_desk.ui.models.format import Tone
from fks_desk.ui.tables.column import Column
from fks_desk.ui.tables.rows import RowStore

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole

_NUMBER = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_WORD = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_MIDDLE = int(Qt.AlignmentFlag.AlignCenter)
_NO_PARENT = QModelIndex()


class KeyedTableModel(QAbstractTableModel, Generic[R]):
    """Hold rows by key; the newest stands on top, unless `newest_first` is false.

    `upsert` takes a batch and tells the view once per batch, however many rows
    changed. Cell texts are made when a cell is first painted and kept until its
    row changes.
    """

    def __init__(
        self,
        columns: Sequence[Column[R]],
        *,
        key: Callable[[R], Hashable],
        order: Callable[[R], Any],
        newest_first: bool = True,
        limit: int = 10_000,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._store: RowStore[R] = RowStore(key=key, order=order, limit=limit)
        self._newest_first = newest_first
        self._cells: dict[Hashable, list[str | None]] = {}
        self._brushes: dict[Tone, QBrush] = {}

    def set_tones(self, colours: Mapping[Tone, QColor]) -> None:
        """Paint tones in these colours from now on; a tone without one keeps the view's."""
        self._brushes = {tone: QBrush(colour) for tone, colour in colours.items()}
        self._tell_changed(range(len(self._store)))

    def upsert(self, rows: Iterable[R]) -> None:
        """Insert new rows and replace known ones."""
        changed: list[int] = []
        moved: set[Hashable] = set()
        fresh: dict[Hashable, R] = {}
        for row in rows:
            key = self._store.key_of(row)
            position = self._store.find(key)
            if position is None or key in moved:
                fresh[key] = row
            elif self._store.keeps_place(row, position):
                self._replace(position, row)
                changed.append(position)
            else:
                moved.add(key)
                fresh[key] = row
        self._tell_changed(changed)
        for key in moved:
            self.remove(key)
        self._add(list(fresh.values()))

    def remove(self, key: Hashable) -> None:
        """Take a row out; one that is not there changes nothing."""
        position = self._store.find(key)
        if position is not None:
            self._remove_at(position)

    def reset(self, rows: Iterable[R]) -> None:
        """Show these rows and no others."""
        self.beginResetModel()
        self._cells.clear()
        self._store.fill(list(rows))
        self.endResetModel()

    def row_at(self, line: int) -> R | None:
        """Return the row that a line of the view shows, or None."""
        if not 0 <= line < len(self._store):
            return None
        return self._store.at(self._flip(line))

    def line_of(self, key: Hashable) -> int | None:
        """Return the line of the view that shows a key, or None."""
        position = self._store.find(key)
        return None if position is None else self._flip(position)

    def key_at(self, line: int) -> Hashable | None:
        """Return the key that a line of the view shows, or None."""
        row = self.row_at(line)
        return None if row is None else self._store.key_of(row)

    def text_at(self, line: int, column: int) -> str:
        """Return a cell's text."""
        row = self._store.at(self._flip(line))
        key = self._store.key_of(row)
        cells = self._cells.get(key)
        if cells is None:
            cells = self._cells[key] = [None] * len(self.columns)
        text = cells[column]
        if text is None:
            text = cells[column] = self.columns[column].text(row)
        return text

    # Qt's questions

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._store)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Return what a cell shows."""
        if role == Role.DisplayRole:
            return self.text_at(index.row(), index.column())
        if role == Role.ForegroundRole:
            return self._brushes.get(self._tone(index))
        if role == Role.TextAlignmentRole:
            return self._alignment(index.column())
        if role == Role.ToolTipRole:
            return self._tip(index)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> object:
        """Return a column's title, set above its texts."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Role.DisplayRole:
            return self.columns[section].title
        if role == Role.TextAlignmentRole:
            return self._alignment(section)
        return None

    def _alignment(self, number: int) -> int:
        column = self.columns[number]
        if column.is_number:
            return _NUMBER
        return _MIDDLE if column.is_centered else _WORD

    def _tone(self, index: Index) -> Tone:
        row = self._store.at(self._flip(index.row()))
        return self.columns[index.column()].tone(row)

    def _tip(self, index: Index) -> str | None:
        tip = self.columns[index.column()].tip
        return None if tip is None else tip(self._store.at(self._flip(index.row())))

    def _flip(self, position: int) -> int:
        """Turn a stored position into a line of the view, or the other way round."""
        return len(self._store) - 1 - position if self._newest_first else position

    def _replace(self, position: int, row: R) -> None:
        self._store.replace(position, row)
        self._cells.pop(self._store.key_of(row), None)

    def _add(self, rows: list[R]) -> None:
        """Insert rows that are not known yet, as one block if all of them are the youngest."""
        rows = self._store.youngest(rows)
        if not rows:
            return
        if self._store.place_for(rows[0]) == len(self._store):
            self._insert_block(rows)
        else:
            for row in rows:
                self._insert_one(row)
        self._drop_oldest(len(self._store) - self._store.limit)

    def _insert_block(self, rows: Sequence[R]) -> None:
        first = 0 if self._newest_first else len(self._store)
        self.beginInsertRows(_NO_PARENT, first, first + len(rows) - 1)
        self._store.append(rows)
        self.endInsertRows()

    def _insert_one(self, row: R) -> None:
        position = self._store.place_for(row)
        line = len(self._store) - position if self._newest_first else position
        self.beginInsertRows(_NO_PARENT, line, line)
        self._store.insert(position, row)
        self.endInsertRows()

    def _drop_oldest(self, count: int) -> None:
        if count <= 0:
            return
        for position in range(count):
            self._cells.pop(self._store.key_of(self._store.at(position)), None)
        first, last = sorted((self._flip(0), self._flip(count - 1)))
        self.beginRemoveRows(_NO_PARENT, first, last)
        self._store.drop_oldest(count)
        self.endRemoveRows()

    def _remove_at(self, position: int) -> None:
        line = self._flip(position)
        self._cells.pop(self._store.key_of(self._store.at(position)), None)
        self.beginRemoveRows(_NO_PARENT, line, line)
        self._store.remove(position)
        self.endRemoveRows()

    def _tell_changed(self, positions: Sequence[int]) -> None:
        """Name one block that holds every changed line: views repaint only what is visible."""
        if not positions:
            return
        first, last = sorted((self._flip(min(positions)), self._flip(max(positions))))
        self.dataChanged.emit(
            self.index(first, 0), self.index(last, len(self.columns) - 1), _PAINTED
        )


_PAINTED = [int(Role.DisplayRole), int(Role.ForegroundRole)]
