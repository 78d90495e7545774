"""Show an account's executions."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from fks_desk.core.model import Liquidity
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.account.fills import FillRow, FillsModel
from fks_desk.ui.models.format import Tone
from fks_desk.ui.models.target import ChartTarget
from fks_desk.ui.panes.account.orders import side_text, side_tone
from fks_desk.ui.panes.table_pane import TablePane
from fks_desk.ui.tables.column import Column
from fks_desk.ui.text import tr


class FillsPane(TablePane[FillRow]):
    """List fills, newest on top; Enter shows one on the chart."""

    def __init__(self, *, model: FillsModel, parent: QWidget | None = None) -> None:
        super().__init__(
            name="fills",
            title=tr("Fills"),
            hint=tr("No fill yet. Orders show up here when the market takes them."),
            columns=columns(),
            key=lambda row: row.key,
            order=lambda row: row.moment,
            parent=parent,
        )
        model.rows_changed.connect(self.rows.upsert)
        model.failed.connect(self.notice.say)
        self.table.row_opened.connect(self.open_on_chart)

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer nothing of its own: the table's keys are enough."""

    def target_of(self, row: FillRow) -> ChartTarget:
        """Return where the fill happened."""
        fill = row.fill
        return ChartTarget(instrument=fill.instrument, moment=fill.ts_event, price=fill.price)


def columns() -> list[Column[FillRow]]:
    """Return the columns of the table."""
    return [
        Column(
            title=tr("Time"),
            text=lambda row: fmt.moment(row.moment),
            sample="2026-00-00 00:00:00",
            tone=lambda _row: Tone.MUTED,
        ),
        Column(title=tr("Symbol"), text=lambda row: row.symbol, sample="WWWW/USDT"),
        Column(
            title=tr("Side"),
            text=lambda row: side_text(row.fill.side),
            sample="▼ Sell",
            tone=lambda row: side_tone(row.fill.side),
        ),
        Column(
            title=tr("Size"),
            text=lambda row: fmt.exact(row.fill.size),
            sample="0.12345678",
            is_number=True,
        ),
        Column(
            title=tr("Price"),
            text=lambda row: fmt.number(
                row.fill.price, row.instrument.price_digits if row.instrument else 2
            ),
            sample="123,456.00",
            is_number=True,
        ),
        Column(
            title=tr("Cash"),
            text=lambda row: fmt.signed(row.cash, 2),
            sample="−123,456.00",
            is_number=True,
            tip=lambda row: fmt.exact(row.cash),
        ),
        Column(
            title=tr("Fee"),
            text=lambda row: f"{fmt.exact(row.fill.fee.amount)} {row.fill.fee.currency}",
            sample="0.12345678 USDT",
            tone=lambda _row: Tone.MUTED,
            is_number=True,
        ),
        Column(
            title=tr("Role"),
            text=lambda row: _role(row.fill.liquidity),
            sample="maker",
            tone=lambda _row: Tone.MUTED,
            is_centered=True,
        ),
        Column(
            title=tr("Trade"),
            text=lambda row: row.fill.trade_id,
            sample="1234567890",
            tone=lambda _row: Tone.MUTED,
        ),
    ]


def _role(liquidity: Liquidity) -> str:
    return tr("maker") if liquidity is Liquidity.MAKER else tr("taker")
