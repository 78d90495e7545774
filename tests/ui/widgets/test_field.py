"""A field leaves the desk's keys alone, also where the system edits with them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from pytestqt.qtbot import QtBot

from fks_desk.ui.widgets.field import Field

Key, Held = Qt.Key, Qt.KeyboardModifier


def is_claimed(field: Field, key: Qt.Key, held: Qt.KeyboardModifier) -> bool:
    """Ask as Qt does before a shortcut, on a system that would claim the key."""
    event = QKeyEvent(QEvent.Type.ShortcutOverride, key, held)
    event.accept()
    field.event(event)
    return event.isAccepted()


@pytest.mark.parametrize("key", [Key.Key_E, Key.Key_K, Key.Key_U, Key.Key_D])
def test_the_desks_keys_are_never_claimed(qtbot: QtBot, key: Qt.Key) -> None:
    field = Field()
    qtbot.addWidget(field)

    assert not is_claimed(field, key, Held.ControlModifier)


def test_what_edits_text_is_claimed(qtbot: QtBot) -> None:
    field = Field("text")
    qtbot.addWidget(field)

    assert is_claimed(field, Key.Key_A, Held.ControlModifier)
    assert is_claimed(field, Key.Key_V, Held.ControlModifier)
    assert is_claimed(field, Key.Key_Backspace, Held.NoModifier)
