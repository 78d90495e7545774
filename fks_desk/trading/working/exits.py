"""Guard what an entry has filled by its stop and its target, from the first fill on."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

from fks_desk.core.clock import Clock
from fks_desk.core.messages import NoticeRaised, Severity
from fks_desk.core.model import (
    ZERO,
    ClientOrderId,
    Instrument,
    InstrumentId,
    Order,
    OrderIntent,
    OrderState,
    Side,
)
from fks_desk.core.nursery import Nursery
from fks_desk.core.orders import OPEN_STATES
from fks_desk.core.ports import Publish
from fks_desk.core.terms import Exits, ParentId, Role
from fks_desk.trading.books.account import STORAGE_DOWN, Books, Instruments
from fks_desk.trading.case import Refusal
from fks_desk.trading.courier import Courier
from fks_desk.trading.working.cover import (
    EXIT_ROLES,
    MOST_TRIES,
    Cover,
    Decision,
    Step,
    decide,
    left,
    number_of,
    role_of,
)
from fks_desk.trading.working.exit_orders import Leaving, market_intent, stop_intent, target_intent
from fks_desk.trading.working.family import exits_of, least, moved_target, parent_of
from fks_desk.trading.working.held import HeldOrders
from fks_desk.trading.working.pace import Pace
from fks_desk.trading.working.sender import Sender
from fks_desk.trading.working.triggers import better
from fks_desk.trading.working.turns import Turns

log = logging.getLogger(__name__)

FreeBase = Callable[[Instrument], Decimal]

_MOST_STEPS = 8
_ASK_AGAIN_S = 5.0
_FAILED = frozenset({OrderState.REJECTED, OrderState.ABSENT})


class ExitGuard:
    """Look at a family whenever one of its orders moved, and take the next step it needs.

    A stop and its target go to the venue as a pair where it has pairs, or apart where
    neither can open anything. Elsewhere the target rests there and the desk holds the
    stop. `free_base` returns what is free of the instrument's base currency.
    """

    def __init__(
        self,
        *,
        books: Books,
        sender: Sender,
        courier: Courier,
        instruments: Instruments,
        free_base: FreeBase,
        held: HeldOrders,
        nursery: Nursery,
        clock: Clock,
        publish: Publish,
    ) -> None:
        self._books = books
        self._sender = sender
        self._courier = courier
        self._instruments = instruments
        self._free_base = free_base
        self._held = held
        self._nursery = nursery
        self._clock = clock
        self._publish = publish
        self._pace = Pace(clock)
        self._turns: Turns[ParentId] = Turns()
        self._guarded: dict[ParentId, Decimal] = {}
        self._warned: set[ParentId] = set()
        self._short: set[ParentId] = set()
        self._is_awake = False
        self._alone: Counter[InstrumentId | None] = Counter()
        self._waiting: set[ParentId] = set()
        self._denied: dict[ParentId, Decimal] = {}
        self._refused: dict[ParentId, Refusal] = {}
        self._asked: dict[ClientOrderId, float] = {}

    def wake(self, orders: Iterable[Order]) -> None:
        """Take up every family among the orders; before this the account was not compared."""
        self._is_awake = True
        for parent in dict.fromkeys(map(parent_of, orders)):
            if parent is not None:
                self._start(parent)

    def on_moved(self, order: Order) -> None:
        """Look after the family of an order that has moved."""
        parent = parent_of(order)
        if parent is not None and self._is_awake:
            self._start(parent)

    def on_time(self) -> None:
        """Look again after each family that had to wait."""
        for parent in self._pace.due():
            self._start(parent)

    def on_money(self) -> None:
        """Look again after each family whose fills were told before the money they moved."""
        for parent in self._short:
            self._start(parent)
        self._short.clear()

    @asynccontextmanager
    async def left_alone(self, instrument: InstrumentId | None = None) -> AsyncIterator[None]:
        """Put no exits back around an instrument, or any, while somebody leaves it.

        A step under way is taken to its end first, so that its orders are known.
        """
        self._alone[instrument] += 1
        try:
            await self._turns.wait_out()
            yield
        finally:
            self._alone[instrument] -= 1
            waiting, self._waiting = self._waiting, set()
            for parent in waiting:
                self._start(parent)

    async def attach(
        self, parent: ParentId, instrument: InstrumentId, side: Side, size: Decimal, exits: Exits
    ) -> None:
        """Place a stop, a target, or both for so much of an instrument."""
        if size > 0:
            leaving = self._leaving(parent, instrument, side, size)
            async with self._turns.of(parent):
                await self._attach(leaving, exits)

    def wanted_of(self, guards: Iterable[Order]) -> Exits | None:
        """Return where the first family of these guards leaves, or None without one."""
        first = next((one.intent.family for one in guards if one.intent.family), None)
        if first is None:
            return None
        entry = self._books.blotter.order(ClientOrderId(first.parent))
        return exits_of(entry, self._exits_in(first.parent))

    async def hold(
        self, parent: ParentId, instrument: Instrument, size: Decimal, exits: Exits
    ) -> ClientOrderId | None:
        """Hold a stop of its own for so much, whatever rests at the venue; return its id."""
        position = self._books.blotter.positions.get(instrument.id)
        side = Side.BUY if position is not None and position.size < 0 else Side.SELL
        around = tuple(
            one
            for one in self._books.blotter.open_orders(instrument.id)
            if role_of(one) in EXIT_ROLES
        )
        leaving = self._leaving(parent, instrument.id, side, size)
        stop = stop_intent(leaving, exits, self._sender.last_price(instrument.id))
        if stop is None or not await self._place(stop, is_held=True, instead_of=around):
            return None
        return stop.client_id

    def is_paired(self, client_id: ClientOrderId) -> bool:
        """Tell whether the venue holds the order as one of a stop and a target."""
        order = self._books.blotter.order(client_id)
        family = None if order is None else order.intent.family
        if order is None or family is None or not self._sender.abilities.has_two:
            return False
        return order.state is not OrderState.HELD and any(
            one.state in OPEN_STATES
            and one.state is not OrderState.HELD
            and number_of(one) == family.number
            and one.client_id != client_id
            for one in self._exits_in(family.parent)
        )

    def stands_beside_a_stop(self, order: Order) -> bool:
        """Tell whether an order is a target whose stop can carry it to another price."""
        family = order.intent.family
        return family is not None and any(
            role_of(one) is Role.STOP and one.state in OPEN_STATES
            for one in self._exits_in(family.parent)
            if role_of(order) is Role.TARGET
        )

    async def move_stops(self, instrument: InstrumentId, price: Decimal) -> int:
        """Let every stop of an instrument's families wait at this price; return how many."""
        moved = [await self._move_stop(parent, price) for parent in self._stopped(instrument)]
        return sum(moved)

    def has_stops(self, instrument: InstrumentId) -> bool:
        """Tell whether any stop of a family waits around an instrument."""
        return bool(self._stopped(instrument))

    async def hold_stops(self, instrument: InstrumentId) -> None:
        """Hold every stop of an instrument's families that the venue holds, where it is."""
        for parent in self._stopped(instrument):
            await self._move_stop(parent, None)

    async def move_target(self, order: Order, price: Decimal) -> bool:
        """Let the target beside a stop wait at this price; return whether that has begun.

        The venue ends both of a pair together, so the desk holds the stop meanwhile;
        the pair comes back once the venue has confirmed the end of the old one. The
        stop that is held carries the new price: a crash at any point loses none of it.
        """
        family = order.intent.family
        if family is None:
            return False
        self._denied.pop(family.parent, None)
        return await self._move_stop(family.parent, None, target=price)

    def _stopped(self, instrument: InstrumentId) -> set[ParentId]:
        return {
            family.parent
            for one in self._books.blotter.open_orders(instrument)
            if role_of(one) is Role.STOP and (family := one.intent.family) is not None
        }

    async def _move_stop(
        self, parent: ParentId, price: Decimal | None, *, target: Decimal | None = None
    ) -> bool:
        """Hold a stop at the new price, or at its own; the old one goes once this one is there."""
        async with self._turns.of(parent):
            found = self._cover(parent)
            stop = None if found is None else found[0].newest(Role.STOP)
            if found is None or stop is None or stop.state not in OPEN_STATES:
                return False
            if (price, target) == (None, None) and stop.state is OrderState.HELD:
                return True
            cover, leaving = found
            exits = cover.exits
            if price is not None:
                exits = replace(exits, stop=price, trail_bps=None)
            beside = target or (exits.target if cover.is_target_due else None)
            wish = replace(leaving, size=min(stop.remaining, cover.wanted))
            last = self._followed(cover, leaving)
            intent = stop_intent(wish, exits, last, beside) if wish.size > 0 else None
            # Denied, it leaves the old one in force: no alarm, but the caller tells.
            if intent is None or not await self._sender.place(
                intent, is_held=True, instead_of=cover.alive
            ):
                return False
        self._start(parent)
        return True

    def _start(self, parent: ParentId) -> None:
        self._nursery.start(self._tend(parent), name=f"guard {parent}")

    async def _tend(self, parent: ParentId) -> None:
        async with self._turns.of(parent):
            for _ in range(_MOST_STEPS):
                found = self._cover(parent)
                if found is None:
                    return
                cover, leaving = found
                if self._alone[None] or self._alone[leaving.instrument]:
                    self._waiting.add(parent)
                    return
                if not await self._do(decide(cover), cover, leaving):
                    return

    def _cover(self, parent: ParentId) -> tuple[Cover, Leaving] | None:
        entry = self._books.blotter.order(ClientOrderId(parent))
        guards = self._exits_in(parent)
        known = entry if entry is not None and entry.intent.terms.exits else None
        exits = exits_of(known, guards)
        first = known or next(iter(guards), None)
        instrument = None if first is None else self._instruments().get(first.intent.instrument)
        if exits is None or first is None or instrument is None:
            return None
        moved = moved_target(guards)
        if moved is not None and moved != self._denied.get(parent):
            exits = replace(exits, target=moved)
        side = first.intent.side.opposite if first is known else first.intent.side
        wanted = self._wanted(parent, instrument, side, left(known, guards))
        leaving = self._leaving(parent, instrument.id, side, wanted)
        cover = Cover(
            entry=known,
            guards=guards,
            exits=exits,
            wanted=wanted,
            guarded=self._guarded.get(parent),
            lot=instrument.lot,
            least=least(instrument, exits),
            is_native=self._is_native(exits),
            is_apart=self._sender.abilities.has_apart,
            is_paced=self._pace.is_early(parent),
            is_firing=any(self._held.is_firing(one) for one in guards),
            is_target_due=moved is not None,
            is_ahead=any(self._is_ahead(one) for one in guards if one.state is OrderState.HELD),
        )
        return cover, leaving

    def _exits_in(self, parent: ParentId) -> tuple[Order, ...]:
        children = self._books.blotter.children(parent)
        return tuple(one for one in children if role_of(one) in EXIT_ROLES)

    def _wanted(
        self, parent: ParentId, instrument: Instrument, side: Side, unguarded: Decimal
    ) -> Decimal:
        size = unguarded
        if side is Side.SELL:
            claimed = self._books.blotter.claimed_by_exits(parent)
            size = min(size, max(ZERO, self._free_base(instrument) + claimed))
        return instrument.snap_size(size)

    async def _do(self, decision: Decision, cover: Cover, leaving: Leaving) -> bool:
        """Take a step; return whether the family is to be looked at again at once."""
        step = decision.step
        if step is Step.END_ENTRY or step is Step.DROP:
            return await self._end(leaving.parent, decision.orders)
        if step is Step.LATER:
            self._pace.come_back(leaving.parent)
        if step is Step.SHORT:
            self._short.add(leaving.parent)
            self._pace.fail(leaving.parent)
        if step in {Step.NOTHING, Step.LATER, Step.SHORT}:
            self._settle(cover, leaving)
            if cover.is_over and not cover.alive and not cover.is_growing:
                self._forget(leaving.parent, cover)
            return False
        wish = replace(leaving, size=decision.size)
        self._tell_refused(step, cover)
        placed = await self._placed(step, wish, cover)
        if placed:
            self._pace.step(leaving.parent)
            self._warned.discard(leaving.parent)
            if step is not Step.TARGET or not cover.exits.has_stop:
                self._note(cover, leaving.parent)
        else:
            # However long a database is away: nothing is guarded before it is back.
            passes = self._refused.pop(leaving.parent, None) is STORAGE_DOWN
            self._pace.fail(leaving.parent, passes=passes)
        return placed

    async def _placed(self, step: Step, leaving: Leaving, cover: Cover) -> bool:
        if step in {Step.ATTACH, Step.TARGET}:
            if await self._rested(step, leaving, cover):
                return True
            if cover.is_target_due and cover.exits.target is not None:
                self._note_denied(leaving.parent, cover.exits.target)
            return False
        if step is Step.CLOSE:
            price = self._sender.last_price(leaving.instrument)
            return price is not None and await self._place(market_intent(leaving, price))
        beside = cover.exits.target if cover.is_target_due else None
        stop = stop_intent(leaving, cover.exits, self._followed(cover, leaving), beside)
        # Held by the desk: what the venue has refused once it may refuse again.
        return stop is not None and await self._place(stop, is_held=True, instead_of=cover.alive)

    async def _rested(self, step: Step, leaving: Leaving, cover: Cover) -> bool:
        if step is Step.ATTACH:
            return await self._attach(leaving, cover.exits)
        target = target_intent(leaving, cover.exits)
        return target is not None and await self._place(target)

    def _note_denied(self, parent: ParentId, target: Decimal) -> None:
        """Leave a target where it was once the desk's checks have kept the moved one."""
        if self._refused.get(parent) is not STORAGE_DOWN:
            self._denied[parent] = target

    async def _attach(self, leaving: Leaving, exits: Exits) -> bool:
        target = target_intent(leaving, exits)
        stop = stop_intent(leaving, exits, self._sender.last_price(leaving.instrument))
        if target is not None and stop is not None and self._is_native(exits):
            if await self._sender.place_pair(target, stop, refused=self._hears(stop)):
                return True
            self._alarm(stop, "the venue's pair was not sent")
            return False
        # The stop first: a loss is bounded before a gain is looked for.
        is_held = target is not None
        is_placed = stop is None or await self._place(stop, is_held=is_held)
        return is_placed and (target is None or await self._place(target))

    async def _place(
        self, intent: OrderIntent, *, is_held: bool = False, instead_of: tuple[Order, ...] = ()
    ) -> bool:
        placed = await self._sender.place(
            intent, is_held=is_held, instead_of=instead_of, refused=self._hears(intent)
        )
        if placed is None:
            self._alarm(intent, "it was not sent")
        return placed is not None

    def _hears(self, intent: OrderIntent) -> Callable[[Refusal], None]:
        """Return what remembers why an exit stayed at home."""
        family = intent.family

        def hear(refusal: Refusal) -> None:
            if family is not None:
                self._refused[family.parent] = refusal

        return hear

    async def _end(self, parent: ParentId, orders: tuple[Order, ...]) -> bool:
        """Ask for orders back; return whether all of them are gone by now.

        A venue that refuses to let one go is not asked again at once, and again.
        """
        is_done = True
        for order in orders:
            if order.state is not OrderState.HELD and not self._may_ask(order.client_id):
                self._pace.come_back(parent)
                is_done = False
                continue
            task = self._courier.cancel(order)
            if order.state is OrderState.HELD and task is not None:
                await task
            else:
                is_done = False
        return is_done

    def _may_ask(self, client_id: ClientOrderId) -> bool:
        """Tell whether an order's end may be asked for, and note that it was."""
        now = self._clock.monotonic()
        if now < self._asked.get(client_id, now):
            return False
        self._asked[client_id] = now + _ASK_AGAIN_S
        return True

    def _note(self, cover: Cover, parent: ParentId) -> None:
        """Remember how much of the entry is guarded, fees and all."""
        if cover.entry is not None:
            self._guarded[parent] = cover.guardable

    def _followed(self, cover: Cover, leaving: Leaving) -> Decimal | None:
        """Return where a trailing stop goes on to follow: never behind where it was."""
        before = cover.newest(Role.STOP)
        best = None if before is None else self._held.best_of(before)
        return best or self._sender.last_price(leaving.instrument)

    def _is_ahead(self, stop: Order) -> bool:
        """Tell whether a trailing stop would step back if it began at the newest price."""
        best, last = self._held.best_of(stop), self._sender.last_price(stop.intent.instrument)
        return best is not None and last is not None and better(stop.intent, best, last) != last

    def _is_native(self, exits: Exits) -> bool:
        return self._sender.abilities.holds_both(exits)

    def _leaving(
        self, parent: ParentId, instrument: InstrumentId, side: Side, size: Decimal
    ) -> Leaving:
        children = self._books.blotter.children(parent)
        return Leaving(
            parent=parent,
            account=self._books.account.id,
            instrument=instrument,
            side=side,
            size=size,
            number=max(map(number_of, children), default=-1) + 1,
            at=self._clock.now(),
        )

    def _forget(self, parent: ParentId, cover: Cover) -> None:
        """Keep nothing of a family that has left its position."""
        for memory in (self._guarded, self._denied, self._refused):
            memory.pop(parent, None)
        for one in (cover.entry, *cover.guards):
            if one is not None:
                self._asked.pop(one.client_id, None)
        self._warned.discard(parent)
        self._short.discard(parent)
        self._pace.forget(parent)
        self._held.forget(cover.guards)

    def _settle(self, cover: Cover, leaving: Leaving) -> None:
        """Leave a family as it is; say once if something of it is not guarded."""
        stop = cover.newest(Role.STOP)
        if stop is None or cover.is_over or cover.wanted < cover.lot:
            return
        if stop.state in OPEN_STATES:
            if cover.guarded is None and not cover.has_grown:
                self._note(cover, leaving.parent)
            return
        is_refused = stop.state in _FAILED
        if leaving.parent in self._warned or not (is_refused or cover.has_grown):
            return
        self._warned.add(leaving.parent)
        why = (
            f"it was refused {MOST_TRIES} times: {stop.reason}"
            if is_refused
            else "it was taken back, and what the entry fills from here on is left alone too"
        )
        self._alarm(replace(stop.intent, size=cover.wanted), why)

    def _tell_refused(self, step: Step, cover: Cover) -> None:
        stop = cover.newest(Role.STOP)
        if stop is None or stop.state not in _FAILED or step not in {Step.HOLD, Step.CLOSE}:
            return
        next_step = (
            "the position is closed at the market"
            if step is Step.CLOSE
            else "the desk holds one itself"
        )
        text = (
            f"The stop of {stop.intent.size} {stop.intent.instrument} was refused "
            f"({stop.reason}); {next_step}."
        )
        severity = Severity.ERROR if step is Step.CLOSE else Severity.WARNING
        self._publish(NoticeRaised(severity=severity, text=text, topic="trading"))

    def _alarm(self, intent: OrderIntent, why: str) -> None:
        text = (
            f"The {intent.kind.replace('_', ' ')} that guards {intent.size} of "
            f"{intent.instrument} is not in force: {why}. The position may be unprotected."
        )
        log.error("unprotected: %s", text)
        self._publish(NoticeRaised(severity=Severity.ERROR, text=text, topic="trading"))
