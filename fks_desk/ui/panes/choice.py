"""Choose one of a few by buttons that stand side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from fks_desk.ui.theme.current import current, source

V = TypeVar("V")


class Choice(QWidget, Generic[V]):
    """Show every option; arrows move, and `chosen` tells what a person took."""

    chosen = Signal(object)

    def __init__(
        self, options: Sequence[tuple[V, str]], *, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._values = [value for value, _text in options]
        self._buttons = [self._button(name, text) for _value, text in options]
        group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for number, button in enumerate(self._buttons):
            group.addButton(button, number)
            row.addWidget(button)
        self._paint()
        source().changed.connect(self._paint)
        group.idClicked.connect(lambda number: self.chosen.emit(self._values[number]))

    def button(self, value: V) -> QPushButton:
        """Return the button of an option."""
        return self._buttons[self._values.index(value)]

    def show_value(self, value: V) -> None:
        """Mark the option that holds, without telling anybody."""
        self.button(value).setChecked(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the neighbour with the arrow keys."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        here = next((n for n, button in enumerate(self._buttons) if button.isChecked()), 0)
        button = self._buttons[(here + step) % len(self._buttons)]
        button.setFocus()
        button.click()

    def _paint(self, _theme: object = None) -> None:
        theme = current()
        self.setStyleSheet(
            f"QPushButton {{ padding: 3px 6px; }} QPushButton:checked {{ font-weight: 600;"
            f" border: 1px solid {theme.accent}; border-bottom: 3px solid {theme.accent}; }}"
        )

    def _button(self, name: str, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"{name}.{len(self.findChildren(QPushButton))}")
        button.setCheckable(True)
        button.setAutoDefault(False)
        button.setMinimumWidth(48)
        return button
