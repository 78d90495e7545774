"""Ask for a symbol, an interval, an indicator or a date over the chart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from fks_desk.ui.models.choices import Choice
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.label import PlainLabel

Choices = Callable[[str], Sequence[Choice]]
_WIDTH, _ROW, _MOST_ROWS = 420, 24, 10
_MOVES: dict[int, int] = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: _MOST_ROWS,
    Qt.Key.Key_PageUp: -_MOST_ROWS,
}
_ENTER = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})
# Keys that reach the field as keys and not as shortcuts of the chart below it.
_OWN = frozenset({*_MOVES, *_ENTER, Qt.Key.Key_Escape, Qt.Key.Key_Tab})


class EntryField(QLineEdit):
    """Take text; leave its list's keys to the box, and every other key to nobody else."""

    left = Signal()

    def event(self, event: QEvent) -> bool:
        """Claim plain keys before they run an action of the chart."""
        if event.type() is QEvent.Type.ShortcutOverride:
            key = cast("QKeyEvent", event)
            held = key.modifiers() & ~(
                Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
            )
            if key.key() in _OWN or held == Qt.KeyboardModifier.NoModifier:
                event.accept()
                return True
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Give up when the keys go elsewhere."""
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self.left.emit()


class EntryBox(QFrame):
    """Float over the chart: type, look at what matches, Enter takes it, Esc gives up."""

    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setObjectName("chart.entry")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self._choices: Choices = lambda _text: ()
        self._take: Callable[[object], None] = lambda _value: None
        self._shown: Sequence[Choice] = ()
        self.title = PlainLabel(role="muted", parent=self)
        self.field = EntryField(self)
        self.list = QListWidget(self)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.itemClicked.connect(lambda _item: self._pick())
        self.field.textChanged.connect(self._fill)
        self.field.left.connect(self.dismiss)
        self.field.installEventFilter(self)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 6, 8, 8)
        box.setSpacing(4)
        for widget in (self.title, self.field, self.list):
            box.addWidget(widget)
        self.hide()

    def ask(self, title: str, text: str, choices: Choices, take: Callable[[object], None]) -> None:
        """Open with some text typed already; `take` gets the value that was picked."""
        self._choices, self._take = choices, take
        self.title.setText(title)
        self.field.setAccessibleName(title)
        self.field.setText(text)
        self._fill(text)
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.field.setCursorPosition(len(text))

    def dismiss(self) -> None:
        """Close without taking anything."""
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def refresh(self) -> None:
        """Look again at what matches."""
        if self.isVisible():
            self._fill(self.field.text())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move through the list, take or give up, with the field keeping the keys."""
        if watched is self.field and event.type() is QEvent.Type.KeyPress:
            return self._on_key(Qt.Key(cast("QKeyEvent", event).key()))
        return super().eventFilter(watched, event)

    def _on_key(self, key: Qt.Key) -> bool:
        if key in _ENTER:
            self._pick()
        elif key is Qt.Key.Key_Escape:
            self.dismiss()
        elif key in _MOVES:
            row = self.list.currentRow() + _MOVES[key]
            self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
        else:
            return False
        return True

    def _pick(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self._shown) and self._shown[row].value is not None:
            value = self._shown[row].value
            self.dismiss()
            self._take(value)

    def _fill(self, text: str) -> None:
        self._shown = self._choices(text)
        self.list.clear()
        for choice in self._shown:
            item = QListWidgetItem(f"{choice.title}    {choice.detail}".rstrip())
            item.setSizeHint(QSize(0, _ROW))
            self.list.addItem(item)
        if not self._shown:
            self.list.addItem(QListWidgetItem(tr("Nothing matches. Esc closes.")))
        self.list.setCurrentRow(0)
        self._fit()

    def _fit(self) -> None:
        rows = min(max(self.list.count(), 1), _MOST_ROWS)
        self.list.setFixedHeight(rows * _ROW + 2 * self.list.frameWidth() + 2)
        width = min(_WIDTH, self._over.width() - 24)
        self.setFixedWidth(max(180, width))
        self.adjustSize()
        self.move((self._over.width() - self.width()) // 2, max(8, self._over.height() // 8))
