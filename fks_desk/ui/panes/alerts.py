"""Show alerts; add, edit, switch off and remove them by key."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from fks_desk.core.alerts import AlertState
from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.alerts import AlertRow, AlertsModel
from fks_desk.ui.models.format import Tone
from fks_desk.ui.models.target import ChartTarget
from fks_desk.ui.panes.table_pane import TablePane
from fks_desk.ui.tables.column import Column
from fks_desk.ui.text import tr


class AlertsPane(TablePane[AlertRow]):
    """List alerts, newest on top; Space switches one off or arms it again."""

    asked = Signal(object)  # Alert to be edited, or None for a new one

    def __init__(self, *, model: AlertsModel, parent: QWidget | None = None) -> None:
        super().__init__(
            name="alerts",
            title=tr("Alerts"),
            hint=tr("No alert yet. Press Alt+A on the chart and type > 67000, rsi < 30 or 14:30."),
            columns=columns(),
            key=lambda row: row.key,
            order=lambda row: row.created,
            parent=parent,
        )
        self._model = model
        model.rows_changed.connect(self.rows.upsert)
        model.row_removed.connect(self.rows.remove)
        model.armed_changed.connect(self._show_count)
        model.failed.connect(self.notice.say)
        self.table.row_opened.connect(self.open_on_chart)

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer what can be done with alerts."""
        for name, title, keys, work in (
            ("add", tr("Add an alert"), ("Ins", "+"), lambda: self.asked.emit(None)),
            ("edit", tr("Edit the chosen alert"), ("F2",), self._edit),
            ("toggle", tr("Switch the chosen alert on or off"), ("Space",), self._toggle),
            ("delete", tr("Remove the chosen alert"), ("Del", "Backspace"), self._delete),
        ):
            action = Action(
                id=f"alerts.{name}",
                title=title,
                category=tr("Alerts"),
                keys=keys,
                context=self.name,
            )
            registry.register(action, work)

    def _edit(self) -> None:
        row = self.current()
        if row is not None:
            self.asked.emit(row.alert)

    def _toggle(self) -> None:
        row = self.current()
        self._model.toggle(None if row is None else row.alert)

    def _delete(self) -> None:
        row = self.current()
        self._model.delete(None if row is None else row.alert)

    def _show_count(self, count: int) -> None:
        title = tr("Alerts")
        self.set_title(tr("{title} ({count})", title=title, count=count) if count else title)

    def target_of(self, row: AlertRow) -> ChartTarget:
        """Return when the alert fired, or was made."""
        moment = row.alert.fired or row.alert.created
        return ChartTarget(instrument=row.alert.instrument, moment=moment, price=row.alert.seen)


def columns() -> list[Column[AlertRow]]:
    """Return the columns of the table."""
    return [
        Column(
            title=tr("State"),
            text=lambda row: state_text(row.alert.state),
            sample="● armed",
            tone=_tone,
        ),
        Column(title=tr("Symbol"), text=lambda row: row.symbol, sample="WWWW/USDT"),
        Column(
            title=tr("Fires when"),
            text=lambda row: row.condition,
            sample="RSI 14 (15m) crosses 70.00",
        ),
        Column(title=tr("Note"), text=lambda row: row.alert.note, sample="a note of some words"),
        Column(
            title=tr("Made"),
            text=lambda row: fmt.moment(row.created),
            sample="2026-00-00 00:00:00",
            tone=lambda _row: Tone.MUTED,
        ),
        Column(
            title=tr("Fired"),
            text=lambda row: fmt.moment(row.alert.fired) if row.alert.fired else "",
            sample="2026-00-00 00:00:00",
        ),
        Column(
            title=tr("At"),
            text=lambda row: fmt.exact(row.alert.seen) if row.alert.seen is not None else "",
            sample="123,456.00",
            is_number=True,
        ),
    ]


def state_text(state: AlertState) -> str:
    """Return an alert's state as a word with a mark."""
    return {
        AlertState.ARMED: tr("● armed"),
        AlertState.FIRED: tr("✓ fired"),
        AlertState.OFF: tr("○ off"),
    }[state]


def _tone(row: AlertRow) -> Tone:
    return {
        AlertState.ARMED: Tone.UP,
        AlertState.FIRED: Tone.WARNING,
        AlertState.OFF: Tone.MUTED,
    }[row.alert.state]
