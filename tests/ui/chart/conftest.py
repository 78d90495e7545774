"""Give the chart's tests a chart of made-up candles on a market with two symbols."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fks_desk.core.clock import SteppedClock
from fks_desk.core.frame import Frame
from fks_desk.core.messages import Command
from fks_desk.core.model import Instrument, Side, Timeframe
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.chart.pane import ChartPane
from fks_desk.ui.chart.view import ChartView
from fks_desk.ui.models.alerts import AlertsModel
from fks_desk.ui.models.chart import ChartModel
from fks_desk.ui.models.chart_marks import ChartMarks
from fks_desk.ui.models.drawings import DrawingBook
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.models.staging import StagedOrder, Staging
from tests.fakes.charting import MadeAlerts, MadeDrawings
from tests.fakes.charts import (
    START,
    AtOnce,
    MadeCandles,
    MadeInstruments,
    MadeTrading,
    made_frame,
    made_instrument,
)

BTC = made_instrument("BTC/USDT", min_notional=Decimal(5))
ETH = made_instrument("ETH/USDT", min_notional=Decimal(5))


@dataclass
class Desk:
    """Hold everything around one chart."""

    candles: MadeCandles
    market: MarketModel
    model: ChartModel
    marks: ChartMarks
    staging: Staging
    drawings: DrawingBook
    alerts: AlertsModel
    commands: list[Command] = field(default_factory=list)

    def show(self, frame: Frame | None = None, *, instrument: Instrument = BTC) -> None:
        """Show a frame on the chart at five minutes."""
        frame = made_frame(500) if frame is None else frame
        self.candles.frames[instrument.id, Timeframe.M5] = frame
        if self.model.instrument_id == instrument.id:
            self.model.reload()
        else:
            self.model.show(instrument.id, Timeframe.M5)


def made_desk(trading: Any = None) -> Desk:
    """Return a desk without bars."""
    commands: list[Command] = []
    candles = MadeCandles()
    market = MarketModel(store=MadeInstruments([BTC, ETH]), nursery=AtOnce())
    market.load()
    model = ChartModel(candles=candles, market=market, send=commands.append, nursery=AtOnce())
    marks = ChartMarks(trading=trading or MadeTrading(), nursery=AtOnce())
    drawings = DrawingBook(
        store=MadeDrawings(), send=commands.append, clock=SteppedClock(START), nursery=AtOnce()
    )
    alerts = AlertsModel(store=MadeAlerts(), market=market, send=commands.append, nursery=AtOnce())
    return Desk(candles, market, model, marks, Staging(), drawings, alerts, commands)


@pytest.fixture
def desk(qapp: QApplication) -> Desk:
    return made_desk()


@pytest.fixture
def view(desk: Desk, qtbot: QtBot) -> ChartView:
    """Return a chart view of 800 x 500 pixels, laid out."""
    view = ChartView(model=desk.model, marks=desk.marks, staging=desk.staging)
    qtbot.addWidget(view)
    view.resize(800, 500)
    view.show()
    return view


@pytest.fixture
def pane(desk: Desk, qtbot: QtBot, registry: ActionRegistry) -> Iterator[ChartPane]:
    """Return a chart pane with its keys bound and the focus on it."""
    pane = ChartPane(
        model=desk.model,
        marks=desk.marks,
        staging=desk.staging,
        drawings=desk.drawings,
        alerts=desk.alerts,
        clock=SteppedClock(START),
    )
    qtbot.addWidget(pane)
    pane.register_actions(registry)
    for context in pane.contexts:
        registry.bind(pane, context)
    pane.resize(900, 600)
    pane.show()
    pane.activateWindow()
    pane.focus_now()
    qtbot.waitUntil(pane.view.hasFocus)
    yield pane
    pane.close()


@pytest.fixture
def picture(view: ChartView) -> Callable[[], QImage]:
    """Return a function that paints the view and returns the picture."""
    return lambda: view.grab().toImage()


def color_at(image: QImage, at: QPointF) -> str:
    """Return the colour of a pixel as #rrggbb."""
    return QColor(image.pixel(round(at.x()), round(at.y()))).name()


def colors_in(image: QImage, left: int, top: int, right: int, bottom: int) -> set[str]:
    """Return every colour inside a rectangle."""
    columns, rows = range(max(0, left), right), range(max(0, top), bottom)
    return {QColor(image.pixel(x, y)).name() for x in columns for y in rows}


def press(key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key wherever the focus is, as a person does."""
    QTest.keyClick(QApplication.focusWidget(), key, held)


def type_in(text: str) -> None:
    """Type one letter after the other; the focus may move in between."""
    for letter in text:
        QTest.keyClick(QApplication.focusWidget(), letter)


def stage(desk: Desk, price: str = "66000.00", **more: Any) -> StagedOrder:
    """Stage a buy of bitcoin."""
    return desk.staging.stage(BTC, Side.BUY, Decimal(price), Decimal("0.01"), **more)
