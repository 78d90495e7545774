from __future__ import annotations

import asyncio

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSpinBox
from pytestqt.qtbot import QtBot

from fks_desk.core.frame import Frame
from fks_desk.core.messages import (
    BacktestDone,
    BacktestMoved,
    BacktestReport,
    BacktestTrade,
    CancelBacktest,
    RunBacktest,
)
from fks_desk.core.model import RunId, Span, Timeframe
from fks_desk.core.nursery import Nursery
from fks_desk.strategy.catalog import strategies
from fks_desk.ui.models.research.backtest import BacktestModel
from fks_desk.ui.models.target import ChartTarget
from fks_desk.ui.panes.research.backtest import BacktestPane
from tests.fakes.pane_keys import PaneWindow
from tests.fakes.panes import BTC, NOON, Desk, MemoryBacktests, MemoryCandles, report

Key = Qt.Key
TRADE = BacktestTrade(
    entry_time=300_000,
    exit_time=600_000,
    side="long",
    entry_price=100.0,
    exit_price=90.0,
    size=0.5,
    pnl=-5.25,
    fees=0.1,
)


class Shown:
    def __init__(self, qtbot: QtBot) -> None:
        self.desk = Desk(Nursery())
        candles = MemoryCandles()
        price = np.array([100.0, 110.0])
        frame = Frame(
            time=np.arange(2) * 300_000, open=price, high=price, low=price, close=price,
            volume=price,
        )  # fmt: skip
        candles.frames[BTC.id, Timeframe.M5] = frame
        candles.extents[BTC.id, Timeframe.M5] = Span(start=NOON.replace(year=2025), end=NOON)
        self.model = BacktestModel(
            strategies=strategies(),
            candles=candles,
            store=MemoryBacktests(report(run="old")),
            send=self.desk.sent.append,
            nursery=self.desk.nursery,
        )
        self.pane = BacktestPane(model=self.model)
        self.window = PaneWindow(qtbot, self.pane, size=(320, 600))

    async def settle(self) -> None:
        while len(self.desk.nursery):
            await asyncio.sleep(0)

    async def done(self) -> BacktestReport:
        made = report(run=self.model.state.run or "", trades=[TRADE])
        self.model.on_backtest_done(BacktestDone(report=made))
        await self.settle()
        return made


@pytest.fixture
async def shown(qtbot: QtBot) -> Shown:
    made = Shown(qtbot)
    made.model.load()
    await made.settle()
    return made


async def test_the_parameters_are_those_of_the_strategy(shown: Shown) -> None:
    combo = shown.pane.form.strategy
    assert set(shown.pane.form.params) == {"fast", "slow", "short"}

    shown.window.press(Key.Key_Down)

    assert combo.currentData() == "rsi_reversion"
    assert set(shown.pane.form.params) == {one.name for one in shown.model.strategy.parameters}


async def test_a_parameter_changed_in_the_form_is_tested(shown: Shown) -> None:
    shown.pane.form.params["fast"].setValue(7)
    shown.pane.form.texts["fee_bps"].setFocus()
    shown.pane.form.texts["fee_bps"].selectAll()
    shown.window.type("5")

    shown.window.press(Key.Key_Return, control=True)

    command = shown.desk.sent[0]
    assert isinstance(command, RunBacktest)
    assert command.spec.params["fast"] == 7
    assert command.spec.fee_bps == 5


async def test_control_enter_runs_and_escape_stops(shown: Shown) -> None:
    shown.window.press(Key.Key_Return, control=True)
    run = shown.model.state.run
    assert run is not None
    shown.model.on_backtest_moved(BacktestMoved(run=run, fraction=0.42, note="42 of 100"))
    assert shown.pane.progress.isVisible()
    assert shown.pane.progress.value() == 42
    assert not shown.pane.run_button.isEnabled()

    shown.window.press(Key.Key_Escape)
    assert shown.desk.sent[-1] == CancelBacktest(run=RunId(run))


async def test_a_finished_run_fills_numbers_curve_and_trades(shown: Shown) -> None:
    shown.window.press(Key.Key_Return, control=True)
    await shown.done()

    assert shown.pane.metrics.texts()["Return"] == "+1.00 %"
    assert shown.pane.curve.curve is not None
    assert shown.pane.curve.curve.hold is not None
    assert shown.pane.trades.text_at(0, 4) == "−5.25"
    assert shown.pane.tabs.tabText(1) == "Trades (1)"


async def test_trades_are_shown_on_the_chart_by_key_and_by_row(shown: Shown) -> None:
    drawn: list[BacktestReport] = []
    targets: list[ChartTarget] = []
    shown.pane.trades_shown.connect(drawn.append)
    shown.pane.shown_on_chart.connect(targets.append)
    shown.window.press(Key.Key_T, control=True)
    assert drawn == []

    shown.window.press(Key.Key_Return, control=True)
    made = await shown.done()
    shown.window.press(Key.Key_T, control=True)
    shown.pane.tabs.setCurrentIndex(1)
    shown.pane.trade_table.setFocus()
    shown.window.press(Key.Key_Home, Key.Key_Return)

    assert drawn == [made, made]
    assert [target.instrument for target in targets] == [BTC.id]


async def test_an_earlier_run_is_opened_with_enter(shown: Shown) -> None:
    shown.pane.tabs.setCurrentIndex(2)
    shown.pane.run_table.setFocus()

    shown.window.press(Key.Key_Home, Key.Key_Return)
    await shown.settle()

    assert shown.model.report is not None
    assert shown.model.report.run == "old"


async def test_it_fits_into_a_small_dock(shown: Shown) -> None:
    assert shown.pane.minimumSizeHint().width() <= 320
    assert not shown.pane.findChildren(QSpinBox)
