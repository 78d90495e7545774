"""Show what an account has of each currency."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.account.portfolio import BalanceRow, Equity, PortfolioModel
from fks_desk.ui.models.format import Tone
from fks_desk.ui.panes.table_pane import TablePane
from fks_desk.ui.tables.column import Column
from fks_desk.ui.text import tr


class BalancesPane(TablePane[BalanceRow]):
    """List balances with their worth."""

    def __init__(self, *, model: PortfolioModel, parent: QWidget | None = None) -> None:
        super().__init__(
            name="balances",
            title=tr("Balances"),
            hint=tr("No balance yet. The account's money shows up when the venue answers."),
            columns=columns(model.account.reporting_currency),
            key=lambda row: row.balance.currency,
            order=lambda row: row.balance.currency,
            newest_first=False,
            parent=parent,
        )
        model.balances_changed.connect(self.rows.upsert)
        model.equity_changed.connect(self._show_equity)
        model.failed.connect(self.notice.say)

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer nothing of its own: the table's keys are enough."""

    def _show_equity(self, equity: Equity) -> None:
        if equity.is_known:
            total = fmt.money(equity.total, equity.currency)
            self.heading.say(tr("Equity {total}", total=total), Tone.PLAIN)


def columns(reporting: str) -> list[Column[BalanceRow]]:
    """Return the columns of the table."""
    return [
        Column(title=tr("Currency"), text=lambda row: row.balance.currency, sample="WWWWW"),
        Column(
            title=tr("Free"),
            text=lambda row: fmt.exact(row.balance.free),
            sample="10,000.12345678",
            is_number=True,
        ),
        Column(
            title=tr("Locked"),
            text=lambda row: fmt.exact(row.balance.locked),
            sample="10,000.12345678",
            tone=lambda row: Tone.WARNING if row.balance.locked else Tone.MUTED,
            is_number=True,
        ),
        Column(
            title=tr("Total"),
            text=lambda row: fmt.exact(row.balance.total),
            sample="10,000.12345678",
            is_number=True,
        ),
        Column(
            title=tr("Worth in {currency}", currency=reporting),
            text=lambda row: fmt.number(row.worth, 2),
            sample="123,456.00",
            is_number=True,
        ),
    ]
