"""Show the orders that are worked in parts."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from fks_desk.core.parents import ParentKind, ParentOrder, ParentState
from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.account.working import WorkingModel
from fks_desk.ui.models.format import Tone
from fks_desk.ui.panes.account.orders import side_text, side_tone
from fks_desk.ui.panes.ask_line import AskLine
from fks_desk.ui.panes.table_pane import TablePane
from fks_desk.ui.tables.column import Column
from fks_desk.ui.text import tr


class WorkingPane(TablePane[ParentOrder]):
    """List ladders, TWAPs and icebergs; Ins starts one, Del stops the chosen one."""

    def __init__(self, *, model: WorkingModel, parent: QWidget | None = None) -> None:
        super().__init__(
            name="working",
            title=tr("Worked orders"),
            hint=tr("No order is worked in parts. Press Ins and type: twap buy 1 x10 every 1m."),
            columns=columns(),
            key=lambda row: row.id,
            order=lambda row: row.plan.created,
            parent=parent,
        )
        self._model = model
        self.line = AskLine(name="working.line", home=lambda: self.table)
        self._box.addWidget(self.line)
        model.rows_changed.connect(self.rows.upsert)
        model.notice_changed.connect(self.notice.say)
        model.failed.connect(self.notice.say)

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer to start and to stop."""
        registry.register(
            Action(
                id="working.start",
                title=tr("Work an order in parts: ladder, TWAP or iceberg"),
                category=tr("Trade"),
                keys=("Ins",),
                context=self.name,
                help=tr("ladder buy 1 x5 from 95 to 90 · twap buy 1 x10 every 1m."),
            ),
            self.ask,
        )
        registry.register(
            Action(
                id="working.stop",
                title=tr("Stop the chosen worked order"),
                category=tr("Trade"),
                keys=("Del",),
                context=self.name,
                help=tr("Send no more parts and take the open ones back."),
            ),
            lambda: self._model.stop(self.current()),
        )

    def ask(self) -> None:
        """Ask for a plan."""
        self.raised.emit()
        self.line.ask(tr("Order in parts"), self._model.start)


def columns() -> list[Column[ParentOrder]]:
    """Return the columns of the table."""
    return [
        Column(
            title=tr("Time"),
            text=lambda row: fmt.clock_time(row.plan.created),
            sample="00:00:00",
            tone=lambda _row: Tone.MUTED,
        ),
        Column(title=tr("Kind"), text=lambda row: _kind(row.plan.kind), sample="Iceberg"),
        Column(
            title=tr("Symbol"),
            text=lambda row: row.plan.instrument.split(":", 2)[2],
            sample="WWWW/USDT",
        ),
        Column(
            title=tr("Side"),
            text=lambda row: side_text(row.plan.side),
            sample="▼ Sell",
            tone=lambda row: side_tone(row.plan.side),
        ),
        Column(
            title=tr("Size"),
            text=lambda row: fmt.exact(row.plan.size),
            sample="0.12345678",
            is_number=True,
        ),
        Column(
            title=tr("Parts"),
            text=lambda row: str(row.plan.slices),
            sample="200",
            is_number=True,
        ),
        Column(
            title=tr("State"),
            text=lambda row: _state(row.state),
            sample="stopped",
            tone=lambda row: Tone.WARNING if row.state is ParentState.STOPPED else Tone.PLAIN,
        ),
        Column(
            title=tr("Reason"),
            text=lambda row: row.reason,
            sample="a reason of some length",
            tip=lambda row: row.reason,
        ),
    ]


def _kind(kind: ParentKind) -> str:
    words = {
        ParentKind.LADDER: tr("Ladder"),
        ParentKind.TWAP: tr("TWAP"),
        ParentKind.ICEBERG: tr("Iceberg"),
    }
    return words[kind]


def _state(state: ParentState) -> str:
    words = {
        ParentState.RUNNING: tr("running"),
        ParentState.DONE: tr("done"),
        ParentState.STOPPED: tr("stopped"),
    }
    return words[state]
