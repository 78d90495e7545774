"""Watch prices for the orders that wait for one, fixed or trailing."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from fks_desk.core.model import Side
from fks_desk.venue.ledger.records import LedgerKind, LedgerOrder

_WHOLE = Decimal(10_000)  # basis points


class _Watch(msgspec.Struct):
    """Hold one waiting order; `extreme` is the best price since a trail began, or None."""

    order_id: int
    stop_price: Decimal
    is_above: bool
    is_buy: bool
    trailing_bips: int
    extreme: Decimal | None = None

    def reached(self, price: Decimal) -> bool:
        """Take a price and tell whether the order goes to work."""
        if not self.trailing_bips:
            return self._passes(price)
        if self.extreme is None:
            if self.stop_price and not self._passes(price):
                return False
            self.extreme = price
        return self._trails(self.extreme, price)

    def _passes(self, price: Decimal) -> bool:
        return price >= self.stop_price if self.is_above else price <= self.stop_price

    def _trails(self, extreme: Decimal, price: Decimal) -> bool:
        """Move the extreme along, or tell that the price has come back from it far enough."""
        if self.is_buy:
            self.extreme = min(extreme, price)
            return price * _WHOLE >= self.extreme * (_WHOLE + self.trailing_bips)
        self.extreme = max(extreme, price)
        return price * _WHOLE <= self.extreme * (_WHOLE - self.trailing_bips)


class Triggers:
    """Hold the waiting orders of one pair, oldest first."""

    def __init__(self) -> None:
        self._watches: dict[int, _Watch] = {}

    def __len__(self) -> int:
        return len(self._watches)

    def note(self, order: LedgerOrder) -> None:
        """Watch an order while it waits, and no longer."""
        if order.is_waiting and order.status.is_open:
            self._watches.setdefault(order.id, _watch(order))
        else:
            self._watches.pop(order.id, None)

    def reached(self, price: Decimal) -> list[int]:
        """Take a price and return the orders that it puts to work, oldest first."""
        return [watch.order_id for watch in self._watches.values() if watch.reached(price)]

    def reached_by(self, order_id: int, price: Decimal) -> bool:
        """Show a price to one order alone and tell whether it goes to work."""
        watch = self._watches.get(order_id)
        return watch is not None and watch.reached(price)


def is_above(kind: LedgerKind, side: Side) -> bool:
    """Tell whether an order waits for a rising price: a stop to buy, or profit from a sale."""
    return kind.takes_profit is (side is Side.SELL)


def _watch(order: LedgerOrder) -> _Watch:
    return _Watch(
        order_id=order.id,
        stop_price=order.stop_price,
        is_above=is_above(order.kind, order.side),
        is_buy=order.side is Side.BUY,
        trailing_bips=order.trailing_bips,
    )
