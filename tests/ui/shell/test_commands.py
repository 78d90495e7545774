import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from fks_desk.ui.theme.colors import COLOR_BLIND, DARK, LIGHT
from fks_desk.ui.theme.current import current

NONE = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def key(which: Qt.Key, with_: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(QApplication.focusWidget(), which, with_)


def test_no_key_means_two_things(desk):
    desk.registry.require_unambiguous()

    assert desk.registry.conflicts() == []


def test_ctrl_and_a_number_give_the_keys_to_a_pane(desk):
    for number, name in enumerate(desk.docks.names, start=1):
        key(Qt.Key(Qt.Key.Key_0 + number), CTRL)
        assert desk.docks.focused() == name
        assert desk.pane(name).has_ring


def test_f6_walks_through_the_panes(desk):
    key(Qt.Key.Key_F6)
    assert desk.docks.focused() == "watchlist"
    key(Qt.Key.Key_F6, SHIFT)
    assert desk.docks.focused() == "chart"


def test_alt_enter_maximises_and_brings_back(desk):
    key(Qt.Key.Key_Return, ALT)
    assert desk.docks.is_maximised
    assert desk.docks.focused() == "chart"
    key(Qt.Key.Key_Return, ALT)
    assert not desk.docks.is_maximised


def test_f11_fills_the_screen_and_comes_back(desk):
    key(Qt.Key.Key_F11)
    assert desk.isFullScreen()
    key(Qt.Key.Key_F11)
    assert not desk.isFullScreen()


def test_themes_change_by_key(desk):
    seen = []
    for _ in range(3):
        key(Qt.Key.Key_T, CTRL | SHIFT)
        seen.append(current())

    assert seen == [LIGHT, COLOR_BLIND, DARK]


def test_a_layout_is_saved_changed_and_loaded_by_keys_alone(desk):
    desk.registry.trigger("layout.save-as")
    QTest.keyClicks(QApplication.focusWidget(), "scalping")
    key(Qt.Key.Key_Return)
    assert desk.session.names() == ["scalping"]
    key(Qt.Key.Key_W, CTRL)
    assert not desk.docks.is_open("chart")
    key(Qt.Key.Key_S, CTRL)
    desk.docks.reset()
    desk.docks.focus("orders")
    desk.pane("orders").setFocus()
    key(Qt.Key.Key_Period)
    assert desk.palette_box.titles() == ["scalping", "Default layout"]
    key(Qt.Key.Key_Return)

    assert not desk.docks.is_open("chart")
    assert "scalping is loaded" in desk.notices.shown()[-1].text()


def test_a_bad_layout_name_is_one_clear_sentence(desk):
    desk.registry.trigger("layout.save-as")
    QTest.keyClicks(QApplication.focusWidget(), "../../etc")
    key(Qt.Key.Key_Return)

    assert "letters, digits" in desk.notices.shown()[-1].text()
    assert desk.session.names() == []


def test_closing_a_pane_gives_the_keys_to_another(desk):
    key(Qt.Key.Key_W, CTRL)

    assert not desk.docks.is_open("chart")
    assert desk.docks.focused() is not None


@pytest.mark.parametrize("which", [Qt.Key.Key_F, Qt.Key.Key_T, Qt.Key.Key_V, Qt.Key.Key_H])
def test_alt_and_a_letter_open_no_menu(desk, qtbot, which):
    key(which, ALT)
    qtbot.wait(10)

    assert QApplication.activePopupWidget() is None
