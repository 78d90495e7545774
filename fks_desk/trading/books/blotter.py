"""Keep one account's orders, positions and funds in memory, as the store has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from fks_desk.core.model import (
    ZERO,
    ClientOrderId,
    InstrumentId,
    Order,
    OrderState,
    Position,
    Side,
    VenueOrderId,
)
from fks_desk.core.orders import OPEN_STATES
from fks_desk.core.terms import ParentId, Role
from fks_desk.trading.books.funds import Funds


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Sum up what the open orders of one instrument and side may still trade.

    `worth` counts at each order's worst price; `at_market` is the part of it that
    market orders hold, which may cost a little more.
    """

    size: Decimal = ZERO
    worth: Decimal = ZERO
    at_market: Decimal = ZERO

    def changed(self, order: Order, sign: int) -> Claims:
        """Return the sums with an order added (+1) or taken away (-1)."""
        size = max(ZERO, order.remaining) * sign
        worth = size * order.intent.worst_price
        is_market = not order.intent.kind.has_limit
        return Claims(
            size=self.size + size,
            worth=self.worth + worth,
            at_market=self.at_market + (worth if is_market else ZERO),
        )


NO_CLAIMS = Claims()
_EXITS = frozenset({Role.TARGET, Role.STOP})


class Blotter:
    """Hold every open order, and the newest of those that have ended.

    The sums of what open orders claim are kept up to date with each change, so
    that a risk check does not walk through a thousand orders. Of the exits of one
    position only one can ever fill, so together they claim what the largest does; a
    reducing order that the desk holds itself claims nothing until it leaves.
    """

    def __init__(self, *, remembered: int) -> None:
        self.funds = Funds()
        self.positions: dict[InstrumentId, Position] = {}
        # How perpetuals are traded, and the prices that their margin counts with.
        self.leverages: dict[InstrumentId, Decimal] = {}
        self.marks: dict[InstrumentId, Decimal] = {}
        self._open: dict[ClientOrderId, Order] = {}
        self._ended: dict[ClientOrderId, Order] = {}
        self._by_venue_id: dict[tuple[InstrumentId, VenueOrderId], ClientOrderId] = {}
        self._claims: dict[tuple[InstrumentId, Side], Claims] = {}
        self._unknown: dict[InstrumentId, int] = {}
        self._exits: dict[ParentId, dict[ClientOrderId, Order]] = {}
        self._remembered = remembered

    def leverage(self, instrument: InstrumentId) -> Decimal:
        """Return the leverage of a perpetual; one that is not known yet counts as none."""
        return self.leverages.get(instrument, Decimal(1))

    def put(self, order: Order) -> None:
        """Take an order's newest state."""
        before = self._open.pop(order.client_id, None)
        if before is not None:
            self._sum_up(before, -1)
        if order.state in OPEN_STATES:
            self._sum_up(order, 1)
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

    @property
    def open_count(self) -> int:
        """Return how many orders may still trade."""
        return len(self._open)

    @property
    def claims(self) -> Mapping[tuple[InstrumentId, Side], Claims]:
        """Return what open orders may still trade, by instrument and side."""
        return self._claims

    def claims_of(self, instrument: InstrumentId, side: Side) -> Claims:
        """Return what the open orders of one instrument and side may still trade."""
        return self._claims.get((instrument, side), NO_CLAIMS)

    def unknown_in(self, instrument: InstrumentId) -> int:
        """Return how many orders of the instrument have an unknown outcome."""
        return self._unknown.get(instrument, 0)

    def orders_in(self, states: Iterable[OrderState]) -> tuple[Order, ...]:
        """Return the open orders that are in one of the states."""
        wanted = frozenset(states)
        return tuple(order for order in self._open.values() if order.state in wanted)

    def children(self, parent: ParentId) -> tuple[Order, ...]:
        """Return the orders in memory that serve a parent."""
        both = (*self._open.values(), *self._ended.values())
        return tuple(o for o in both if o.intent.family and o.intent.family.parent == parent)

    @contextmanager
    def as_if_ended(self, orders: Iterable[Order]) -> Iterator[None]:
        """Measure without open orders, which another one is to take the place of."""
        now = [self._open[one.client_id] for one in orders if one.client_id in self._open]
        for order in now:
            self._sum_up(order, -1)
        try:
            yield
        finally:
            for order in now:
                self._sum_up(order, 1)

    def claimed_by_exits(self, parent: ParentId) -> Decimal:
        """Return what the exits of a family claim of the position: as much as the largest."""
        exits = self._exits.get(parent)
        return max(ZERO, _largest(exits).remaining) if exits else ZERO

    def _sum_up(self, order: Order, sign: int) -> None:
        instrument, family = order.intent.instrument, order.intent.family
        if order.state is OrderState.UNKNOWN:
            self._unknown[instrument] = self.unknown_in(instrument) + sign
        if order.state is OrderState.HELD and order.intent.terms.is_reduce_only:
            return
        if family is not None and family.role in _EXITS:
            self._sum_up_exit(order, family.parent, sign)
        else:
            self._claim(order, sign)

    def _sum_up_exit(self, order: Order, parent: ParentId, sign: int) -> None:
        exits = self._exits.setdefault(parent, {})
        if exits:
            self._claim(_largest(exits), -1)
        if sign > 0:
            exits[order.client_id] = order
        else:
            del exits[order.client_id]
        if exits:
            self._claim(_largest(exits), 1)
        else:
            del self._exits[parent]

    def _claim(self, order: Order, sign: int) -> None:
        key = order.intent.instrument, order.intent.side
        self._claims[key] = self._claims.get(key, NO_CLAIMS).changed(order, sign)

    def _forget(self) -> None:
        while len(self._ended) > self._remembered:
            client_id = next(iter(self._ended))
            order = self._ended.pop(client_id)
            if order.venue_order_id is not None:
                self._by_venue_id.pop((order.intent.instrument, order.venue_order_id), None)


def _largest(exits: Mapping[ClientOrderId, Order]) -> Order:
    return max(exits.values(), key=lambda order: (order.remaining, order.client_id))
