from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from fks_desk.ui.panes.flow import FlowLayout


def flow(qtbot: QtBot, count: int) -> tuple[QWidget, FlowLayout]:
    holder = QWidget()
    qtbot.addWidget(holder)
    layout = FlowLayout(holder, gap=4)
    for _ in range(count):
        label = QLabel()
        label.setFixedSize(50, 20)
        layout.addWidget(label)
    return holder, layout


def test_what_does_not_fit_starts_a_new_line(qtbot: QtBot) -> None:
    _holder, layout = flow(qtbot, 3)

    assert layout.heightForWidth(200) == 20
    assert layout.heightForWidth(110) == 44
    assert layout.heightForWidth(10) == 68


def test_clearing_leaves_nothing_behind(qtbot: QtBot) -> None:
    holder, layout = flow(qtbot, 3)

    layout.clear()

    assert layout.count() == 0
    assert holder.findChildren(QLabel) == []
