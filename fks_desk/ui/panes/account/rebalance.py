"""Show wanted weights beside those that are, and the orders between them."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.account.rebalance import RebalanceModel, WeightRow
from fks_desk.ui.models.format import Tone
from fks_desk.ui.panes.account.orders import side_text, side_tone
from fks_desk.ui.panes.ask_line import AskLine
from fks_desk.ui.panes.table_pane import TablePane
from fks_desk.ui.tables.column import Column
from fks_desk.ui.text import tr


class RebalancePane(TablePane[WeightRow]):
    """List weights; Ins adds one, F5 works the orders out, Ctrl+Enter asks and then sends them."""

    def __init__(self, *, model: RebalanceModel, parent: QWidget | None = None) -> None:
        super().__init__(
            name="rebalance",
            title=tr("Rebalancing"),
            hint=tr("No weight is set. Press Ins and type a symbol and its weight: BTC/USDT 40."),
            columns=columns(),
            key=lambda row: row.key,
            order=lambda row: (-row.wanted, row.instrument.symbol),
            newest_first=False,
            parent=parent,
        )
        self._model = model
        self.line = AskLine(name="rebalance.line", home=lambda: self.table)
        self._box.addWidget(self.line)
        model.rows_changed.connect(self._show)
        model.summary_changed.connect(lambda text: self.heading.say(text, Tone.PLAIN))
        model.notice_changed.connect(self.notice.say)
        model.failed.connect(self.notice.say)

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer to change weights, to propose and to send."""
        offers = (
            ("set", tr("Set a weight"), "Ins", tr("Type a symbol and percent: BTC/USDT 40."),
             lambda: self._ask("")),
            ("change", tr("Change the chosen weight"), "F2", tr("Type the new percent."),
             self._change),
            ("remove", tr("Take the chosen weight out"), "Del",
             tr("What is held of it stays as it is."),
             lambda: self._model.remove(self.current())),
            ("propose", tr("Work out the orders that reach the weights"), "F5",
             tr("Nothing is sent."), self._model.propose),
            ("send", tr("Send the orders that reach the weights"), "Ctrl+Return",
             tr("Every amount is repeated; nothing leaves before you type yes."), self._confirm),
        )  # fmt: skip
        for name, title, key, help_, run in offers:
            registry.register(
                Action(
                    id=f"rebalance.{name}",
                    title=title,
                    category=tr("Trade"),
                    keys=(key,),
                    context=self.name,
                    help=help_,
                ),
                run,
            )

    def _show(self, rows: list[WeightRow]) -> None:
        if {row.key for row in rows} == self._keys():
            self.rows.upsert(rows)
        else:
            self.rows.reset(rows)

    def _keys(self) -> set[object]:
        lines = (self.rows.key_at(line) for line in range(self.rows.rowCount()))
        return set(lines)

    def _ask(self, text: str) -> None:
        self.raised.emit()
        self.line.ask(tr("Symbol and weight in %"), self._model.set_weight, text)

    def _change(self) -> None:
        row = self.current()
        if row is not None:
            self._ask(f"{row.instrument.symbol} {fmt.editable(row.wanted * 100)}")
        else:
            self._ask("")

    def _confirm(self) -> None:
        self.raised.emit()
        question = self._model.question()
        if question is not None:
            self.line.ask(question, self._model.confirm)


def columns() -> list[Column[WeightRow]]:
    """Return the columns of the table."""
    return [
        Column(title=tr("Symbol"), text=lambda row: row.instrument.symbol, sample="WWWW/USDT"),
        Column(
            title=tr("Wanted"),
            text=lambda row: fmt.share(row.wanted * 100, 2),
            sample="100.00 %",
            is_number=True,
        ),
        Column(
            title=tr("Now"),
            text=lambda row: fmt.share(None if row.now is None else row.now * 100, 2),
            sample="100.00 %",
            is_number=True,
        ),
        Column(
            title=tr("Away"),
            text=lambda row: fmt.percent(None if row.now is None else (row.now - row.wanted) * 100),
            sample="+100.00 %",
            is_number=True,
            tone=lambda row: Tone.MUTED if row.now is None or row.order is None else Tone.WARNING,
        ),
        Column(
            title=tr("Order"),
            text=lambda row: side_text(row.order.side) if row.order is not None else tr("none"),
            sample="▼ Sell",
            tone=lambda row: side_tone(row.order.side) if row.order is not None else Tone.MUTED,
        ),
        Column(
            title=tr("Size"),
            text=lambda row: fmt.exact(row.order.size if row.order is not None else None),
            sample="0.12345678",
            is_number=True,
        ),
        Column(
            title=tr("Worth"),
            text=lambda row: fmt.number(None if row.order is None else row.order.notional, 2),
            sample="123,456.00",
            is_number=True,
        ),
    ]
