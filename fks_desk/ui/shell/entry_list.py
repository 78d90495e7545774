"""List what the palette offers: a title at the left, a key or a kind at the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

_DETAIL = Qt.ItemDataRole.UserRole + 1
_NO_PARENT = QModelIndex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Hold one thing that the palette offers. `detail` says what kind it is or its key."""

    title: str
    detail: str = ""
    run: Callable[[], None]


Index = QModelIndex | QPersistentModelIndex


class EntryList(QListView):
    """Show entries and keep one of them chosen; it never takes the keys itself."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._entries = _Entries(self)
        self.setModel(self._entries)
        self.setUniformItemSizes(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_TwoTexts(self))

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show these instead of those before."""
        self._entries.reset(entries)

    def count(self) -> int:
        """Return how many entries are shown."""
        return self._entries.rowCount()

    def currentRow(self) -> int:
        """Return the place of the chosen entry, below zero without one."""
        return self.currentIndex().row()

    def setCurrentRow(self, row: int) -> None:
        """Choose an entry by its place."""
        self.setCurrentIndex(self._entries.index(row, 0))


class _Entries(QAbstractListModel):
    """Hold the entries as they are; Qt makes no object of its own for each."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: Sequence[Entry] = ()

    def reset(self, entries: Sequence[Entry]) -> None:
        self.beginResetModel()
        self._rows = entries
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not 0 <= index.row() < len(self._rows):
            return None
        entry = self._rows[index.row()]
        texts = {
            Qt.ItemDataRole.DisplayRole: entry.title,
            Qt.ItemDataRole.AccessibleTextRole: f"{entry.title} {entry.detail}",
            _DETAIL: entry.detail,
        }
        return texts.get(role)


class _TwoTexts(QStyledItemDelegate):
    """Draw the title at the left and the key or kind at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        size = super().sizeHint(option, index)
        return QSize(size.width(), size.height() + 6)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        detail = index.data(_DETAIL)
        if not detail:
            return
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        palette = option.palette
        painter.save()
        painter.setPen(
            palette.highlightedText().color() if chosen else palette.placeholderText().color()
        )
        place = option.rect.adjusted(0, 0, -8, 0)
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, detail)
        painter.restore()
