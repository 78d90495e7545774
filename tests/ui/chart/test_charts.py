"""Keep many charts: one active, some linked by colour, all restored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fks_desk.core.clock import SteppedClock
from fks_desk.core.errors import ConfigError
from fks_desk.core.model import Timeframe
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.chart.charts import Charts
from fks_desk.ui.chart.pane import ChartPane
from fks_desk.ui.models.chart_state import ChartState, Group
from tests.fakes.charts import START, AtOnce, made_frame
from tests.ui.chart.conftest import BTC, ETH, Desk, made_desk


class Later(AtOnce):
    """Stand for a nursery that keeps coroutines until they are run."""

    def __init__(self) -> None:
        self.works: list[Any] = []

    def start(self, work: Any, *, name: str) -> Any:
        self.works.append(work)
        return self._Done()

    def close(self) -> None:
        for work in self.works:
            work.close()


@dataclass
class Wall:
    """Hold charts with the desk behind each."""

    charts: Charts
    desks: dict[str, Desk]
    registry: ActionRegistry
    later: Later


@pytest.fixture
def wall(qtbot: QtBot, registry: ActionRegistry) -> Any:
    desks: dict[str, Desk] = {}
    shared = made_desk()

    def make(name: str) -> ChartPane:
        desk = desks[name] = made_desk()
        for instrument in (BTC, ETH):
            desk.candles.frames[instrument.id, Timeframe.M5] = made_frame(500)
            hours = made_frame(100, timeframe=Timeframe.H1)
            desk.candles.frames[instrument.id, Timeframe.H1] = hours
        pane = ChartPane(
            model=desk.model,
            marks=desk.marks,
            staging=shared.staging,
            drawings=shared.drawings,
            alerts=shared.alerts,
            clock=SteppedClock(START),
            name=name,
        )
        qtbot.addWidget(pane)
        pane.resize(700, 500)
        pane.show()
        return pane

    later = Later()
    charts = Charts(make=make, registry=registry, nursery=later)
    yield Wall(charts, desks, registry, later)
    later.close()


def test_a_grid_begins_with_what_the_active_chart_shows(wall: Wall) -> None:
    wanted = []
    wall.charts.grid_wanted.connect(lambda names, columns: wanted.append((names, columns)))
    wall.charts.first.model.show(BTC.id, Timeframe.M5)
    wall.registry.trigger("chart.grid_4")

    assert wanted == [(["chart", "chart-2", "chart-3", "chart-4"], 2)]
    assert {pane.model.instrument_id for pane in wall.charts.panes} == {BTC.id}


def test_the_keys_work_on_the_active_chart_alone(wall: Wall) -> None:
    first, second = wall.charts.first, wall.charts.provide("chart-2")
    for pane in (first, second):
        pane.model.show(BTC.id, Timeframe.M5)
    wall.charts.activate(second)
    wall.registry.trigger("chart.left")
    wall.registry.trigger("chart.draw_trend")

    assert second.view.stack.crosshair_number is not None
    assert second.hand.is_placing
    assert first.view.stack.crosshair_number is None
    wall.charts.activate(first)
    assert not second.hand.is_placing


def test_charts_of_one_colour_show_one_symbol_and_one_moment(wall: Wall) -> None:
    first, second, third = (wall.charts.provide(f"chart{end}") for end in ("", "-2", "-3"))
    first.model.show(BTC.id, Timeframe.M5)
    second.model.show(BTC.id, Timeframe.H1)
    third.model.show(BTC.id, Timeframe.M5)
    for pane in (first, second):
        pane.set_group(Group.GREEN)
    first.model.show(ETH.id)
    assert (second.model.instrument_id, second.model.timeframe) == (ETH.id, Timeframe.H1)
    assert third.model.instrument_id == BTC.id

    first.view.put_crosshair(300)
    moment = first.model.series.time_at(300, first.model.bar_ms)
    number = second.view.stack.crosshair_number
    opened = second.model.series.time_at(number, second.model.bar_ms)

    assert opened <= moment < opened + second.model.bar_ms
    assert third.view.stack.crosshair_number is None


def test_a_workspace_brings_every_chart_back_exactly(wall: Wall, qapp: QApplication) -> None:
    second = wall.charts.provide("chart-2")
    second.model.show(ETH.id, Timeframe.H1)
    second.set_group(Group.RED)
    second.view.toggle_log()
    second.model.add_study("SMA", {"timeperiod": 9})
    second.model.add_study("SMA", {"timeperiod": 21})
    kept, text = second.state(), wall.charts.save()
    second.restore_state(ChartState(name="chart-2", instrument=BTC.id, timeframe=Timeframe.M5))
    second.restore_studies(ChartState(name="chart-2", instrument=None, timeframe=Timeframe.M5))
    assert second.model.studies == []
    wall.charts.restore(text)
    for state in (kept,):
        second.restore_studies(state)

    assert second.state() == kept
    assert [study.title for study in second.model.studies] == ["SMA 9", "SMA 21"]
    assert wall.charts.is_restored


@pytest.mark.parametrize("text", ["{", "[1]", '[{"name": "chart-2"}]', '{"a": 1}'])
def test_a_damaged_workspace_is_refused(wall: Wall, text: str) -> None:
    with pytest.raises(ConfigError, match="damaged"):
        wall.charts.restore(text)


def test_a_pane_that_is_no_chart_is_not_made(wall: Wall) -> None:
    assert wall.charts.provide("orders") is None
