"""Keep the resting orders of one pair in price-time priority."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from decimal import Decimal

from fks_desk.core.model import Side
from fks_desk.venue.ledger.records import LedgerOrder

_Entry = tuple[Decimal, int, int]  # rank, minus the place in the line, order id


class RestingSide:
    """Hold one side, the order that is served next at the end.

    The rank of a bid is its price, that of an ask minus its price: the higher the
    better on both sides.
    """

    def __init__(self, side: Side) -> None:
        self._is_bid = side is Side.BUY
        self._entries: list[_Entry] = []
        self._entry_of: dict[int, _Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, order_id: int) -> bool:
        return order_id in self._entry_of

    def best(self) -> tuple[Decimal, int] | None:
        """Return the price and id of the order that is served next."""
        if not self._entries:
            return None
        rank, _, order_id = self._entries[-1]
        return (rank if self._is_bid else -rank), order_id

    def in_line(self) -> Iterator[tuple[Decimal, int]]:
        """Yield price and id of each order, the one that is served next first."""
        for rank, _, order_id in reversed(self._entries):
            yield (rank if self._is_bid else -rank), order_id

    def add(self, order: LedgerOrder, place: int) -> None:
        """Put an order behind all others of its price."""
        entry = (order.price if self._is_bid else -order.price, -place, order.id)
        self._entry_of[order.id] = entry
        insort(self._entries, entry)

    def remove(self, order_id: int) -> None:
        """Take an order out, if it is there."""
        entry = self._entry_of.pop(order_id, None)
        if entry is not None:
            del self._entries[bisect_left(self._entries, entry)]


class RestingBook:
    """Hold both sides of one pair."""

    def __init__(self) -> None:
        self._sides = {side: RestingSide(side) for side in Side}
        self._place = 0

    def side(self, side: Side) -> RestingSide:
        """Return the bids for BUY and the asks for SELL."""
        return self._sides[side]

    def note(self, order: LedgerOrder) -> None:
        """Let an order stand in the book, or leave it, as its state says."""
        side = self._sides[order.side]
        if not order.rests:
            side.remove(order.id)
        elif order.id not in side:
            self._place += 1
            side.add(order, self._place)
