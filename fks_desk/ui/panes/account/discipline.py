"""Show what leaving the plan has cost or saved, line by line and summed up."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from fks_desk.core.discipline import Deed, Total
from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.account.discipline import (
    DisciplineModel,
    DisciplineRow,
    deed_text,
    ending_text,
    total_name,
)
from fks_desk.ui.models.format import Tone
from fks_desk.ui.models.target import ChartTarget
from fks_desk.ui.panes.detail import DetailDialog
from fks_desk.ui.panes.table_pane import TablePane
from fks_desk.ui.tables.column import Column
from fks_desk.ui.tables.model import KeyedTableModel
from fks_desk.ui.tables.view import DeskTable
from fks_desk.ui.text import tr


class DisciplinePane(TablePane[DisciplineRow]):
    """List decisions, newest on top; F5 judges, Enter opens the evidence, F4 the chart."""

    def __init__(self, *, model: DisciplineModel, parent: QWidget | None = None) -> None:
        super().__init__(
            name="discipline",
            title=tr("Discipline"),
            hint=tr(
                "Press F5 to price skipped signals, early exits and moved stops by the recorded "
                "candles."
            ),
            columns=columns(),
            key=lambda row: row.key,
            order=lambda row: row.decision.at,
            parent=parent,
        )
        self._model = model
        self.sums: KeyedTableModel[Total] = KeyedTableModel(
            total_columns(),
            key=lambda total: (total.group, total.name),
            order=_place,
            newest_first=False,
            parent=self,
        )
        self.sum_table = DeskTable(
            self.sums, name="discipline.sums", hint=tr("Sums by kind, hour and tag."), parent=self
        )
        self.sum_table.setAccessibleName(tr("Sums by kind, hour and tag"))
        self._box.insertWidget(2, self.sum_table, 1)
        self._box.setStretch(1, 2)
        model.rows_changed.connect(self.rows.reset)
        model.totals_changed.connect(self.sums.reset)
        model.summary_changed.connect(lambda text: self.heading.say(text, Tone.PLAIN))
        model.notice_changed.connect(self.notice.say)
        model.failed.connect(self.notice.say)
        self.table.row_opened.connect(self._open)

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer to judge and to show."""
        registry.register(
            Action(
                id="discipline.judge",
                title=tr("Price decisions that left the plan"),
                category=tr("Trade"),
                keys=("F5",),
                context=self.name,
                help=tr("Shadow trades on recorded candles, with fees; holes stay unknown."),
            ),
            self._model.judge,
        )
        registry.register(
            Action(
                id="discipline.chart",
                title=tr("Show the chosen decision on the chart"),
                category=tr("Trade"),
                keys=("F4",),
                context=self.name,
                help=tr("Go to the moment of the decision."),
            ),
            self._show_on_chart,
        )

    def _open(self, row: DisciplineRow) -> None:
        dialog = DetailDialog(
            title=f"{deed_text(row.decision.deed)} {row.instrument.symbol}",
            fields=self._model.evidence(row),
            parent=self,
        )
        dialog.open()

    def _show_on_chart(self) -> None:
        row = self.current()
        if row is None:
            self.notice.say(tr("Choose a line with the arrow keys."))
            return
        target = ChartTarget(instrument=row.decision.instrument, moment=row.decision.at)
        self.shown_on_chart.emit(target)


def columns() -> list[Column[DisciplineRow]]:
    """Return the columns of the decisions."""
    return [
        Column(
            title=tr("When"),
            text=lambda row: fmt.moment(row.decision.at),
            sample="2026-00-00 00:00:00",
            tone=lambda _row: Tone.MUTED,
        ),
        Column(
            title=tr("What"),
            text=lambda row: deed_text(row.decision.deed),
            sample="Skipped signal",
        ),
        Column(title=tr("Symbol"), text=lambda row: row.instrument.symbol, sample="WWWW/USDT"),
        Column(
            title=tr("Plan ended by"),
            text=lambda row: ending_text(row.verdict.outcome),
            sample="not yet: at the newest candle",
        ),
        Column(
            title=tr("Plan"),
            text=lambda row: fmt.signed(row.verdict.planned, 2),
            sample="+123,456.00",
            is_number=True,
        ),
        Column(
            title=tr("Happened"),
            text=lambda row: fmt.signed(row.decision.actual, 2),
            sample="+123,456.00",
            is_number=True,
        ),
        Column(
            title=tr("Saved"),
            text=lambda row: fmt.signed(row.verdict.difference, 2),
            sample="+123,456.00",
            tone=lambda row: fmt.tone_of(row.verdict.difference),
            is_number=True,
            tip=lambda _row: tr("what happened less what the plan would have made"),
        ),
        Column(title=tr("Of"), text=lambda row: row.decision.label, sample="rsi_reversion 15m"),
        Column(title=tr("Tags"), text=lambda row: " ".join(row.tags), sample="breakout"),
    ]


def total_columns() -> list[Column[Total]]:
    """Return the columns of the sums."""
    return [
        Column(title=tr("By"), text=total_name, sample="Hour (UTC)"),
        Column(title=tr("Which"), text=which_text, sample="Skipped signal"),
        Column(
            title=tr("Count"), text=lambda total: str(total.count), sample="1234", is_number=True
        ),
        Column(
            title=tr("Unknown"),
            text=lambda total: str(total.unknown),
            sample="1234",
            is_number=True,
            tone=lambda total: Tone.WARNING if total.unknown else Tone.MUTED,
        ),
        Column(
            title=tr("Saved"),
            text=lambda total: (
                fmt.signed(total.difference, 2) if total.count > total.unknown else fmt.UNKNOWN
            ),
            sample="+123,456.00",
            tone=lambda total: fmt.tone_of(total.difference),
            is_number=True,
        ),
    ]


def which_text(total: Total) -> str:
    """Name the kind, the hour or the tag of a sum as people read it."""
    return deed_text(Deed(total.name)) if total.group == "kind" else total.name


def _place(total: Total) -> tuple[int, str]:
    return ("kind", "hour", "tag").index(total.group), total.name
