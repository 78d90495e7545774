"""Type a number, or nudge it with the arrow keys."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from fks_desk.ui.widgets.field import Field

_STEPS = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
_BIG_STEP = 10


class NumberEdit(Field):
    """Hold a number as text; up and down ask for a step, with Shift for ten."""

    stepped = Signal(object)  # int

    def __init__(self, *, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setMinimumWidth(80)

    def show_text(self, text: str) -> None:
        """Show a text that came from elsewhere, leaving the cursor alone where it is the same."""
        if text != self.text():
            self.setText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn arrows into steps."""
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.stepped.emit(step * _BIG_STEP)
        else:
            self.stepped.emit(step)
