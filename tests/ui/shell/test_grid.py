"""Lay charts out as a grid, pull one out, and bring a workspace back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from fks_desk.ui.shell.docks import Area, Docks, PaneSpec
from fks_desk.ui.widgets.pane import Pane


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QMainWindow]:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(1200, 800)
    yield window
    window.close()


def docks_in(window: QMainWindow) -> Docks:
    def spec(area: Area, name: str) -> PaneSpec:
        return PaneSpec(area=area, create=lambda: Pane(name=name, title=name))

    docks = Docks(
        panes=[spec(Area.CENTER, "chart"), spec(Area.CENTER, "backtest"), spec(Area.LEFT, "list")],
        parent=window,
        provide=lambda name: Pane(name=name, title=name) if name.startswith("chart-") else None,
    )
    window.setCentralWidget(docks.widget)
    window.show()
    return docks


def names(count: int) -> list[str]:
    return ["chart", *[f"chart-{number}" for number in range(2, count + 1)]]


@pytest.mark.parametrize(("count", "columns"), [(2, 2), (4, 2), (6, 3), (9, 3)])
def test_a_grid_gives_every_chart_about_the_same_room(
    window: QMainWindow, qtbot: QtBot, count: int, columns: int
) -> None:
    docks = docks_in(window)
    docks.arrange(names(count), columns)
    qtbot.wait(1)
    panes = [docks.pane(name) for name in names(count)]
    places = [pane.mapToGlobal(QPoint(0, 0)) for pane in panes]

    assert len({place.x() for place in places}) == columns
    assert len({place.y() for place in places}) == -(-count // columns)
    widths = [pane.width() for pane in panes]
    assert max(widths) - min(widths) <= 30


def test_a_smaller_grid_closes_the_rest(window: QMainWindow) -> None:
    docks = docks_in(window)
    docks.arrange(names(4), 2)
    docks.arrange(names(2), 2)

    assert [docks.is_open(name) for name in names(4)] == [True, True, False, False]


def test_a_layout_brings_charts_back_that_were_made_later(window: QMainWindow) -> None:
    docks = docks_in(window)
    docks.arrange(names(4), 2)
    state = docks.save()
    other = docks_in(window)
    made = []
    other.added.connect(lambda pane: made.append(pane.name))
    other.restore(state)

    assert sorted(made) == ["chart-2", "chart-3", "chart-4"]
    assert all(other.is_open(name) for name in names(4))


def test_a_pane_is_pulled_out_and_put_back(window: QMainWindow, qtbot: QtBot) -> None:
    docks = docks_in(window)
    docks.toggle_floating("chart")
    assert docks.pane("chart").window() is not window
    docks.toggle_floating("chart")

    assert docks.pane("chart").window() is window


def test_what_comes_back_stands_where_it_stood(desk, qtbot: QtBot) -> None:
    docks = desk.docks
    qtbot.wait(20)
    for name in ("chart", "watchlist", "ticket", "chat", "orders", "fills"):
        docks.show(name)
        before = place_of(docks, name)
        tabs = [one.objectName() for one in docks._docks[name].dockAreaWidget().dockWidgets()]
        docks.toggle_floating(name)
        docks.toggle_floating(name)
        qtbot.wait(20)

        after = place_of(docks, name)
        assert (after - before).manhattanLength() < 60, name
        area = docks._docks[name].dockAreaWidget()
        assert [one.objectName() for one in area.dockWidgets()] == tabs
        assert docks.pane(name).isVisible()


def place_of(docks: Docks, name: str) -> QPoint:
    pane = docks.pane(name)
    return pane.mapTo(pane.window(), pane.rect().center())


def test_a_chart_that_a_layout_kept_closed_comes_back_with_its_tab(
    window: QMainWindow, qtbot: QtBot
) -> None:
    docks = docks_in(window)
    docks.arrange(names(4), 2)
    docks.arrange(names(1), 1)
    state = docks.save()
    other = QMainWindow()
    qtbot.addWidget(other)
    other.resize(1200, 800)
    fresh = docks_in(other)
    fresh.restore(state)
    fresh.arrange(names(4), 2)
    qtbot.wait(1)
    areas = [docks_tab(fresh, name) for name in names(4)]

    assert all(areas)


def docks_tab(docks: Docks, name: str) -> bool:
    dock = docks._docks[name]
    return dock.tabWidget().isVisible() and dock.dockAreaWidget().titleBar().height() > 0
