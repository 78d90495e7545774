"""Know which orders still rest, so that nobody quits without being asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QObject, Signal

from fks_desk.core.messages import OrderMoved
from fks_desk.core.model import AccountId, ClientOrderId, Order
from fks_desk.core.orders import TERMINAL_STATES
from fks_desk.ui.text import tr


class OpenOrders(QObject):
    """Follow every order until it ends."""

    changed = Signal(object)  # int: how many are open

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open: dict[tuple[AccountId, ClientOrderId], Order] = {}

    def __len__(self) -> int:
        return len(self._open)

    @property
    def accounts(self) -> Sequence[AccountId]:
        """Return the accounts that have open orders."""
        return tuple(dict.fromkeys(account for account, _ in self._open))

    def lines(self, most: int = 8) -> list[str]:
        """Return one line of text per open order, and a last one for what is left out."""
        texts = [_line(order) for order in self._open.values()]
        if len(texts) > most:
            return [*texts[:most], tr("and {count} more", count=len(texts) - most)]
        return texts

    def on_order_moved(self, event: OrderMoved) -> None:
        """Take an order's newest state."""
        self.take((event.order,))

    def take(self, orders: Iterable[Order]) -> None:
        """Take orders as they stand, open or ended."""
        before = len(self._open)
        for order in orders:
            key = (order.intent.account, order.client_id)
            if order.state in TERMINAL_STATES:
                self._open.pop(key, None)
            else:
                self._open[key] = order
        if len(self._open) != before:
            self.changed.emit(len(self._open))


def _line(order: Order) -> str:
    intent = order.intent
    price = "" if intent.limit_price is None else f" @ {intent.limit_price:f}"
    if intent.terms.trigger_price is not None:
        price += tr(" once at {price}", price=f"{intent.terms.trigger_price:f}")
    symbol = intent.instrument.rpartition(":")[2]
    return f"{intent.side.value} {order.remaining:f} {symbol}{price} · {order.state.value}"
