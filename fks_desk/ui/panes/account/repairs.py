"""Show, row by row, every difference that the desk has mended."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.account.repairs import RepairRow, RepairsModel
from fks_desk.ui.models.format import Tone
from fks_desk.ui.panes.table_pane import TablePane
from fks_desk.ui.tables.column import Column
from fks_desk.ui.text import tr


class RepairsPane(TablePane[RepairRow]):
    """List repairs, transfers, lock-outs and halts, newest on top."""

    def __init__(self, *, model: RepairsModel, parent: QWidget | None = None) -> None:
        super().__init__(
            name="repairs",
            title=tr("Reconciliation"),
            hint=tr("Desk and venue have agreed on everything so far."),
            columns=columns(),
            key=lambda row: row.sequence,
            order=lambda row: row.sequence,
            parent=parent,
        )
        model.rows_changed.connect(self.rows.upsert)
        model.failed.connect(self.notice.say)

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer nothing of its own: the table's keys are enough."""


def columns() -> list[Column[RepairRow]]:
    """Return the columns of the table."""
    return [
        Column(
            title=tr("Time"),
            text=lambda row: fmt.moment(row.at),
            sample="2026-00-00 00:00:00",
            tone=lambda _row: Tone.MUTED,
        ),
        Column(title=tr("What"), text=lambda row: row.kind, sample="declared absent"),
        Column(
            title=tr("Why"),
            text=lambda row: row.text,
            sample="the venue held this and the desk had counted that: taken over",
            tip=lambda row: row.text,
        ),
    ]
