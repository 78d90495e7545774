"""Keep one account's orders, positions and funds in memory, as the store has them."""

from __future__ import annotations

from collections.abc import Iterable

from fks_desk.core.model import (
    ClientOrderId,
    InstrumentId,
    Order,
    OrderState,
    Position,
    VenueOrderId,
)
from fks_desk.core.orders import OPEN_STATES
from fks_desk.trading.books.funds import Funds


class Blotter:
    """Hold every open order, and the newest of those that have ended."""

    def __init__(self, *, remembered: int) -> None:
        self.funds = Funds()
        self.positions: dict[InstrumentId, Position] = {}
        self._open: dict[ClientOrderId, Order] = {}
        self._ended: dict[ClientOrderId, Order] = {}
        self._by_venue_id: dict[tuple[InstrumentId, VenueOrderId], ClientOrderId] = {}
        self._remembered = remembered

    def put(self, order: Order) -> None:
        """Take an order's newest state."""
        self._open.pop(order.client_id, None)
        self._ended.pop(order.client_id, None)
        target = self._open if order.state in OPEN_STATES else self._ended
        target[order.client_id] = order
        if order.venue_order_id is not None:
            self._by_venue_id[order.intent.instrument, order.venue_order_id] = order.client_id
        self._forget()

    def order(self, client_id: ClientOrderId) -> Order | None:
        """Return the order, or None if it is not in memory."""
        return self._open.get(client_id) or self._ended.get(client_id)

    def order_of(self, instrument: InstrumentId, venue_id: VenueOrderId) -> Order | None:
        """Return the order that the venue calls so, or None."""
        client_id = self._by_venue_id.get((instrument, venue_id))
        return None if client_id is None else self.order(client_id)

    def open_orders(self, instrument: InstrumentId | None = None) -> tuple[Order, ...]:
        """Return the orders that may still trade, of all instruments or of one."""
        return tuple(
            order
            for order in self._open.values()
            if instrument is None or order.intent.instrument == instrument
        )

    def orders_in(self, states: Iterable[OrderState]) -> tuple[Order, ...]:
        """Return the open orders that are in one of the states."""
        wanted = frozenset(states)
        return tuple(order for order in self._open.values() if order.state in wanted)

    def _forget(self) -> None:
        while len(self._ended) > self._remembered:
            client_id = next(iter(self._ended))
            order = self._ended.pop(client_id)
            if order.venue_order_id is not None:
                self._by_venue_id.pop((order.intent.instrument, order.venue_order_id), None)
