"""Lay out the fields of the order ticket."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from fks_desk.core.model import OrderKind, Side, TimeInForce
from fks_desk.ui.models.account.ticket import SHARES
from fks_desk.ui.models.account.ticket_check import TicketForm
from fks_desk.ui.panes.choice import Choice
from fks_desk.ui.panes.number_edit import NumberEdit
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.label import PlainLabel, restyle


class TicketFormView(QWidget):
    """Hold side, kind, size, price and time in force; tell of each change by a person."""

    time_in_force_chosen = Signal(object)  # TimeInForce
    share_chosen = Signal(object)  # int

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.side = Choice([(Side.BUY, tr("▲ Buy")), (Side.SELL, tr("▼ Sell"))], name="ticket.side")
        self.kind = Choice(
            [(OrderKind.LIMIT, tr("Limit")), (OrderKind.MARKET, tr("Market"))], name="ticket.kind"
        )
        self.time_in_force = self._time_in_force()
        self.size_edit = NumberEdit(name="ticket.size", title=tr("Size"))
        self.price_edit = NumberEdit(name="ticket.price", title=tr("Price"))
        self.shares: list[QPushButton] = []
        self._base = PlainLabel()
        self._quote = PlainLabel()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.side)
        kinds = QHBoxLayout()
        kinds.addWidget(self.kind, 1)
        kinds.addWidget(self.time_in_force)
        box.addLayout(kinds)
        box.addLayout(self._numbers())

    def show_form(self, form: TicketForm, base: str, quote: str, last: str) -> None:
        """Show what the model holds."""
        self._show_side(form.side)
        self.kind.show_value(form.kind)
        is_limit = form.kind is OrderKind.LIMIT
        self.time_in_force.setEnabled(is_limit)
        self.time_in_force.setCurrentIndex(list(TimeInForce).index(form.time_in_force))
        self.size_edit.show_text(form.size)
        self.price_edit.setEnabled(is_limit)
        self.price_edit.show_text(form.price if is_limit else "")
        hint = tr("last {price}", price=last) if is_limit else tr("market {price}", price=last)
        self.price_edit.setPlaceholderText(hint)
        self._base.setText(base)
        self._quote.setText(quote)

    def _show_side(self, side: Side) -> None:
        self.side.show_value(side)
        for one in Side:
            restyle(self.side.button(one), "side", one.value if one is side else "")

    def _numbers(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        rows = (
            (tr("Size"), self.size_edit, self._base),
            (tr("Price"), self.price_edit, self._quote),
        )
        for line, (title, edit, unit) in zip((0, 2), rows, strict=True):
            label = PlainLabel(title)
            label.setBuddy(edit)
            unit.setProperty("role", "muted")
            grid.addWidget(label, line, 0)
            grid.addWidget(edit, line, 1)
            grid.addWidget(unit, line, 2)
        grid.addLayout(self._shares(), 1, 1, 1, 2)
        return grid

    def _shares(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        for percent in SHARES:
            button = QPushButton(tr("{percent} %", percent=percent))
            button.setObjectName(f"ticket.share.{percent}")
            button.setToolTip(tr("Use {percent} % of what is free", percent=percent))
            button.setAutoDefault(False)
            button.setMinimumWidth(36)
            button.setStyleSheet("padding: 2px 2px;")
            button.clicked.connect(lambda _on, percent=percent: self.share_chosen.emit(percent))
            row.addWidget(button)
            self.shares.append(button)
        return row

    def _time_in_force(self) -> QComboBox:
        box = QComboBox()
        box.setObjectName("ticket.time_in_force")
        box.setAccessibleName(tr("Time in force"))
        tips = {
            TimeInForce.GTC: tr("Good till canceled"),
            TimeInForce.IOC: tr("Immediate or cancel"),
            TimeInForce.FOK: tr("Fill or kill"),
            TimeInForce.GTD: tr("Good till the end of the day, UTC"),
        }
        for number, one in enumerate(TimeInForce):
            box.addItem(one.value)
            box.setItemData(number, tips[one], 3)  # Qt.ItemDataRole.ToolTipRole
        box.setToolTip(tr("How long the order may rest"))
        box.activated.connect(
            lambda number: self.time_in_force_chosen.emit(list(TimeInForce)[number])
        )
        return box
