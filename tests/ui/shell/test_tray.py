from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from fks_desk.core.messages import OrderFilled
from fks_desk.ui.shell.tray import Tray, fill_words
from tests.ui.shell.conftest import make_fill, make_order


def filled() -> OrderFilled:
    return OrderFilled(fill=make_fill(), order=make_order("t-1", filled="0.1"))


def test_a_fill_is_told_in_plain_words():
    title, text = fill_words(filled())

    assert title == "Bought 0.1 BTC/USDT"
    assert text == "at 64,150.20; 0.4 left, account demo"


def test_an_order_that_is_done_is_told_as_filled():
    done = OrderFilled(fill=make_fill(), order=make_order("t-1", filled="0.50000"))

    assert fill_words(done)[1] == "at 64,150.20; filled, account demo"


def test_without_a_tray_the_window_still_tells_of_a_fill(desk):
    desk._enter_tray()
    desk.bridge.post(filled())
    desk.bridge.flush()

    assert not desk.tray.is_there
    assert "Bought 0.1 BTC/USDT" in desk.notices.shown()[-1].text()


def test_with_a_tray_each_fill_is_one_notification(desk, monkeypatch):
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    shown: list[tuple[str, str]] = []
    monkeypatch.setattr(
        QSystemTrayIcon, "showMessage", lambda _self, title, text, *_: shown.append((title, text))
    )
    desk._enter_tray()
    for _ in range(3):
        desk.bridge.post(filled())
    desk.bridge.flush()

    assert desk.tray.is_there
    assert shown == [fill_words(filled())] * 3


def test_everything_in_the_tray_is_in_the_registry_too(desk, monkeypatch):
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    tray = Tray(
        icon=desk.windowIcon(),
        registry=desk.registry,
        actions=("window.raise", "window.quit"),
        parent=desk,
    )
    offered = {action.objectName() for action in tray._menu.actions()}

    assert isinstance(tray._menu, QMenu)
    assert offered <= {action.id for action in desk.registry.all()}
