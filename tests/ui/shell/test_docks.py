import re
from functools import partial

import PySide6QtAds as ads  # noqa: N813  the library calls itself so
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from fks_desk.core.errors import ConfigError
from fks_desk.ui.shell.docks import Area, Docks, PaneSpec, keep_on_screen
from fks_desk.ui.theme.current import current
from fks_desk.ui.theme.sheet import dock_sheet
from tests.ui.shell.conftest import FieldPane


def test_panes_stand_where_the_default_layout_says(desk, qtbot):
    qtbot.wait(20)
    place = {
        name: QRect(pane.mapTo(desk, pane.rect().topLeft()), pane.size())
        for name, pane in ((name, desk.pane(name)) for name in desk.docks.names if name != "fills")
    }

    assert place["watchlist"].right() < place["chart"].left()
    assert place["chart"].right() < place["ticket"].left()
    assert place["chart"].bottom() < place["orders"].top()
    assert place["ticket"].bottom() < place["chat"].top()
    assert place["chart"].width() > 0.5 * desk.width()
    assert place["chart"].height() > 0.5 * desk.height()


def test_numbers_follow_the_order_given(desk):
    assert desk.docks.names == ("chart", "watchlist", "ticket", "chat", "orders", "fills")


def test_showing_a_pane_brings_its_tab_to_the_front(desk):
    assert not desk.pane("fills").isVisible()
    desk.docks.show("fills")

    assert desk.pane("fills").isVisible()
    assert not desk.pane("orders").isVisible()


def test_a_layout_comes_back_as_it_was_saved(desk):
    desk.docks.close("chat")
    desk.docks.show("fills")
    saved = desk.docks.save()
    desk.docks.reset()
    assert desk.docks.is_open("chat")
    desk.docks.restore(saved)

    assert not desk.docks.is_open("chat")
    assert desk.pane("fills").isVisible()


@pytest.mark.parametrize(
    "state",
    ["", "junk", "<a", "<QtAdvancedDockingSystem/>", '<QtAds><Widget Name="stranger"/></QtAds>'],
)
def test_a_layout_that_cannot_be_shown_changes_nothing(desk, state):
    desk.docks.close("chat")
    with pytest.raises(ConfigError, match="kept"):
        desk.docks.restore(state)

    assert not desk.docks.is_open("chat")
    assert desk.docks.is_open("chart")


def test_a_cut_off_layout_changes_nothing(desk):
    saved = desk.docks.save()
    for part in (0.3, 0.6, 0.9):
        with pytest.raises(ConfigError):
            desk.docks.restore(saved[: int(len(saved) * part)])

    assert all(desk.docks.is_open(name) for name in desk.docks.names)


def test_one_pane_can_fill_the_window_and_give_it_back(desk):
    before = desk.docks.save()
    desk.docks.toggle_maximised("orders")
    assert desk.docks.is_maximised
    assert [name for name in desk.docks.names if desk.docks.is_open(name)] == ["orders"]
    assert desk.docks.save() == before
    desk.docks.toggle_maximised("orders")

    assert not desk.docks.is_maximised
    assert all(desk.docks.is_open(name) for name in desk.docks.names)


def test_asking_for_a_hidden_pane_ends_the_maximised_state(desk):
    desk.docks.toggle_maximised("orders")
    desk.docks.focus("chart")

    assert not desk.docks.is_maximised
    assert desk.pane("chart").isVisible()


def test_the_default_layout_can_be_taken_again_and_again(desk):
    for _ in range(3):
        desk.docks.close("chart")
        desk.docks.reset()

    assert all(desk.docks.is_open(name) for name in desk.docks.names)


def test_focus_steps_through_the_open_panes(desk):
    desk.docks.close("watchlist")
    desk.docks.focus("chart")
    seen = []
    for _ in range(5):
        desk.docks.step_focus(1)
        seen.append(desk.docks.focused())
    desk.docks.step_focus(-1)

    assert seen == ["ticket", "chat", "orders", "fills", "chart"]
    assert desk.docks.focused() == "fills"


def test_a_title_that_changes_shows_on_the_tab(desk):
    desk.pane("chart").set_title("BTC/USDT 5m")

    assert desk.docks._docks["chart"].windowTitle() == "BTC/USDT 5m"


def test_a_window_off_the_screen_is_pulled_back(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    window.setGeometry(9_000, -4_000, 5_000, 3_000)
    keep_on_screen(window)

    room = QApplication.primaryScreen().availableGeometry()
    assert room.contains(window.frameGeometry())


def test_keys_count_in_a_pane_that_was_pulled_out(desk, qtbot):
    desk.docks._docks["chat"].setFloating()
    qtbot.wait(20)
    floating = desk.pane("chat").window()
    assert floating is not desk
    quit_action = desk.registry.qaction("window.palette")

    assert quit_action in floating.actions()
    assert floating.isVisible()
    assert quit_action.shortcutContext() == Qt.ShortcutContext.WindowShortcut


def test_the_docks_have_their_look_from_the_first_picture_on(desk):
    assert desk.docks._manager.styleSheet() == dock_sheet(current())


def test_the_docks_keep_their_look_when_the_theme_changes(desk, qtbot):
    for action in ("theme.light", "theme.dark"):
        desk.registry.trigger(action)
        qtbot.wait(50)

        assert desk.docks._manager.styleSheet() == dock_sheet(current())


def test_a_pane_newer_than_the_layout_opens_among_its_neighbours(desk):
    saved = desk.docks.save()
    older = re.sub(r'<Widget Name="fills"[^>]*?(/>|></Widget>)', "", saved)
    assert older != saved
    desk.docks.restore(older)
    assert not desk.docks.is_open("fills")
    assert desk.pane("orders").isVisible()

    desk.docks.show("fills")

    assert desk.pane("fills").isVisible()
    assert desk.pane("fills").window() is desk.window()


def test_a_pane_that_is_asked_for_waits_closed_in_its_place(qtbot, host):
    docks = docks_of(host, ["orders", "fills"], asked_for=["drill"])
    default = docks.save()
    assert [name for name in docks.names if docks.is_open(name)] == ["orders", "fills"]
    qtbot.waitUntil(docks.pane("orders").isVisible)

    docks.focus("drill")
    opened = docks.save()
    assert docks.pane("drill").isVisible()
    assert area_of(docks, "drill") is area_of(docks, "orders")
    docks.reset()
    assert not docks.is_open("drill")
    docks.restore(opened)
    assert docks.is_open("drill")
    docks.restore(default)
    assert not docks.is_open("drill")


def test_tabs_that_do_not_fit_stand_in_a_list_beside_them(qtbot, host):
    names = [f"a pane with quite a name {number}" for number in range(6)]
    docks = docks_of(host, names)

    def listed() -> bool:
        return area_of(docks, names[0]).titleBar().button(ads.TitleBarButtonTabsMenu).isVisible()

    host.resize(1600, 400)
    qtbot.waitUntil(lambda: not listed())
    host.resize(400, 400)
    qtbot.waitUntil(listed)


@pytest.fixture
def host(qtbot):
    host = QWidget()
    qtbot.addWidget(host)
    QVBoxLayout(host)
    host.resize(900, 400)
    host.show()
    return host


def docks_of(host, names, asked_for=()):
    """Return docks of one area within the host."""
    specs = [
        PaneSpec(area=Area.CENTER, create=partial(FieldPane, name), is_asked_for=name in asked_for)
        for name in (*names, *asked_for)
    ]
    docks = Docks(panes=specs, parent=host)
    host.layout().addWidget(docks.widget)
    return docks


def area_of(docks, name):
    return docks._docks[name].dockAreaWidget()
