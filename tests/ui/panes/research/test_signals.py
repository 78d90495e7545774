"""Read what strategies said, and show one on the chart."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fks_desk.core.messages import SignalRaised
from fks_desk.core.model import Stance
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.models.research.signals import SignalsModel
from fks_desk.ui.panes.research.signals import SignalsPane
from tests.fakes.charts import AtOnce, MadeInstruments
from tests.fakes.rows import NOW, signal
from tests.ui.chart.conftest import BTC
from tests.ui.models.test_chart_signals import MadeSignals


def test_signals_are_listed_with_rule_and_confidence_and_enter_shows_the_bar(qtbot: QtBot) -> None:
    stored = signal(1, NOW, instrument=BTC.id, stance=Stance.SHORT, confidence=0.5)
    market = MarketModel(store=MadeInstruments([BTC]), nursery=AtOnce())
    market.load()
    model = SignalsModel(store=MadeSignals(stored), market=market, nursery=AtOnce())
    pane = SignalsPane(model=model)
    qtbot.addWidget(pane)
    assert not pane.show_selection()
    model.load()
    fresh = signal(2, NOW, instrument=BTC.id, rule="fast over slow")
    model.on_signal_raised(SignalRaised(signal=fresh))
    shown: list[Any] = []
    pane.shown_on_chart.connect(shown.append)
    assert pane.show_row(stored.id)
    assert not pane.show_row("another")
    line = pane.rows.line_of(stored.id)
    texts = [pane.rows.text_at(line, column) for column in range(pane.rows.columnCount())]
    assert {"▼ Short", "50 %", "BTC/USDT"} <= set(texts)
    QTest.keyClick(pane.table, Qt.Key.Key_Return)
    assert pane.show_selection()

    assert [one.instrument for one in shown] == [BTC.id] * 2
    assert shown[0].moment < stored.ts_event
    assert shown[0].timeframe is stored.timeframe
