"""Show the lots that a holding is made of, and write cost basis and fees to files."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.account.costs import CostsModel, LotRow
from fks_desk.ui.models.format import Tone
from fks_desk.ui.models.target import ChartTarget
from fks_desk.ui.panes.table_pane import TablePane
from fks_desk.ui.tables.column import Column
from fks_desk.ui.text import tr


class CostsPane(TablePane[LotRow]):
    """List open lots, first in first out; Enter shows one on the chart, Ctrl+E writes files."""

    def __init__(self, *, model: CostsModel, parent: QWidget | None = None) -> None:
        super().__init__(
            name="costs",
            title=tr("Cost basis"),
            hint=tr("Nothing is held, so there is no open lot. Ctrl+E writes what was closed."),
            columns=columns(),
            key=lambda row: row.key,
            order=lambda row: row.lot.opened,
            newest_first=False,
            parent=parent,
        )
        self._model = model
        model.rows_changed.connect(self.rows.reset)
        model.summary_changed.connect(lambda text: self.heading.say(text, Tone.PLAIN))
        model.notice_changed.connect(self.notice.say)
        model.failed.connect(self.notice.say)
        self.table.row_opened.connect(self._show_on_chart)

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer to write the files."""
        registry.register(
            Action(
                id="costs.export",
                title=tr("Write cost basis, fees and funding to files"),
                category=tr("Trade"),
                keys=("Ctrl+E",),
                context=self.name,
                help=tr("Every closed part by FIFO and by average, each fee and funding, as csv."),
            ),
            self._model.export,
        )

    def _show_on_chart(self, row: LotRow) -> None:
        target = ChartTarget(instrument=row.instrument.id, moment=row.lot.opened)
        self.shown_on_chart.emit(target)


def columns() -> list[Column[LotRow]]:
    """Return the columns of the table."""
    return [
        Column(
            title=tr("Opened"),
            text=lambda row: fmt.moment(row.lot.opened),
            sample="2026-00-00 00:00:00",
            tone=lambda _row: Tone.MUTED,
        ),
        Column(title=tr("Symbol"), text=lambda row: row.instrument.symbol, sample="WWWW/USDT"),
        Column(
            title=tr("Size"),
            text=lambda row: fmt.exact(row.lot.size),
            sample="−0.12345678",
            is_number=True,
        ),
        Column(
            title=tr("Cost of one"),
            text=lambda row: fmt.number(row.lot.price, row.instrument.price_digits),
            sample="123,456.00",
            is_number=True,
            tip=lambda row: fmt.exact(row.lot.price),
        ),
        Column(
            title=tr("Cost"),
            text=lambda row: fmt.number(row.lot.cost, 2),
            sample="−123,456.00",
            is_number=True,
            tip=lambda row: fmt.exact(row.lot.cost),
        ),
        Column(
            title=tr("Unrealised"),
            text=lambda row: fmt.signed(row.gain, 2),
            sample="+12,345.00",
            tone=lambda row: fmt.tone_of(row.gain),
            is_number=True,
            tip=lambda _row: tr("at the price of the newest fill or reading"),
        ),
        Column(title=tr("Trade"), text=lambda row: row.lot.trade, sample="123456789"),
    ]
