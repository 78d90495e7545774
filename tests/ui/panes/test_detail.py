from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from fks_desk.ui.panes.detail import DetailDialog


def test_a_row_is_walked_and_copied_by_keys_and_escape_closes(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = DetailDialog(title="trade:1", fields=[("price", "5"), ("size", "2")], parent=parent)
    closed: list[int] = []
    dialog.finished.connect(closed.append)
    with qtbot.waitActive(dialog):
        dialog.show()

    qtbot.keyClick(dialog.table, Qt.Key.Key_End)
    qtbot.keyClick(dialog.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Field\tValue\nsize\t2"

    qtbot.keyClick(dialog.table, Qt.Key.Key_Escape)
    assert closed == [0]
