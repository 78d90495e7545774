from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from fks_desk.core.messages import CancelAllOrders, OrderMoved
from fks_desk.core.model import OrderState
from fks_desk.ui.shell.quit import QuitDialog
from tests.ui.shell.conftest import make_order

CTRL = Qt.KeyboardModifier.ControlModifier


def move(desk, name: str, state: OrderState = OrderState.OPEN) -> None:
    desk.bridge.post(OrderMoved(order=make_order(name, state=state)))
    desk.bridge.flush()


def ask_to_quit(desk, qtbot) -> QuitDialog:
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Q, CTRL)
    dialog = desk.findChild(QuitDialog)
    assert dialog is not None
    qtbot.waitUntil(dialog.isActiveWindow)
    return dialog


def test_without_open_orders_ctrl_q_quits(desk, qtbot):
    with qtbot.waitSignal(desk.closed):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Q, CTRL)

    assert not desk.isVisible()


def test_with_open_orders_it_asks_and_enter_means_stay(desk, qtbot):
    move(desk, "t-1")
    dialog = ask_to_quit(desk, qtbot)
    assert "BTC/USDT @ 64000" in dialog._list.text()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)

    assert desk.isVisible()
    assert not dialog.isVisible()


def test_orders_can_be_left_at_the_venue(desk, qtbot, fake_engine):
    move(desk, "t-1")
    dialog = ask_to_quit(desk, qtbot)
    with qtbot.waitSignal(desk.closed):
        QTest.keyClick(dialog._leave, Qt.Key.Key_Space)

    assert fake_engine.commands == []


def test_enter_presses_the_button_that_has_the_keys(desk, qtbot, fake_engine):
    move(desk, "t-1")
    ask_to_quit(desk, qtbot)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    with qtbot.waitSignal(desk.closed):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)

    assert fake_engine.commands == []


def test_cancelling_waits_for_the_venues_word(desk, qtbot, fake_engine):
    move(desk, "t-1")
    move(desk, "t-2")
    dialog = ask_to_quit(desk, qtbot)
    QTest.keyClick(dialog._cancel, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(fake_engine.commands) == 1)
    assert fake_engine.commands == [CancelAllOrders(account="demo")]
    move(desk, "t-1", OrderState.CANCELED)
    assert desk.isVisible()
    with qtbot.waitSignal(desk.closed):
        move(desk, "t-2", OrderState.CANCELED)


def test_what_the_venue_does_not_confirm_is_listed_and_the_person_decides(desk, qtbot):
    move(desk, "t-1")
    dialog = ask_to_quit(desk, qtbot)
    dialog._patience.setInterval(10)
    QTest.keyClick(dialog._cancel, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "did not confirm" in dialog._text.text())

    assert desk.isVisible()
    assert dialog._cancel.isEnabled()
    assert "BTC/USDT" in dialog._list.text()


def test_asking_twice_shows_one_dialog(desk, qtbot):
    move(desk, "t-1")
    ask_to_quit(desk, qtbot)
    desk.close()

    assert len(desk.findChildren(QuitDialog)) == 1
