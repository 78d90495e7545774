"""Work ladders, TWAPs and icebergs: send each child when its time has come."""

from __future__ import annotations

from dataclasses import replace

from fks_desk.core.clock import Clock
from fks_desk.core.messages import NoticeRaised, Severity
from fks_desk.core.model import Order, TradingState
from fks_desk.core.nursery import Nursery
from fks_desk.core.orders import OPEN_STATES
from fks_desk.core.parents import ParentOrder, ParentPlan, ParentState, ParentStore
from fks_desk.core.ports import Publish, TradingReader
from fks_desk.core.terms import ParentId
from fks_desk.trading.books import steps
from fks_desk.trading.books.account import Books, Instruments
from fks_desk.trading.courier import Courier
from fks_desk.trading.following.standing import Standing
from fks_desk.trading.working import slices
from fks_desk.trading.working.sender import Sender
from fks_desk.trading.working.turns import Turns

_MANY = 2_000


class Parents:
    """Own the parents that run; each step is decided anew from the children that exist.

    So a restart goes on where the desk had stopped, and no child leaves twice: its
    id is the parent's id and its number.
    """

    def __init__(
        self,
        *,
        books: Books,
        store: ParentStore,
        rows: TradingReader,
        sender: Sender,
        courier: Courier,
        standing: Standing,
        instruments: Instruments,
        nursery: Nursery,
        clock: Clock,
        publish: Publish,
    ) -> None:
        self._books = books
        self._store = store
        self._rows = rows
        self._sender = sender
        self._courier = courier
        self._standing = standing
        self._instruments = instruments
        self._nursery = nursery
        self._clock = clock
        self._publish = publish
        self._running: dict[ParentId, ParentOrder] = {}
        self._children: dict[ParentId, dict[int, Order]] = {}
        self._turns: Turns[ParentId] = Turns()

    async def load(self) -> None:
        """Take up the parents that ran when the desk stopped."""
        running = await self._store.running_parents(self._books.account.id)
        if not running:
            return
        for parent in running:
            self._take(parent)
        for order in await self._rows.orders(self._books.account.id, limit=_MANY):
            self._note(order)

    async def start(self, plan: ParentPlan) -> str | None:
        """Begin a parent; return a sentence if it cannot be worked."""
        instrument = self._instruments().get(plan.instrument)
        if instrument is None:
            return f"The venue lists no {plan.instrument}."
        last = self._sender.last_price(plan.instrument)
        for number in (0, plan.slices - 1):
            first = slices.child(plan, instrument, number, last, self._clock.now())
            if isinstance(first, str):
                return f"The {plan.kind} cannot start: {first}."
            if first.notional < instrument.min_notional:
                return (
                    f"Each part is worth {first.notional} {instrument.quote}; the venue takes "
                    f"{instrument.min_notional} or more. Use fewer parts or a larger size."
                )
        parent = ParentOrder(plan=plan, state=ParentState.RUNNING, updated=self._clock.now())
        await self._books.apply(steps.worked(parent, self._clock.now()))
        self._take(parent)
        self.on_time()
        return None

    async def stop(self, parent: ParentId, reason: str) -> None:
        """End a parent and take its open children back."""
        known = self._running.pop(parent, None)
        if known is None:
            return
        ended = replace(known, state=ParentState.STOPPED, reason=reason, updated=self._clock.now())
        await self._books.apply(steps.worked(ended, self._clock.now()))
        for child in self._children.pop(parent, {}).values():
            if child.state in OPEN_STATES:
                self._courier.cancel(child)

    async def stop_all(self, reason: str) -> None:
        """End every parent."""
        for parent in tuple(self._running):
            await self.stop(parent, reason)

    def on_moved(self, order: Order) -> None:
        """Take a child's newest state."""
        if self._note(order):
            self.on_time()

    def on_time(self) -> None:
        """Look at every parent."""
        for parent in tuple(self._running.values()):
            self._nursery.start(self._look(parent), name=f"work {parent.id}")

    async def _look(self, parent: ParentOrder) -> None:
        async with self._turns.of(parent.id):
            if parent.id not in self._running or self._standing.state is not TradingState.ACTIVE:
                return
            children = self._children[parent.id]
            if slices.is_broken(children):
                await self.stop(parent.id, "a part of it was refused, taken back or lost")
                self._say(parent, "was stopped: a part of it was refused, taken back or lost")
            elif slices.is_done(parent.plan, children):
                await self._finish(parent)
            else:
                await self._send_due(parent)

    async def _send_due(self, parent: ParentOrder) -> None:
        plan, instrument = parent.plan, self._instruments().get(parent.plan.instrument)
        if instrument is None:
            return
        now = self._clock.now()
        for number in slices.due(plan, self._children[parent.id], now):
            last = self._sender.last_price(plan.instrument)
            intent = slices.child(plan, instrument, number, last, now)
            if isinstance(intent, str):
                return
            order = await self._sender.place(intent)
            if order is None:
                await self.stop(parent.id, f"its part {number + 1} was denied")
                self._say(parent, f"was stopped: its part {number + 1} was denied")
                return
            self._note(order)

    async def _finish(self, parent: ParentOrder) -> None:
        self._running.pop(parent.id, None)
        self._children.pop(parent.id, None)
        ended = replace(parent, state=ParentState.DONE, updated=self._clock.now())
        await self._books.apply(steps.worked(ended, self._clock.now()))

    def _take(self, parent: ParentOrder) -> None:
        self._running[parent.id] = parent
        self._children.setdefault(parent.id, {})

    def _note(self, order: Order) -> bool:
        family = order.intent.family
        children = None if family is None else self._children.get(family.parent)
        if family is None or children is None:
            return False
        known = children.get(family.number)
        if known is None or known.updated <= order.updated:
            children[family.number] = order
        return True

    def _say(self, parent: ParentOrder, what: str) -> None:
        text = f"The {parent.plan.kind} of {parent.plan.size} {parent.plan.instrument} {what}."
        self._publish(NoticeRaised(severity=Severity.WARNING, text=text, topic="trading"))
