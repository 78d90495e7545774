from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from PySide6.QtWidgets import QApplication

from fks_desk.core.alerts import AlertFired, AlertMoved, AlertState, DeleteAlert, SaveAlert
from fks_desk.core.messages import TickerMoved
from fks_desk.core.model import Ticker
from fks_desk.ui.models.alerts import AlertsModel
from fks_desk.ui.models.market import MarketModel
from tests.fakes.charting import MadeAlerts, made_alert
from tests.fakes.charts import AtOnce, MadeInstruments
from tests.fakes.rows import BTC, ETH, NOW

ALERT = made_alert(BTC, NOW)


class Table:
    """Hold the model with what it sent and showed."""

    def __init__(self, *alerts: Any) -> None:
        self.sent: list[Any] = []
        self.market = MarketModel(store=MadeInstruments(), nursery=AtOnce())
        self.model = AlertsModel(
            store=MadeAlerts(alerts), market=self.market, send=self.sent.append, nursery=AtOnce()
        )
        self.rows: list[Any] = []
        self.model.rows_changed.connect(self.rows.extend)


def test_stored_alerts_are_shown_and_counted(qapp: QApplication) -> None:
    table = Table(ALERT, replace(made_alert(ETH, NOW), id="alr-2", state=AlertState.OFF))
    table.model.load()

    assert [row.condition for row in table.rows] == ["price crosses 100.00"] * 2
    assert table.model.armed_count == 1
    assert table.model.of(BTC) == [ALERT]


def test_a_fired_alert_is_armed_again_from_the_price_of_now(qapp: QApplication) -> None:
    table = Table(replace(ALERT, state=AlertState.FIRED, fired=NOW, seen=Decimal(101)))
    table.model.load()
    ticker = Ticker(
        instrument=BTC, last=Decimal(90), bid=None, ask=None, change_pct=None, volume=None,
        ts_event=NOW, ts_init=NOW,
    )  # fmt: skip
    table.market.on_ticker_moved(TickerMoved(ticker=ticker))
    table.model.toggle(table.model.of(BTC)[0])

    assert table.sent == [SaveAlert(alert=replace(ALERT, base=Decimal(90)))]
    table.model.toggle(table.model.of(BTC)[0])
    assert table.sent[-1].alert.state is AlertState.OFF


def test_a_deleted_alert_is_gone_at_once(qapp: QApplication) -> None:
    table = Table(ALERT)
    table.model.load()
    gone: list[Any] = []
    table.model.row_removed.connect(gone.append)
    table.model.delete(ALERT)

    assert gone == [ALERT.id]
    assert table.sent == [DeleteAlert(id=ALERT.id)]
    assert table.model.of(BTC) == []


def test_what_the_engine_tells_is_shown(qapp: QApplication) -> None:
    table = Table()
    said: list[str] = []
    table.model.fired.connect(said.append)
    table.model.on_alert_moved(AlertMoved(id=ALERT.id, alert=ALERT))
    table.model.on_alert_fired(AlertFired(alert=ALERT, text="it happened"))
    assert table.model.of(BTC) == [ALERT]
    table.model.on_alert_moved(AlertMoved(id=ALERT.id, alert=None))

    assert said == ["it happened"]
    assert table.model.of(BTC) == []
