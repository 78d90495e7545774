"""Read what strategies said, and show one on the chart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fks_desk.core.clock import SteppedClock
from fks_desk.core.messages import DecideSignal, SignalDecided, SignalRaised
from fks_desk.core.model import SignalDecision, Stance
from fks_desk.ui.actions.registry import ActionRegistry
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
    model = SignalsModel(
        store=MadeSignals(stored),
        market=market,
        send=lambda _command: None,
        clock=SteppedClock(NOW),
        nursery=AtOnce(),
    )
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


class Inbox:
    """Hold the pane with three signals: a live one, a flat one and one that is over."""

    def __init__(self, qtbot: QtBot) -> None:
        later = NOW + timedelta(hours=2)
        self.live = signal(1, NOW, instrument=BTC.id, expires=later)
        self.flat = signal(2, NOW, instrument=BTC.id, stance=Stance.FLAT, expires=later)
        self.over = signal(3, NOW, instrument=BTC.id, expires=NOW + timedelta(minutes=1))
        self.sent: list[Any] = []
        self.wanted: list[Any] = []
        market = MarketModel(store=MadeInstruments([BTC]), nursery=AtOnce())
        self.model = SignalsModel(
            store=MadeSignals(self.live, self.flat, self.over),
            market=market,
            send=self.sent.append,
            clock=SteppedClock(NOW + timedelta(minutes=30)),
            nursery=AtOnce(),
        )
        self.model.wanted.connect(self.wanted.append)
        self.pane = SignalsPane(model=self.model)
        self.registry = ActionRegistry()
        self.pane.register_actions(self.registry)
        qtbot.addWidget(self.pane)
        self.model.load()

    def press(self, name: str, on: Any) -> str:
        self.pane.show_row(on.id)
        self.registry.trigger(f"signals.{name}")
        return self.pane.notice.text()


def test_a_signal_in_its_time_asks_for_its_order_and_is_kept_as_taken(qtbot: QtBot) -> None:
    inbox = Inbox(qtbot)
    inbox.press("take", inbox.live)
    assert inbox.sent == []
    inbox.model.note_taken(inbox.live)
    taken = replace(inbox.live, decision=SignalDecision.TAKEN)
    inbox.model.on_signal_decided(SignalDecided(signal=taken))
    line = inbox.pane.rows.line_of(inbox.live.id)
    texts = [inbox.pane.rows.text_at(line, column) for column in range(9)]

    assert inbox.wanted == [inbox.live]
    assert inbox.sent == [DecideSignal(signal=inbox.live.id, decision=SignalDecision.TAKEN)]
    assert "✓ taken" in texts
    assert inbox.pane.rows.rowCount() == 3


def test_a_flat_stance_and_one_whose_time_is_over_say_why_they_are_not_taken(
    qtbot: QtBot,
) -> None:
    inbox = Inbox(qtbot)

    assert "Ctrl+Shift+C" in inbox.press("take", inbox.flat)
    assert "expired at 2026" in inbox.press("take", inbox.over)
    assert inbox.wanted == inbox.sent == []


def test_a_signal_is_skipped_by_a_key_even_when_its_time_is_over(qtbot: QtBot) -> None:
    inbox = Inbox(qtbot)
    inbox.press("skip", inbox.over)

    assert inbox.sent == [DecideSignal(signal=inbox.over.id, decision=SignalDecision.SKIPPED)]


def test_without_a_row_both_keys_say_what_to_do(qtbot: QtBot) -> None:
    inbox = Inbox(qtbot)
    said: list[str] = []
    inbox.model.notice_changed.connect(said.append)
    inbox.model.take(None)
    inbox.model.skip(None)

    assert said == ["Choose a signal first."] * 2
