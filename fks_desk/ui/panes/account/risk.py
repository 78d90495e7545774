"""Show what an account risks."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models.account.risk import RiskLine, RiskModel
from fks_desk.ui.models.format import Tone
from fks_desk.ui.panes.table_pane import TablePane
from fks_desk.ui.tables.column import Column
from fks_desk.ui.text import tr


class RiskPane(TablePane[RiskLine]):
    """List measures, each with its meaning beside it."""

    def __init__(self, *, model: RiskModel, parent: QWidget | None = None) -> None:
        super().__init__(
            name="risk",
            title=tr("Risk"),
            hint=tr("Nothing is measured yet: the account is valued once its balances are known."),
            columns=[
                Column(title=tr("Measure"), text=lambda row: row.name, sample="Value at risk"),
                Column(
                    title=tr("Value"),
                    text=lambda row: row.value,
                    sample="123,456.00",
                    is_number=True,
                ),
                Column(
                    title=tr("Meaning"),
                    text=lambda row: row.meaning,
                    sample="of equity, all symbols together, and then some",
                    tone=lambda _row: Tone.MUTED,
                ),
            ],
            key=lambda row: (row.name, row.meaning),
            order=lambda row: row.place,
            newest_first=False,
            parent=parent,
        )
        model.rows_changed.connect(self.rows.reset)
        model.state_changed.connect(
            lambda text, is_shut: self.heading.say(text, Tone.DOWN if is_shut else Tone.UP)
        )
        model.failed.connect(self.notice.say)

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer nothing of its own: the table's keys are enough."""
