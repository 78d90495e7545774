from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from fks_desk.ui.shell.entry_list import Entry

CTRL = Qt.KeyboardModifier.ControlModifier


def key(which: Qt.Key, with_: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(QApplication.focusWidget(), which, with_)


def type_text(text: str) -> None:
    QTest.keyClicks(QApplication.focusWidget(), text)


def test_ctrl_k_filters_and_enter_runs(desk):
    key(Qt.Key.Key_K, CTRL)
    assert desk.palette_box.isVisible()
    type_text("light th")
    assert desk.palette_box.titles()[0] == "View: Light theme"
    key(Qt.Key.Key_Return)

    assert not desk.palette_box.isVisible()
    assert QApplication.instance().palette().window().color().lightness() > 200
    assert desk.docks.focused() == "chart"


def test_ctrl_p_opens_it_too_and_escape_gives_the_keys_back(desk):
    key(Qt.Key.Key_P, CTRL)
    assert desk.palette_box.isVisible()
    key(Qt.Key.Key_Escape)

    assert not desk.palette_box.isVisible()
    assert desk.docks.focused() == "chart"


def test_it_offers_every_action_with_its_key(desk):
    key(Qt.Key.Key_K, CTRL)
    titles = set(desk.palette_box.titles())

    assert titles == {f"{action.category}: {action.title}" for action in desk.registry.all()}


def test_arrows_choose_and_wrap_round(desk):
    key(Qt.Key.Key_K, CTRL)
    type_text("theme")
    count = len(desk.palette_box.titles())
    assert count >= 4
    key(Qt.Key.Key_Down)
    assert desk.palette_box._list.currentRow() == 1
    key(Qt.Key.Key_Up)
    key(Qt.Key.Key_Up)
    assert desk.palette_box._list.currentRow() == count - 1
    key(Qt.Key.Key_PageUp)
    assert desk.palette_box._list.currentRow() == 0


def test_symbols_and_timeframes_come_from_providers(desk):
    chosen: list[str] = []
    symbols = ("BTC/USDT", "ETH/USDT")
    desk.palette_box.add_provider(
        lambda text: [
            Entry(
                title=f"Symbol {name}", detail="symbol", run=lambda name=name: chosen.append(name)
            )
            for name in symbols
        ]
    )
    key(Qt.Key.Key_K, CTRL)
    type_text("symbol eth")
    key(Qt.Key.Key_Return)

    assert chosen == ["ETH/USDT"]


def test_a_disabled_action_is_not_offered(desk):
    desk.registry.set_enabled("window.quit", False)
    key(Qt.Key.Key_K, CTRL)

    assert "Desk: Quit" not in desk.palette_box.titles()


def test_what_was_run_last_comes_first_next_time(desk):
    key(Qt.Key.Key_K, CTRL)
    type_text("dark theme")
    key(Qt.Key.Key_Return)
    key(Qt.Key.Key_K, CTRL)

    assert desk.palette_box.titles()[0] == "View: Dark theme"


def test_nothing_found_runs_nothing(desk):
    key(Qt.Key.Key_K, CTRL)
    type_text("zzzzqq")
    assert desk.palette_box.titles() == []
    key(Qt.Key.Key_Return)

    assert desk.palette_box.isVisible()


def test_it_hides_when_the_keys_go_elsewhere(desk):
    key(Qt.Key.Key_K, CTRL)
    desk.docks.focus("orders")

    assert not desk.palette_box.isVisible()


def test_what_nothing_is_called_is_said_and_gone_with_the_next_letter(desk):
    key(Qt.Key.Key_K, CTRL)
    type_text("zzzqqq")
    assert desk.palette_box._nothing.isVisible()
    assert desk.palette_box.rect().contains(desk.palette_box._nothing.geometry())
    for _ in range(6):
        key(Qt.Key.Key_Backspace)

    assert not desk.palette_box._nothing.isVisible()
