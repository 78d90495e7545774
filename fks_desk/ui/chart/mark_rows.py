"""Open the rows behind the marks of a chart, by click and by key."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import QObject, QPointF, Signal

from fks_desk.ui.actions.action import CHART, Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.chart.drawings.hand import Hand
from fks_desk.ui.chart.layers.alerts import AlertLayer
from fks_desk.ui.chart.mark_mouse import MarkMouse
from fks_desk.ui.chart.spots import Spot, spots
from fks_desk.ui.models.alerts import AlertsModel
from fks_desk.ui.text import tr


class MarkRows(QObject):
    """Know which row a mark stands for; `wanted` names its pane and its key there."""

    wanted = Signal(str, object)
    said = Signal(str)

    def __init__(self, *, hand: Hand, alerts: AlertsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hand = hand
        self._view = hand.view
        self._alerts = alerts
        self._opened: Spot | None = None
        stack, model = self._view.stack, self._view.model
        self._bells = AlertLayer(
            stack.price, lambda: stack.bars, lambda: alerts.of(model.instrument_id)
        )
        self._clicks = MarkMouse(self._view, self._at)
        self._clicks.opened.connect(self.wanted)

    def register_actions(self, registry: ActionRegistry) -> None:
        """Let Enter open what is marked on the crosshair's bar."""
        action = Action(
            id="chart.open_mark",
            title=tr("Open the row of the mark on this bar"),
            category=tr("Chart"),
            keys=("Return", "Enter"),
            context=CHART,
        )
        registry.register(action, self.open)

    def open(self) -> None:
        """Open the row of a mark on the crosshair's bar; once more opens the next one there."""
        model, number = self._view.model, self._view.stack.number_read
        start, end = (model.series.time_at(at, model.bar_ms) for at in (number, number + 1))
        alerts = self._alerts.of(model.instrument_id)
        here = spots(self._view.marks, alerts, start, end)
        if not here:
            self.said.emit(tr("No fill, signal, trade or alert on this bar."))
            return
        place = here.index(self._opened) + 1 if self._opened in here else 0
        self._opened = here[place % len(here)]
        self.wanted.emit(self._opened.pane, self._opened.key)

    def _at(self, at: QPointF) -> tuple[str, Hashable] | None:
        """Return the row whose mark is under the mouse, unless something is being drawn."""
        stack = self._view.stack
        if self._hand.is_placing or not stack.price.area.contains(at):
            return None
        alert = self._bells.at(at)
        return ("alerts", alert) if alert is not None else stack.marks.at(at)
