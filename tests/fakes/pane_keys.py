"""A window around one pane with its keys bound, as the shell binds them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot

from fks_desk.ui.actions.action import WINDOW
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.theme.colors import DARK
from fks_desk.ui.theme.current import apply


class PaneWindow(QMainWindow):
    """Type says Any for the pane: each has a register_actions of its own."""

    def __init__(self, qtbot: QtBot, *panes: Any, size: tuple[int, int] = (420, 560)) -> None:
        super().__init__()
        self._qtbot = qtbot
        qtbot.addWidget(self)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        apply(app, DARK)
        self.registry = ActionRegistry(self)
        self.registry.bind(self, WINDOW)
        for pane in panes:
            pane.register_actions(self.registry)
            for context in pane.contexts:
                self.registry.bind(pane, context)
        self.setCentralWidget(panes[0])
        self.resize(*size)
        with qtbot.waitActive(self):
            self.show()
            self.activateWindow()
        panes[0].focus_now()

    def press(self, *keys: Qt.Key, shift: bool = False, control: bool = False) -> None:
        modifiers = Qt.KeyboardModifier.NoModifier
        if shift:
            modifiers |= Qt.KeyboardModifier.ShiftModifier
        if control:
            modifiers |= Qt.KeyboardModifier.ControlModifier
        for key in keys:
            widget = QApplication.focusWidget() or self
            self._qtbot.keyClick(widget, key, modifiers)

    def type(self, text: str) -> None:
        self._qtbot.keyClicks(QApplication.focusWidget(), text)
