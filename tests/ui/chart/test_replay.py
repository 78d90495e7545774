"""Play the past on a chart by keys, with paper orders that never leave it."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fks_desk.core.clock import SteppedClock
from fks_desk.core.messages import CandleClosed
from fks_desk.core.model import AccountId, Mode, Side, Timeframe
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.chart.pane import ChartPane
from fks_desk.ui.models.replay.gate import Gate
from fks_desk.ui.models.replay.replay import Replay
from tests.fakes.charts import START, AtOnce, made_candle, made_frame
from tests.ui.chart.conftest import BTC, Desk, made_desk, press

K = Qt.Key
ALT = Qt.KeyboardModifier.AltModifier
FRAME = made_frame(500)


class Stage:
    """Hold a chart whose candles come through a gate."""

    def __init__(self, qtbot: QtBot, registry: ActionRegistry, bridge: Bridge) -> None:
        self.desk: Desk = made_desk()
        self.sent: list[Any] = []
        self.bridge = bridge
        desk = self.desk
        self.gate = Gate(desk.candles, bridge)
        desk.model._history._candles = self.gate
        desk.model.listen(self.gate)
        self.replay = Replay(
            gate=self.gate, model=desk.model, marks=desk.marks, staging=desk.staging,
            nursery=AtOnce(),
        )  # fmt: skip
        self.pane = ChartPane(
            model=desk.model, marks=desk.marks, staging=desk.staging, drawings=desk.drawings,
            alerts=desk.alerts, clock=SteppedClock(START), replay=self.replay,
            submit=lambda: self.sent.append(desk.staging.order),
        )  # fmt: skip
        qtbot.addWidget(self.pane)
        self.pane.register_actions(registry)
        for context in self.pane.contexts:
            registry.bind(self.pane, context)
        self.pane.resize(1000, 600)
        self.pane.show()
        desk.show(FRAME)
        self.pane.activateWindow()
        self.pane.focus_now()
        qtbot.waitUntil(self.pane.view.hasFocus)

    def begin(self, number: int = 300) -> None:
        self.pane.view.put_crosshair(number)
        press(K.Key_B, ALT)
        press(K.Key_Return)

    @property
    def newest(self) -> int:
        return int(self.desk.model.series.time[-1])


@pytest.fixture
def stage(qtbot: QtBot, registry: ActionRegistry, bridge: Bridge) -> Stage:
    return Stage(qtbot, registry, bridge)


def test_nothing_later_than_the_moment_is_shown_and_a_step_shows_one_bar(stage: Stage) -> None:
    stage.desk.model.add_study("SMA", {"timeperiod": 5})
    stage.begin()
    assert stage.newest == FRAME.time[299]
    assert "REPLAY" in stage.pane._replay_line.text()
    assert stage.desk.model.account.mode is Mode.PAPER
    press(K.Key_Right)
    assert stage.newest == FRAME.time[300]
    study, series = stage.desk.model.studies[0], stage.desk.model.series
    assert study.value("real", series.stop - 1) == pytest.approx(FRAME.close[296:301].mean())

    press(K.Key_Left)
    assert stage.newest == FRAME.time[299]
    press(K.Key_B, ALT)
    assert stage.newest == FRAME.time[-1]
    assert stage.desk.model.account is None
    assert not stage.pane._replay_line.isVisible()


def test_live_candles_do_not_disturb_the_past(stage: Stage) -> None:
    stage.begin()
    last = FRAME.time[-1] / 1000 + 300
    opened = START.fromtimestamp(last, START.tzinfo)
    candle = made_candle(BTC.id, Timeframe.M5, opened, ("1", "2", "1", "2"), is_closed=True)
    stage.bridge.post(CandleClosed(candle=candle))
    stage.bridge.flush()

    assert stage.newest == FRAME.time[299]


def test_bars_come_by_themselves_until_the_newest_stored_one(stage: Stage, qtbot: QtBot) -> None:
    said: list[str] = []
    stage.replay.noticed.connect(said.append)
    stage.begin(495)
    press(K.Key_6)
    press(K.Key_Space)
    assert stage.replay.is_playing
    qtbot.waitUntil(lambda: bool(said), timeout=30_000)

    assert stage.newest == FRAME.time[-1]
    assert not stage.replay.is_playing
    assert "newest stored bar" in said[0]


def test_orders_of_a_replay_never_reach_the_desk(stage: Stage) -> None:
    stage.begin()
    stage.replay.stage(Side.BUY)
    press(K.Key_Return)
    account = stage.replay.account
    assert account.size > 0
    assert stage.sent == []
    assert stage.desk.marks.position.account == AccountId("bar-replay")
    stage.replay.stage(Side.SELL)
    press(K.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    press(K.Key_Return)
    assert len(account.orders) == 1
    stage.replay.close_position()
    assert account.size == 0
    stage.replay.stage(Side.BUY)
    press(K.Key_Escape)
    press(K.Key_B, ALT)
    assert stage.replay.account is None

    stage.desk.staging.stage(BTC, Side.BUY, account.cash, None)
    press(K.Key_Return)
    assert len(stage.sent) == 1


def test_an_interval_changed_in_the_past_shows_no_bar_still_open_then(stage: Stage) -> None:
    stage.desk.candles.frames[BTC.id, Timeframe.H1] = made_frame(60, timeframe=Timeframe.H1)
    stage.begin(303)
    until = int(stage.gate.until.timestamp() * 1000)
    stage.desk.model.set_timeframe(Timeframe.H1)

    assert stage.newest + Timeframe.H1.milliseconds <= until
    press(K.Key_Right)
    assert stage.newest + Timeframe.H1.milliseconds > until
