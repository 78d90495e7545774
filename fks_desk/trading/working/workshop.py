"""Gather everything that works orders beyond the plain one, and feed it news, prices and time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from fks_desk.core.clock import Clock
from fks_desk.core.desk_messages import RebalanceProposed
from fks_desk.core.ids import new_client_id
from fks_desk.core.model import (
    ZERO,
    Account,
    Instrument,
    InstrumentId,
    InstrumentKind,
    Order,
    OrderIntent,
    Origin,
)
from fks_desk.core.native import Abilities
from fks_desk.core.nursery import Nursery
from fks_desk.core.parents import ParentStore
from fks_desk.core.ports import Journal, Publish, TradingReader, TradingStore
from fks_desk.core.terms import PLAIN, Exits, ParentId
from fks_desk.trading.arming import Arming
from fks_desk.trading.books.account import Books, Instruments
from fks_desk.trading.closing import closing_intent
from fks_desk.trading.courier import Courier
from fks_desk.trading.exposure import free
from fks_desk.trading.following.standing import Standing
from fks_desk.trading.gate import RiskGate
from fks_desk.trading.options import TradingOptions
from fks_desk.trading.prices import Prices
from fks_desk.trading.rebalancing import Holdings, proposal
from fks_desk.trading.working.amending import Amending
from fks_desk.trading.working.departing import Departing
from fks_desk.trading.working.exits import ExitGuard
from fks_desk.trading.working.held import HeldOrders
from fks_desk.trading.working.killing import Killing
from fks_desk.trading.working.parents import Parents
from fks_desk.trading.working.sender import Sender
from fks_desk.trading.working.trails import Trails

_TICK_S = 0.5
_MANY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Hold what every part of the workshop stands on."""

    account: Account
    books: Books
    gate: RiskGate
    courier: Courier
    standing: Standing
    store: TradingStore
    rows: TradingReader
    parents: ParentStore
    journal: Journal
    instruments: Instruments
    prices: Prices
    nursery: Nursery
    clock: Clock
    publish: Publish
    options: TradingOptions


