"""Ask for an alert over the chart: on a price, an indicator, a line or a time."""

from __future__ import annotations

from dataclasses import replace

from fks_desk.core.alerts import Alert
from fks_desk.core.clock import Clock
from fks_desk.ui.chart.drawings.hand import Hand
from fks_desk.ui.chart.entry import EntryBox
from fks_desk.ui.models.alert_text import (
    AlertContext,
    condition_text,
    editable_text,
    read_alert,
)
from fks_desk.ui.models.alerts import AlertsModel
from fks_desk.ui.models.choices import Choice
from fks_desk.ui.models.series import CLOSE
from fks_desk.ui.text import tr


class AlertEntry:
    """Know what the chart shows, so that little need be typed."""

    def __init__(self, *, hand: Hand, alerts: AlertsModel, entry: EntryBox, clock: Clock) -> None:
        self._hand = hand
        self._view = hand.view
        self._alerts = alerts
        self._entry = entry
        self._clock = clock

    def ask(self, alert: Alert | None) -> bool:
        """Ask; an alert given is changed, else a new one is made. False if nothing shows."""
        context = self._context()
        if context is None:
            return False
        if alert is not None:
            drawing = self._hand.book.find(alert.instrument, alert.drawing)
            context = replace(context, instrument=alert.instrument, drawing=drawing)
        text = self._first_text(context) if alert is None else editable_text(alert)
        title = tr("Alert: > 67000, rsi < 30, 14:30; a note follows a #")
        if context.drawing is not None:
            title = tr("Alert on the line: Enter, or > or < for one way; a note follows a #")

        def take(value: object) -> None:
            if isinstance(value, Alert):
                self._alerts.put(value if alert is None else replace(value, id=alert.id))

        self._entry.ask(title, text, lambda typed: _choices(typed, context), take)
        self._entry.field.selectAll()
        return True

    def _context(self) -> AlertContext | None:
        model = self._view.model
        if model.instrument_id is None:
            return None
        bar = model.candles.bar(model.candles.stop - 1)
        last = model.last
        if last is None and bar is not None:
            last = self._hand.paper.exact(float(bar[CLOSE]))
        return AlertContext(
            instrument=model.instrument_id,
            timeframe=model.timeframe,
            last=last,
            now=self._clock.now(),
            digits=model.price_digits,
            drawing=self._hand.chosen,
        )

    def _first_text(self, context: AlertContext) -> str:
        """Return the crosshair's price, to be set at once by Enter."""
        stack = self._view.stack
        panel, y = stack.crosshair_place()
        is_read = stack.crosshair_number is not None and panel is stack.price
        if context.drawing is not None or not is_read or y is None:
            return ""
        return str(self._hand.paper.exact(panel.projection.value(y)))


def _choices(text: str, context: AlertContext) -> list[Choice]:
    try:
        alert = read_alert(text, context)
    except ValueError as error:
        return [Choice(title=str(error))]
    title = tr(
        "{symbol}: when {condition}",
        symbol=context.instrument.rpartition(":")[2],
        condition=condition_text(alert, context.digits),
    )
    return [Choice(title=title, detail=tr("Enter sets it"), value=alert)]
