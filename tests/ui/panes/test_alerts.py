"""Work through the table of alerts by keys."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fks_desk.core.alerts import AlertState
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models.alerts import AlertsModel
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.panes.alerts import AlertsPane
from tests.fakes.charting import MadeAlerts, made_alert
from tests.fakes.charts import AtOnce, MadeInstruments
from tests.fakes.rows import BTC, NOW


def test_alerts_are_edited_switched_and_removed_by_keys(
    qtbot: QtBot, registry: ActionRegistry
) -> None:
    alert = made_alert(BTC, NOW, note="go")
    fired = replace(alert, id="alr-2", state=AlertState.FIRED, fired=NOW, seen=Decimal("101.5"))
    market = MarketModel(store=MadeInstruments(), nursery=AtOnce())
    model = AlertsModel(
        store=MadeAlerts([alert, fired]),
        market=market,
        send=lambda _command: None,
        nursery=AtOnce(),
    )
    pane = AlertsPane(model=model)
    qtbot.addWidget(pane)
    pane.register_actions(registry)
    registry.bind(pane, pane.name)
    pane.show()
    model.load()
    assert pane.title == "Alerts (1)"
    pane.activateWindow()
    pane.focus_now()
    qtbot.waitUntil(pane.table.hasFocus)
    pane.table.selectRow(pane.rows.line_of(alert.id))
    asked: list[Any] = []
    shown: list[Any] = []
    pane.asked.connect(asked.append)
    pane.shown_on_chart.connect(shown.append)
    QTest.keyClick(pane.table, Qt.Key.Key_F2)
    QTest.keyClick(pane.table, Qt.Key.Key_Insert)
    QTest.keyClick(pane.table, Qt.Key.Key_Return)
    assert asked == [alert, None]
    assert shown[0].instrument == BTC

    QTest.keyClick(pane.table, Qt.Key.Key_Space)
    assert pane.title == "Alerts"
    QTest.keyClick(pane.table, Qt.Key.Key_Delete)

    assert [row.id for row in model.of(BTC)] == [fired.id]
