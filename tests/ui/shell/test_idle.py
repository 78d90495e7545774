"""A desk that nobody touches notices it, once, and what a person does counts again."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from fks_desk.ui.shell.idle import IdleWatch


class Room:
    def __init__(self, qtbot: QtBot, minutes: int) -> None:
        self.now = 0.0
        self.edit = QLineEdit()
        qtbot.addWidget(self.edit)
        with qtbot.waitExposed(self.edit):
            self.edit.show()
        self.watch = IdleWatch(minutes=minutes, now=lambda: self.now, parent=self.edit)
        self.left: list[int] = []
        self.watch.left.connect(self.left.append)

    def after(self, minutes: float) -> list[int]:
        self.now += minutes * 60
        self.watch.look()
        return self.left

    def touch(self, how: str) -> None:
        window = self.edit.windowHandle()
        if how == "key":
            QTest.keyClick(window, Qt.Key.Key_A)
        elif how == "click":
            QTest.mouseClick(window, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
        else:
            QTest.mouseMove(window, QPoint(5 + len(self.left), 5))


def test_after_the_minutes_it_is_told_once(qtbot: QtBot) -> None:
    room = Room(qtbot, 15)

    assert room.after(14.9) == []
    assert room.after(0.1) == [15]
    assert room.after(60) == [15]


@pytest.mark.parametrize("how", ["key", "click", "move"])
def test_whatever_a_person_does_begins_the_minutes_anew(qtbot: QtBot, how: str) -> None:
    room = Room(qtbot, 15)
    room.after(10)
    room.touch(how)

    assert room.after(14) == []
    assert room.after(1) == [15]
    room.touch(how)
    assert room.after(15) == [15, 15]


def test_a_window_that_came_later_counts_too(qtbot: QtBot) -> None:
    room = Room(qtbot, 15)
    other = QLineEdit()
    qtbot.addWidget(other)
    with qtbot.waitExposed(other):
        other.show()
    room.after(10)
    QTest.keyClick(other.windowHandle(), Qt.Key.Key_A)

    assert room.after(14) == []


def test_without_minutes_nothing_is_watched(qtbot: QtBot) -> None:
    room = Room(qtbot, 0)

    assert not room.watch._timer.isActive()
