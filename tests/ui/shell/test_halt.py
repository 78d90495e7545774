from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from fks_desk.core.desk_messages import KillTrading
from fks_desk.core.messages import HaltTrading, ResumeTrading

BOTH = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def test_keys_held_for_a_second_are_the_kill_switch(desk, qtbot, fake_engine):
    QTest.keyPress(QApplication.focusWidget(), Qt.Key.Key_F12, BOTH)
    qtbot.wait(700)
    assert fake_engine.commands == []
    qtbot.waitUntil(lambda: len(fake_engine.commands) == 1, timeout=30_000)
    QTest.keyRelease(QApplication.focusWidget(), Qt.Key.Key_F12, BOTH)

    assert fake_engine.commands == [KillTrading(reason="killed by hand")]


def test_a_slip_of_the_fingers_halts_nothing(desk, qtbot, fake_engine):
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_F12, BOTH)
    qtbot.wait(1150)

    assert fake_engine.commands == []
    assert "trading goes on" in desk.notices.shown()[-1].text()


def test_chosen_by_name_it_halts_at_once_and_can_be_lifted(desk, qtbot, fake_engine):
    desk.registry.trigger("trade.halt")
    desk.registry.trigger("trade.resume")
    qtbot.waitUntil(lambda: len(fake_engine.commands) == 2)

    assert fake_engine.commands == [HaltTrading(reason="halted by hand"), ResumeTrading()]
