from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from fks_desk.core.model import InstrumentId
from fks_desk.ui.models.target import ChartTarget
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


def test_a_row_with_a_place_is_shown_on_the_chart_by_the_key_of_every_pane(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    target = ChartTarget(
        instrument=InstrumentId("demo:spot:BTC/USDT"), moment=datetime(2026, 3, 2, tzinfo=UTC)
    )
    dialog = DetailDialog(title="trade:1", fields=[("price", "5")], target=target, parent=parent)
    shown: list[ChartTarget] = []
    dialog.shown_on_chart.connect(shown.append)
    with qtbot.waitActive(dialog):
        dialog.show()
    qtbot.keyClick(dialog.table, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)

    assert shown == [target]