class Workshop:
    """Own the parts; each hears every order's news once it is stored."""

    def __init__(
        self, bench: Bench, *, abilities: Abilities, halt: Callable[[str], Awaitable[None]]
    ) -> None:
        self._bench = bench
        self.arming = Arming(account=bench.account, clock=bench.clock, publish=bench.publish)
        self.sender = Sender(
            books=bench.books,
            gate=bench.gate,
            courier=bench.courier,
            arming=self.arming,
            abilities=abilities,
            store=bench.store,
            prices=bench.prices,
            nursery=bench.nursery,
            clock=bench.clock,
            publish=bench.publish,
            halt=halt,
            options=bench.options,
        )
        self._trails = Trails(
            account=bench.account.id,
            journal=bench.journal,
            nursery=bench.nursery,
            clock=bench.clock,
            options=bench.options,
        )
        self.held = HeldOrders(
            books=bench.books,
            sender=self.sender,
            courier=bench.courier,
            nursery=bench.nursery,
            clock=bench.clock,
            publish=bench.publish,
            trails=self._trails,
        )
        self.exits = ExitGuard(
            books=bench.books,
            sender=self.sender,
            courier=bench.courier,
            instruments=bench.instruments,
            free_base=self.free_base,
            held=self.held,
            nursery=bench.nursery,
            clock=bench.clock,
            publish=bench.publish,
        )
        self.amending = Amending(
            books=bench.books,
            sender=self.sender,
            courier=bench.courier,
            instruments=bench.instruments,
            nursery=bench.nursery,
            clock=bench.clock,
            publish=bench.publish,
        )
        self.departing = Departing(
            books=bench.books,
            sender=self.sender,
            courier=bench.courier,
            exits=self.exits,
            instruments=bench.instruments,
            closing=self.closing,
            reversing=self.reversing,
            forget_changes=self.amending.forget,
            patience_s=bench.options.cancel_timeout_s,
        )
        self.parents = Parents(
            books=bench.books,
            store=bench.parents,
            rows=bench.rows,
            sender=self.sender,
            courier=bench.courier,
            standing=bench.standing,
            instruments=bench.instruments,
            nursery=bench.nursery,
            clock=bench.clock,
            publish=bench.publish,
        )
        self.killing = Killing(
            books=bench.books,
            sender=self.sender,
            closing=lambda instrument: self.closing(instrument, Origin.DESK),
            cancel_all=self.cancel_all,
            stop_parents=self.parents.stop_all,
            left_alone=self.exits.left_alone,
            publish=bench.publish,
        )
        self._newest: Sequence[Order] = ()
        bench.prices.listen(self.held.on_price)

    async def load(self) -> None:
        """Take up held orders, the exits that have ended, and parents."""
        blotter = self._bench.books.blotter
        await self._trails.load(blotter.open_orders())
        for order in blotter.open_orders():
            self.held.take_up(order)
        self._newest = await self._bench.rows.orders(self._bench.account.id, limit=_MANY)
        for order in reversed(self._newest):
            # What became of earlier exits decides on later ones.
            if blotter.order(order.client_id) is None:
                blotter.put(order)
        await self.parents.load()

    async def run(self) -> None:
        """Let time pass for whatever waits for it, until cancelled."""
        await self._guard_forgotten()
        while True:
            self.held.on_time()
            self.exits.on_time()
            self.parents.on_time()
            self.arming.expire()
            await asyncio.sleep(_TICK_S)

    def on_moved(self, order: Order) -> None:
        """Pass an order's newest state on."""
        self._bench.courier.on_moved(order)
        self.held.on_moved(order)
        self.amending.on_moved(order)
        self.exits.on_moved(order)
        self.parents.on_moved(order)
        self.killing.on_moved()
        self.departing.on_moved()

    def on_money(self) -> None:
        """Let those look again who had to wait for money to arrive."""
        self.exits.on_money()

    def cancel(self, order: Order) -> None:
        """Ask for an order back; whatever was to follow it stays at home."""
        self.amending.forget_order(order.client_id)
        self._bench.courier.cancel(order)

    def cancel_all(self, instrument: InstrumentId | None = None) -> None:
        """Ask for every open order back, and let no changed one follow."""
        self.amending.forget(instrument)
        for order in self._bench.books.blotter.open_orders(instrument):
            self._bench.courier.cancel(order)

    def closing(
        self, instrument_id: InstrumentId, origin: Origin = Origin.HAND
    ) -> OrderIntent | str:
        """Return the order that closes a position, or a sentence if there is none to send."""
        bench = self._bench
        instrument = bench.instruments().get(instrument_id)
        if instrument is None:
            return f"The venue lists no {instrument_id}."
        wish = closing_intent(
            bench.books.blotter.positions.get(instrument_id),
            instrument,
            open_orders=bench.books.blotter.open_orders(instrument_id),
            free_base=self.free_base(instrument),
            last_price=self.sender.last_price(instrument_id),
            at=bench.clock.now(),
        )
        return wish if isinstance(wish, str) else replace(wish, origin=origin)

    def reversing(self, instrument_id: InstrumentId) -> OrderIntent | str:
        """Return what opens as much the other way, once this is closed, or a sentence."""
        bench = self._bench
        instrument = bench.instruments().get(instrument_id)
        if instrument is None:
            return f"The venue lists no {instrument_id}."
        if instrument.kind is InstrumentKind.SPOT:
            return (
                f"{instrument.symbol} is spot: what is sold cannot be owed. "
                "Close the position instead."
            )
        held = bench.books.blotter.positions.get(instrument_id)
        wish = closing_intent(
            held,
            instrument,
            open_orders=(),
            free_base=ZERO if held is None else abs(held.size),
            last_price=self.sender.last_price(instrument_id),
            at=bench.clock.now(),
        )
        return wish if isinstance(wish, str) else replace(wish, terms=PLAIN)

    async def guard_position(self, instrument_id: InstrumentId, exits: Exits) -> str | None:
        """Place exits for what is held and not being closed; return a sentence if nothing is."""
        wish = self.closing(instrument_id, Origin.DESK)
        if isinstance(wish, str):
            return wish
        parent = ParentId(new_client_id())
        await self.exits.attach(parent, instrument_id, wish.side, wish.size, exits)
        return None

    async def move_stop(self, instrument_id: InstrumentId, price: Decimal) -> str | None:
        """Let the stops of a position wait at a price, or place one; return a sentence if not."""
        instrument = self._bench.instruments().get(instrument_id)
        held = self._bench.books.blotter.positions.get(instrument_id)
        last = self.sender.last_price(instrument_id)
        if instrument is None or held is None or held.size == 0 or last is None:
            return f"There is no position in {instrument_id} whose stop could be moved."
        price = instrument.snap_price(price)
        if (last - price) * held.size <= 0:
            return (
                f"A stop at {price} would act at once: the last price of {instrument.symbol} "
                f"is {last}."
            )
        if await self.exits.move_stops(instrument_id, price):
            return None
        if self.exits.has_stops(instrument_id):
            return f"The stop of {instrument.symbol} stays: the desk's checks kept the new one."
        return await self.guard_position(instrument_id, Exits(stop=price))

    async def move_target(self, order: Order, price: Decimal) -> str | None:
        """Let the target of a pair wait at a price; return a sentence if it stays."""
        intent = order.intent
        instrument = self._bench.instruments().get(intent.instrument)
        last = self.sender.last_price(intent.instrument)
        if instrument is None or last is None:
            return f"No price of {intent.instrument} is known yet, so the target stays."
        price = instrument.snap_price(price)
        if price == intent.limit_price:
            return "The order has these numbers already."
        if (last - price) * intent.side.sign <= 0:
            return (
                f"A target at {price} would act at once: the last price of {instrument.symbol} "
                f"is {last}."
            )
        if await self.exits.move_target(order, price):
            return None
        return (
            f"The target of {instrument.symbol} stays: the desk could not hold its stop meanwhile."
        )

    def rebalance(self, weights: Mapping[InstrumentId, Decimal]) -> RebalanceProposed:
        """Return the orders that would reach the weights."""
        bench = self._bench
        equity = bench.gate.value()
        instruments = bench.instruments()
        prices = {name: self.sender.last_price(name) for name in weights}
        funds = bench.books.blotter.funds
        orders, notes = proposal(
            Holdings(
                account=bench.account.id,
                equity=equity or ZERO,
                held={
                    name: funds.total(instruments[name].base)
                    for name in weights
                    if name in instruments
                },
                prices={name: price for name, price in prices.items() if price is not None},
            ),
            instruments,
            weights,
            bench.clock.now(),
        )
        return RebalanceProposed(account=bench.account.id, orders=tuple(orders), notes=tuple(notes))

    def free_base(self, instrument: Instrument) -> Decimal:
        """Return what no open order may still claim of the instrument's base currency."""
        bench = self._bench
        if instrument.kind is not InstrumentKind.SPOT:
            # A perpetual is closed as it stands: no coins have to be free for it.
            position = bench.books.blotter.positions.get(instrument.id)
            return ZERO if position is None else abs(position.size)
        return free(bench.books.blotter, instrument.base, bench.gate.surroundings())

    async def _guard_forgotten(self) -> None:
        """Look after entries that filled and exits that moved while nobody was there."""
        await self._bench.standing.is_compared.wait()
        blotter = self._bench.books.blotter
        stored = {order.client_id: order for order in (*self._newest, *blotter.open_orders())}
        now = (blotter.order(client_id) for client_id in stored)
        self.exits.wake(order for order in now if order is not None)
        self._newest = ()
