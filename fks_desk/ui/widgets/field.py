"""Type a line of text without taking the desk's own keys away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

# Some Unix desktops edit with these in every field; here they open the palette and turn pages.
_LEFT_TO_ACTIONS = frozenset({Qt.Key.Key_D, Qt.Key.Key_E, Qt.Key.Key_K, Qt.Key.Key_U})


class Field(QLineEdit):
    """Edit a line; Ctrl with D, E, K or U is the desk's, whatever the system's habits."""

    def event(self, event: QEvent) -> bool:
        """Leave the desk's keys to its actions, which would come second otherwise."""
        if event.type() is QEvent.Type.ShortcutOverride:
            assert isinstance(event, QKeyEvent)  # noqa: S101  that is what Qt sends here
            held = event.modifiers()
            if held == Qt.KeyboardModifier.ControlModifier and event.key() in _LEFT_TO_ACTIONS:
                event.ignore()
                return False
        return super().event(event)
