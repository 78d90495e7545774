"""Decide what the table of alerts shows, and keep alerts by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from PySide6.QtCore import QObject, Signal

from fks_desk.core.alerts import (
    Alert,
    AlertFired,
    AlertId,
    AlertKind,
    AlertMoved,
    AlertState,
    DeleteAlert,
    SaveAlert,
)
from fks_desk.core.drawings import DrawingId
from fks_desk.core.messages import EngineReady
from fks_desk.core.model import Instrument, InstrumentId
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import AlertStore, Send
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models.alert_text import condition_text
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.market import MarketModel


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """Hold an alert with its instrument's steps."""

    alert: Alert
    instrument: Instrument | None

    @property
    def key(self) -> AlertId:
        """Return what names the line."""
        return self.alert.id

    @property
    def created(self) -> datetime:
        """Return when it was made: the table's order."""
        return self.alert.created

    @property
    def fired(self) -> datetime | None:
        """Return when it fired, if it did."""
        return self.alert.fired

    @property
    def symbol(self) -> str:
        """Return the symbol as people write it."""
        return self.alert.instrument.split(":", 2)[2]

    @property
    def condition(self) -> str:
        """Return what it waits for."""
        return condition_text(self.alert, self.instrument.price_digits if self.instrument else 2)


class AlertsModel(QObject):
    """Keep every alert; the engine judges them, this shows them."""

    rows_changed = Signal(object)  # list[AlertRow]
    row_removed = Signal(object)  # AlertId
    armed_changed = Signal(object)  # int
    changed = Signal()
    fired = Signal(str)  # what happened, as a sentence
    failed = Signal(str)

    def __init__(
        self,
        *,
        store: AlertStore,
        market: MarketModel,
        send: Send,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._market = market
        self._send = send
        self._loader = Loader(nursery, self.failed.emit)
        self._alerts: dict[AlertId, Alert] = {}

    def listen(self, bridge: Bridge) -> None:
        """Hear what becomes of alerts."""
        bridge.subscribe(AlertMoved, self.on_alert_moved)
        bridge.subscribe(AlertFired, self.on_alert_fired)
        bridge.subscribe(EngineReady, lambda _event: self.load())

    def load(self) -> None:
        """Read every alert."""
        self._loader.start(self._load, name="read alerts")

    @property
    def armed_count(self) -> int:
        """Return how many alerts may still fire."""
        return sum(alert.state is AlertState.ARMED for alert in self._alerts.values())

    def of(self, instrument: InstrumentId | None) -> Sequence[Alert]:
        """Return the alerts of an instrument."""
        return [alert for alert in self._alerts.values() if alert.instrument == instrument]

    def on_drawing(self, drawing: DrawingId) -> bool:
        """Tell whether a drawing has an armed alert."""
        return any(
            alert.drawing == drawing and alert.state is AlertState.ARMED
            for alert in self._alerts.values()
        )

    def put(self, alert: Alert) -> None:
        """Keep a new alert or a changed one."""
        self._take(alert)
        self._send(SaveAlert(alert=alert))

    def toggle(self, alert: Alert | None) -> None:
        """Switch an armed alert off; arm any other again, from the price of now on."""
        if alert is None:
            return
        if alert.state is AlertState.ARMED:
            self.put(replace(alert, state=AlertState.OFF))
        elif alert.kind is not AlertKind.TIME or alert.fired is None:
            base = self._market.mark(alert.instrument)
            armed = replace(alert, state=AlertState.ARMED, fired=None, seen=None, base=base)
            self.put(armed)

    def delete(self, alert: Alert | None) -> None:
        """Forget an alert."""
        if alert is not None:
            self._drop(alert.id)
            self._send(DeleteAlert(id=alert.id))

    def on_alert_moved(self, event: AlertMoved) -> None:
        """Show an alert as it is stored now."""
        if event.alert is None:
            self._drop(event.id)
        else:
            self._take(event.alert)

    def on_alert_fired(self, event: AlertFired) -> None:
        """Tell what happened."""
        self.fired.emit(event.text)

    async def _load(self) -> None:
        for alert in await self._store.alerts():
            self._alerts[alert.id] = alert
        self.rows_changed.emit([self._row(alert) for alert in self._alerts.values()])
        self._tell()

    def _take(self, alert: Alert) -> None:
        self._alerts[alert.id] = alert
        self.rows_changed.emit([self._row(alert)])
        self._tell()

    def _drop(self, alert: AlertId) -> None:
        if self._alerts.pop(alert, None) is not None:
            self.row_removed.emit(alert)
            self._tell()

    def _tell(self) -> None:
        self.armed_changed.emit(self.armed_count)
        self.changed.emit()

    def _row(self, alert: Alert) -> AlertRow:
        return AlertRow(alert=alert, instrument=self._market.instrument(alert.instrument))
