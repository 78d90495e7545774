"""Guard each filled entry by its stop and its target."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from decimal import Decimal
from typing import Any

from fks_desk.core.clock import Clock
from fks_desk.core.ids import new_client_id
from fks_desk.core.messages import NoticeRaised, Severity
from fks_desk.core.model import (
    ZERO,
    ClientOrderId,
    Instrument,
    InstrumentId,
    Order,
    OrderIntent,
    OrderKind,
    OrderState,
    Origin,
    Side,
)
from fks_desk.core.nursery import Nursery
from fks_desk.core.orders import TERMINAL_STATES
from fks_desk.core.ports import Publish
from fks_desk.core.terms import Exits, Family, ParentId, Role, Terms
from fks_desk.trading.books.account import Books, Instruments
from fks_desk.trading.working.sender import Sender

log = logging.getLogger(__name__)

FreeBase = Callable[[Instrument], Decimal]

_FAILED = frozenset({OrderState.REJECTED, OrderState.ABSENT})
_MOST_TRIES = 3


class ExitGuard:
    """Attach exits to entries that filled, and put a guard back that a fill or a refusal took.

    A stop and its target go to the venue as a pair where it has pairs. Elsewhere the
    target rests there and the stop is held by the desk. `free_base` returns what is
    free of the instrument's base currency.
    """

    def __init__(
        self,
        *,
        books: Books,
        sender: Sender,
        instruments: Instruments,
        free_base: FreeBase,
        nursery: Nursery,
        clock: Clock,
        publish: Publish,
    ) -> None:
        self._books = books
        self._sender = sender
        self._instruments = instruments
        self._free_base = free_base
        self._nursery = nursery
        self._clock = clock
        self._publish = publish
        self._tries: dict[ParentId, int] = {}

    def on_moved(self, order: Order) -> None:
        """Guard an entry that has ended with a fill; guard the rest of what a target left."""
        intent = order.intent
        if order.state not in TERMINAL_STATES:
            return
        if intent.terms.exits is not None and order.filled > 0:
            self._start(self.guard(order), order)
        elif self._has_lost_its_guard(order):
            self._start(self._guard_again(order), order)

    async def guard(self, entry: Order) -> None:
        """Attach the exits of an entry, once."""
        exits, parent = entry.intent.terms.exits, ParentId(entry.client_id)
        if exits is None or self._books.blotter.children(parent):
            return
        instrument = self._instruments().get(entry.intent.instrument)
        if instrument is None:
            return
        side = entry.intent.side.opposite
        size = entry.filled
        if side is Side.SELL:
            size = min(size, max(ZERO, self._free_base(instrument)))
        await self.attach(parent, instrument.id, side, instrument.snap_size(size), exits)

    async def attach(
        self, parent: ParentId, instrument: InstrumentId, side: Side, size: Decimal, exits: Exits
    ) -> None:
        """Place a stop, a target, or both for so much of an instrument."""
        if size <= 0:
            return
        number = len(self._books.blotter.children(parent))
        target = self._target(parent, instrument, side, size, exits, number)
        stop = self._stop(parent, instrument, side, size, exits, number)
        if target is not None and stop is not None and self._takes_pair(stop):
            if not await self._sender.place_pair(target, stop):
                self._alarm(stop, "the venue's pair was not sent")
            return
        # The stop first: a loss is bounded before a gain is looked for.
        for intent in (stop, target):
            if intent is not None and await self._sender.place(intent) is None:
                self._alarm(intent, "it was not sent")

    def _takes_pair(self, stop: OrderIntent) -> bool:
        return self._sender.abilities.has_pairs and self._sender.takes(stop)

    def _has_lost_its_guard(self, order: Order) -> bool:
        """Tell whether a stop is gone that the position still needs.

        Either the venue refused it, or its target filled in part and then both ended.
        """
        family = order.intent.family
        if family is None or family.role is not Role.STOP or order.filled:
            return False
        if order.state in _FAILED:
            return True
        target = self._sibling(order, Role.TARGET)
        return (
            target is not None
            and target.state in TERMINAL_STATES
            and ZERO < target.filled < target.intent.size
        )

    async def _guard_again(self, stop: Order) -> None:
        family, intent = stop.intent.family, stop.intent
        if family is None:
            return
        tries = self._tries[family.parent] = self._tries.get(family.parent, 0) + 1
        target = self._sibling(stop, Role.TARGET)
        left = intent.size - (target.filled if target is not None else ZERO)
        if tries > _MOST_TRIES:
            self._alarm(intent, f"it was refused {_MOST_TRIES} times: {stop.reason}")
            return
        number = len(self._books.blotter.children(family.parent))
        again = replace(
            intent,
            client_id=ClientOrderId(new_client_id()),
            size=left,
            family=replace(family, number=number),
            created=self._clock.now(),
        )
        # Held by the desk: what the venue has refused once it may refuse again.
        if left > 0 and await self._sender.place(again, is_held=True) is None:
            self._alarm(again, "it was not sent")

    def _sibling(self, order: Order, role: Role) -> Order | None:
        family = order.intent.family
        if family is None:
            return None
        for other in self._books.blotter.children(family.parent):
            theirs = other.intent.family
            if theirs is not None and (theirs.role, theirs.number) == (role, family.number):
                return other
        return None

    def _target(
        self,
        parent: ParentId,
        instrument: InstrumentId,
        side: Side,
        size: Decimal,
        exits: Exits,
        number: int,
    ) -> OrderIntent | None:
        if exits.target is None:
            return None
        return OrderIntent(
            client_id=ClientOrderId(f"{parent}-t{number}"),
            account=self._books.account.id,
            instrument=instrument,
            side=side,
            kind=OrderKind.LIMIT,
            size=size,
            limit_price=exits.target,
            reference_price=exits.target,
            origin=Origin.DESK,
            terms=Terms(is_reduce_only=True),
            family=Family(parent=parent, role=Role.TARGET, number=number),
            created=self._clock.now(),
        )

    def _stop(
        self,
        parent: ParentId,
        instrument: InstrumentId,
        side: Side,
        size: Decimal,
        exits: Exits,
        number: int,
    ) -> OrderIntent | None:
        if not exits.has_stop:
            return None
        last = self._sender.last_price(instrument)
        trails = exits.stop is None
        reference = last if trails else exits.stop
        if reference is None:
            return None
        return OrderIntent(
            client_id=ClientOrderId(f"{parent}-s{number}"),
            account=self._books.account.id,
            instrument=instrument,
            side=side,
            kind=OrderKind.TRAILING_STOP if trails else OrderKind.STOP,
            size=size,
            reference_price=reference,
            origin=Origin.DESK,
            terms=Terms(trigger_price=exits.stop, trail_bps=exits.trail_bps, is_reduce_only=True),
            family=Family(parent=parent, role=Role.STOP, number=number),
            created=self._clock.now(),
        )

    def _start(self, work: Coroutine[Any, Any, None], order: Order) -> None:
        self._nursery.start(work, name=f"guard {order.client_id}")

    def _alarm(self, intent: OrderIntent, why: str) -> None:
        text = (
            f"The {intent.kind.replace('_', ' ')} that guards {intent.size} of "
            f"{intent.instrument} is not in force: {why}. The position may be unprotected."
        )
        log.error("unprotected: %s", text)
        self._publish(NoticeRaised(severity=Severity.ERROR, text=text, topic="trading"))
