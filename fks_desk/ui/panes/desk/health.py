"""Show how each part of the desk is, what to do about it, and what was written down."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from PySide6.QtWidgets import QWidget

from fks_desk.core.messages import HealthMoved, HealthState
from fks_desk.core.ports import JournalRow
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.desk.health import HealthModel
from fks_desk.ui.models.desk.journal import JournalModel
from fks_desk.ui.models.format import Tone
from fks_desk.ui.panes.adaptive import AdaptiveSplitter
from fks_desk.ui.panes.desk.health_tiles import HealthTiles
from fks_desk.ui.panes.detail import DetailDialog
from fks_desk.ui.tables.column import Column
from fks_desk.ui.tables.model import KeyedTableModel
from fks_desk.ui.tables.view import DeskTable
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.pane import Pane

CONTEXT = "health"
_WIDE_FROM = 640
_KEPT_ROWS = 2_000


class HealthPane(Pane):
    """Show a tile per part, worst first, above the newest rows of the journal."""

    def __init__(
        self, *, health: HealthModel, journal: JournalModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(name="health", title=tr("Health"), contexts=(CONTEXT,), parent=parent)
        self._health = health
        self.tiles = HealthTiles()
        self.rows: KeyedTableModel[JournalRow] = KeyedTableModel(
            journal_columns(),
            key=lambda row: row.sequence,
            order=lambda row: row.sequence,
            limit=_KEPT_ROWS,
            parent=self,
        )
        self.table = DeskTable(
            self.rows,
            name="health.journal",
            hint=tr("The journal is empty: orders, fills and answers are written here."),
        )
        self.set_content(
            AdaptiveSplitter(
                self.tiles, self.table, name="health.parts", wide_from=_WIDE_FROM, shares=(1, 1)
            )
        )
        health.part_changed.connect(self._on_part)
        journal.rows_changed.connect(self.rows.upsert)
        journal.failed.connect(self.table.set_hint)
        self.table.row_opened.connect(self._open_row)
        self.tiles.show_parts(health.parts)

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer nothing of its own: the table's keys are enough."""

    def focus_target(self) -> QWidget:
        """Give the keys to the journal."""
        return self.table

    def _on_part(self, _part: HealthMoved) -> None:
        parts = self._health.parts
        self.tiles.show_parts(parts)
        worst = sum(part.state in {HealthState.BAD, HealthState.WARNING} for part in parts)
        title = tr("Health")
        self.set_title(tr("{title} ({count})", title=title, count=worst) if worst else title)

    def _open_row(self, row: JournalRow) -> None:
        dialog = DetailDialog(
            title=tr("Journal row {number}", number=row.sequence),
            fields=journal_fields(row),
            parent=self,
        )
        dialog.show()
        dialog.activateWindow()


def journal_columns() -> list[Column[JournalRow]]:
    """Return the columns of the journal."""
    return [
        Column(
            title=tr("Time"),
            text=lambda row: fmt.clock_time(row.draft.ts_event),
            sample="00:00:00",
            tone=lambda _row: Tone.MUTED,
            tip=lambda row: fmt.moment(row.draft.ts_event),
        ),
        Column(title=tr("What"), text=lambda row: row.draft.type, sample="OrderMoved.filled"),
        Column(
            title=tr("Detail"),
            text=lambda row: _summary(row.draft.payload),
            sample="what the row says, in a few words",
        ),
        Column(
            title=tr("Origin"),
            text=lambda row: row.draft.origin or fmt.UNKNOWN,
            sample="strategy",
            tone=lambda _row: Tone.MUTED,
        ),
        Column(
            title=tr("Row"),
            text=lambda row: str(row.sequence),
            sample="1000000",
            tone=lambda _row: Tone.MUTED,
            is_number=True,
        ),
    ]


def journal_fields(row: JournalRow) -> list[tuple[str, str]]:
    """Return everything a journal row holds."""
    draft = row.draft
    return [
        (tr("type"), f"{draft.type} v{draft.version}"),
        (tr("happened"), fmt.moment(draft.ts_event)),
        (tr("written"), fmt.moment(row.ts_init)),
        (tr("account"), draft.account or fmt.UNKNOWN),
        (tr("origin"), draft.origin or fmt.UNKNOWN),
        (tr("correlation"), draft.correlation or fmt.UNKNOWN),
        (tr("causation"), draft.causation or fmt.UNKNOWN),
        *((name.replace("_", " "), _text(value)) for name, value in draft.payload.items()),
        (tr("seal"), row.digest),
    ]


def _summary(payload: Any) -> str:  # a JSON object: what each type holds differs
    words = [f"{name} {_text(value)}" for name, value in payload.items() if value not in ("", None)]
    return ", ".join(words)[:200]


def _text(value: object) -> str:
    return fmt.moment(value) if isinstance(value, datetime) else str(value)
