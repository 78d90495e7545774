"""Hold the orders that the venue cannot, and let each leave when its price comes."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from fks_desk.core.clock import Clock
from fks_desk.core.messages import NoticeRaised, Severity
from fks_desk.core.model import ClientOrderId, InstrumentId, Order, OrderState
from fks_desk.core.nursery import Nursery
from fks_desk.core.orders import OPEN_STATES, TERMINAL_STATES, OrderMove
from fks_desk.core.ports import Publish
from fks_desk.core.terms import ParentId
from fks_desk.trading.books.account import Books
from fks_desk.trading.courier import Courier
from fks_desk.trading.working.cover import EXIT_ROLES, left, role_of
from fks_desk.trading.working.sender import Sender
from fks_desk.trading.working.trails import Trails
from fks_desk.trading.working.triggers import better, is_passed, trigger_of

log = logging.getLogger(__name__)

_AGAIN_S = 5.0


class HeldOrders:
    """Watch the prices for every held order, and the clock for every order with an expiry.

    A held stop leaves only after the venue has confirmed the end of every exit of its
    family that rests there: never can two of them fill.
    """

    def __init__(
        self,
        *,
        books: Books,
        sender: Sender,
        courier: Courier,
        nursery: Nursery,
        clock: Clock,
        publish: Publish,
        trails: Trails,
    ) -> None:
        self._trails = trails
        self._books = books
        self._sender = sender
        self._courier = courier
        self._nursery = nursery
        self._clock = clock
        self._publish = publish
        self._held: defaultdict[InstrumentId, dict[ClientOrderId, Order]] = defaultdict(dict)
        self._firing: dict[ClientOrderId, Decimal] = {}
        self._busy: set[ClientOrderId] = set()
        self._again: dict[ClientOrderId, float] = {}
        self._expiring: dict[ClientOrderId, datetime] = {}

    def on_moved(self, order: Order) -> None:
        """Take an order's newest state: begin or end to watch it, end its twin."""
        self._trails.on_moved(order)
        held = self._held[order.intent.instrument]
        if order.state is OrderState.HELD:
            is_new = order.client_id not in held
            self.take_up(order)
            if is_new and (last := self._sender.last_price(order.intent.instrument)) is not None:
                # The price may have come before the order did.
                self._trails.on_price(order.intent.instrument, last)
                self._judge(order, last)
            return
        if held.pop(order.client_id, None) is not None:
            # Where it followed to stays known: the stop that succeeds it goes on from there.
            self._firing.pop(order.client_id, None)
            self._again.pop(order.client_id, None)
        self._note_expiry(order)
        if order.state in TERMINAL_STATES:
            self._on_end(order)

    def take_up(self, order: Order) -> None:
        """Begin to watch for an order that was held before, and for its expiry."""
        if order.state is OrderState.HELD:
            self._held[order.intent.instrument][order.client_id] = order
        self._note_expiry(order)

    def best_of(self, order: Order) -> Decimal | None:
        """Return the price that a trailing stop follows, or None of any other order."""
        return self._trails.best_of(order) if self._trails.knows(order) else None

    def forget(self, orders: Iterable[Order]) -> None:
        """Forget where orders followed to that no other one succeeds."""
        self._trails.forget(orders)

    def is_firing(self, order: Order) -> bool:
        """Tell whether the price of a held order has come and it is about to leave."""
        return order.client_id in self._firing

    def on_price(self, instrument: InstrumentId, price: Decimal) -> None:
        """Let every held order leave whose price has come."""
        self._trails.on_price(instrument, price)
        for order in tuple(self._held[instrument].values()):
            self._judge(order, price)

    def _judge(self, order: Order, price: Decimal) -> None:
        intent = order.intent
        trigger = trigger_of(intent, better(intent, self._trails.best_of(order), price))
        if order.client_id not in self._firing and is_passed(intent, trigger, price):
            self._firing[order.client_id] = price
            self._begin(order, price)

    def on_time(self) -> None:
        """Take back every order whose time is over; go on with each that ought to have left."""
        self._fire_again()
        self._trails.on_time()
        now = self._clock.now()
        for client_id, expires in tuple(self._expiring.items()):
            order = self._books.blotter.order(client_id)
            if now < expires or order is None:
                continue
            # Asked for again until it is gone: a venue may refuse the first cancel.
            self._expiring[client_id] = now + timedelta(seconds=_AGAIN_S)
            if order.state is OrderState.HELD:
                move = self._books.move(client_id, OrderMove.EXPIRE, reason="its time is over")
                self._nursery.start(move, name=f"expire {client_id}")
            else:
                self._courier.cancel(order)

    def _note_expiry(self, order: Order) -> None:
        expires = order.intent.terms.expires
        if expires is None:
            return
        if order.state in OPEN_STATES:
            self._expiring[order.client_id] = expires
        else:
            self._expiring.pop(order.client_id, None)

    def _begin(self, order: Order, price: Decimal) -> None:
        """Let an order leave, by one task at a time."""
        if order.client_id not in self._busy:
            self._busy.add(order.client_id)
            self._again[order.client_id] = self._clock.monotonic() + _AGAIN_S
            self._nursery.start(self._fire(order, price), name=f"fire {order.client_id}")

    def _fire_again(self) -> None:
        """Repeat what was given up halfway: a rival that the venue did not let go, an error."""
        now = self._clock.monotonic()
        for client_id, price in tuple(self._firing.items()):
            order = self._books.blotter.order(client_id)
            if order is None or order.state is not OrderState.HELD:
                continue
            if now >= self._again[client_id] and self._unguarded(order) >= order.intent.size:
                self._begin(order, price)

    async def _fire(self, order: Order, price: Decimal) -> None:
        try:
            self._end_entry(order)
            if rivals := self._rivals(order):
                # The end of each brings us back here, by its news.
                for rival in rivals:
                    self._courier.cancel(rival)
                return
            await self._leave(order, price)
        finally:
            self._busy.discard(order.client_id)

    async def _leave(self, order: Order, price: Decimal) -> None:
        left = await self._sender.fire(order, price)
        if left is not None:
            return
        now = self._books.blotter.order(order.client_id)
        reason = now.reason if now is not None else "it is gone"
        self._publish(
            NoticeRaised(
                severity=Severity.ERROR,
                text=(
                    f"The {order.intent.kind.replace('_', ' ')} to {order.intent.side} "
                    f"{order.intent.size} {order.intent.instrument} could not leave: {reason}. "
                    "The position is not protected."
                ),
                topic="trading",
            )
        )

    def _on_end(self, ended: Order) -> None:
        """End a held exit that has nothing left to do; let one leave that waited for an end."""
        family = ended.intent.family
        if family is None or family.role not in EXIT_ROLES:
            return
        unguarded = self._unguarded(ended)
        for held in self._exits_of(family.parent):
            if held.state is not OrderState.HELD:
                continue
            price = self._firing.get(held.client_id)
            if unguarded <= 0:
                self._courier.cancel(held)
            elif price is not None and held.intent.size <= unguarded and not self._rivals(held):
                # One that is too large by now is replaced by the guard instead.
                self._begin(held, price)

    def _unguarded(self, order: Order) -> Decimal:
        """Return what the exits of an order's family have left to do, or all of its own size."""
        family = order.intent.family
        if family is None or family.role not in EXIT_ROLES:
            return order.intent.size
        entry = self._books.blotter.order(ClientOrderId(family.parent))
        return left(entry, self._exits_of(family.parent))

    def _end_entry(self, order: Order) -> None:
        """Take back what still rests of an entry whose exit has come."""
        family = order.intent.family
        if family is None or family.role not in EXIT_ROLES:
            return
        entry = self._books.blotter.order(ClientOrderId(family.parent))
        if entry is not None and entry.state in OPEN_STATES:
            self._courier.cancel(entry)

    def _rivals(self, order: Order) -> list[Order]:
        """Return the exits of the same family that may fill at the venue."""
        family = order.intent.family
        if family is None or family.role not in EXIT_ROLES:
            return []
        return [
            one
            for one in self._exits_of(family.parent)
            if one.state in OPEN_STATES and one.state is not OrderState.HELD
        ]

    def _exits_of(self, parent: ParentId) -> list[Order]:
        return [one for one in self._books.blotter.children(parent) if role_of(one) in EXIT_ROLES]
