"""Tell how much of a position a stop guards, and where that stop waits."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fks_desk.core.model import (
    ZERO,
    AccountId,
    ClientOrderId,
    InstrumentId,
    Order,
    OrderState,
    Position,
)
from fks_desk.core.orders import OPEN_STATES

# Only what the venue has confirmed, or what the desk itself watches: no other stop is in force.
_AT_VENUE = frozenset({OrderState.OPEN, OrderState.PARTIAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Hold how much stops at the venue and stops held by the desk would close."""

    at_venue: Decimal = ZERO
    held: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """Return both together."""
        return self.at_venue + self.held


NO_COVER = Cover()


class Covers:
    """Keep the open stops of one account."""

    def __init__(self, account: AccountId) -> None:
        self._account = account
        self._stops: dict[InstrumentId, dict[ClientOrderId, Order]] = {}
        self._ended: set[ClientOrderId] = set()

    def take(self, order: Order) -> bool:
        """Take an order's newest state; return whether any cover changed."""
        intent = order.intent
        if intent.account != self._account or not intent.kind.is_stop:
            return False
        stops = self._stops.setdefault(intent.instrument, {})
        known = stops.get(order.client_id)
        if known is not None and known.updated > order.updated:
            return False
        if order.state in OPEN_STATES and order.client_id not in self._ended:
            stops[order.client_id] = order
            return True
        self._ended.add(order.client_id)
        return stops.pop(order.client_id, None) is not None

    def of(self, position: Position) -> Cover:
        """Return what guards a position; nothing guards one that is flat."""
        at_venue = held = ZERO
        for order in self._stops.get(position.instrument, {}).values():
            if order.intent.side.sign * position.size >= 0:
                continue
            if order.state in _AT_VENUE:
                at_venue += order.remaining
            elif order.state is OrderState.HELD:
                held += order.remaining
        size = abs(position.size)
        return Cover(at_venue=min(at_venue, size), held=min(held, max(ZERO, size - at_venue)))
