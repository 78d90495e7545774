"""Lead every order the one way: risk, then the database, then the venue, once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal

from fks_desk.core.clock import Clock
from fks_desk.core.errors import FKSException
from fks_desk.core.messages import OrderDenied
from fks_desk.core.model import (
    InstrumentId,
    Order,
    OrderIntent,
    OrderKind,
    OrderState,
    Origin,
)
from fks_desk.core.native import Abilities
from fks_desk.core.nursery import Nursery
from fks_desk.core.orders import OrderMove
from fks_desk.core.ports import Publish, TradingChange, TradingStore
from fks_desk.trading.arming import Arming
from fks_desk.trading.books import entries
from fks_desk.trading.books.account import STORAGE_DOWN, Books
from fks_desk.trading.case import Refusal
from fks_desk.trading.courier import Courier
from fks_desk.trading.gate import RiskGate
from fks_desk.trading.options import TradingOptions
from fks_desk.trading.prices import Prices

log = logging.getLogger(__name__)

Refused = Callable[[Refusal], None]


def _forget(_refusal: Refusal) -> None:
    """Take a refusal that nobody asks about."""


class Sender:
    """Send what passes the risk check and was committed; say why anything else stays at home.

    `halt` is called when a strategy sends too fast.
    """

    def __init__(
        self,
        *,
        books: Books,
        gate: RiskGate,
        courier: Courier,
        arming: Arming,
        abilities: Abilities,
        store: TradingStore,
        prices: Prices,
        nursery: Nursery,
        clock: Clock,
        publish: Publish,
        halt: Callable[[str], Awaitable[None]],
        options: TradingOptions,
    ) -> None:
        self.abilities = abilities
        self._books = books
        self._gate = gate
        self._courier = courier
        self._arming = arming
        self._store = store
        self._prices = prices
        self._nursery = nursery
        self._clock = clock
        self._publish = publish
        self._halt = halt
        self._options = options

    async def place(
        self,
        intent: OrderIntent,
        *,
        is_held: bool = False,
        instead_of: tuple[Order, ...] = (),
        refused: Refused = _forget,
    ) -> Order | None:
        """Send an order, or hold it locally where the venue lacks its kind.

        Orders that it is to stand `instead_of` are ended before it can ever fill.
        Returns the stored order, or None if it stays at home or is known already;
        `refused` hears why.
        """
        is_held = is_held or not self.takes(intent)
        placed = await self._placed(
            (intent,), is_held=is_held, instead_of=instead_of, refused=refused
        )
        (order,) = placed or (None,)
        if order is not None and order.state is OrderState.SENDING:
            self._courier.send(order)
        return order

    async def place_pair(
        self, target: OrderIntent, stop: OrderIntent, *, refused: Refused = _forget
    ) -> bool:
        """Send two orders of which one only is to fill; return whether they left."""
        orders = await self._placed((target, stop), is_held=False, refused=refused)
        if not orders:
            return False
        if self.abilities.has_pairs:
            self._courier.send_pair(*orders)
        else:
            # The stop first: a loss is bounded before a gain is looked for.
            for order in reversed(orders):
                self._courier.send(order)
        return True

    async def fire(self, order: Order, price: Decimal) -> Order | None:
        """Let an order that the desk has held leave; return None if that was refused."""
        intent = awake(order.intent, price)
        if (refused := self._check(intent, (order,))) is not None:
            await self._books.move(
                order.client_id, OrderMove.REJECT, reason=refused.reason, cause=refused.code
            )
            return None
        only = frozenset({OrderState.HELD})
        left = await self._books.move(
            order.client_id, OrderMove.SEND, cause="trigger", only_from=only
        )
        if left is not None:
            self._courier.send(left, as_=intent)
        return left

    async def replace(self, old: Order, intent: OrderIntent) -> bool:
        """Send an order that takes the place of another at the venue; return whether it left."""
        orders = await self._placed((intent,), is_held=False, instead_of=(old,))
        if not orders:
            return False
        self._courier.replace(old, orders[0])
        return True

    def last_price(self, instrument: InstrumentId) -> Decimal | None:
        """Return the newest price, or None if none has come."""
        last = self._prices.last(instrument)
        return None if last is None else last.price

    def takes(self, intent: OrderIntent) -> bool:
        """Tell whether the venue itself holds such an order."""
        return self.abilities.takes(intent)

    async def deny(self, intent: OrderIntent, refused: Refusal) -> None:
        """Tell why an order stays at home, and write it down."""
        await self._note_denied(intent, refused)
        self._publish(OrderDenied(intent=intent, code=refused.code, reason=refused.reason))
        if refused.code == "RATE" and intent.origin is Origin.STRATEGY:
            await self._halt(f"a strategy sends too fast: {refused.reason}")

    async def _placed(
        self,
        intents: tuple[OrderIntent, ...],
        *,
        is_held: bool,
        instead_of: tuple[Order, ...] = (),
        refused: Refused = _forget,
    ) -> tuple[Order, ...] | None:
        if self._books.is_storage_down:
            refused(STORAGE_DOWN)
            await self.deny(intents[0], STORAGE_DOWN)
            return None
        outcome = await self._books.open(
            intents, lambda: self._check_all(intents, instead_of), is_held=is_held
        )
        if isinstance(outcome, Refusal):
            refused(outcome)
            await self.deny(intents[0], outcome)
            if outcome is STORAGE_DOWN:
                for intent in intents:
                    name = f"withdraw {intent.client_id}"
                    self._nursery.start(self._books.withdraw(intent), name=name)
            return None
        return outcome

    def _check_all(
        self, intents: tuple[OrderIntent, ...], instead_of: tuple[Order, ...]
    ) -> Refusal | None:
        # Measured one by one before any of them counts: of a pair only one can ever fill.
        for intent in intents:
            if (refused := self._check(intent, instead_of)) is not None:
                return refused
        return None

    def _check(self, intent: OrderIntent, instead_of: tuple[Order, ...]) -> Refusal | None:
        with self._books.blotter.as_if_ended(instead_of):
            is_reducing = self._gate.is_reducing(intent)
            if not is_reducing and (refused := self._arming.refusal(intent.origin)) is not None:
                return refused
            return self._gate.check(intent)

    async def _note_denied(self, intent: OrderIntent, refused: Refusal) -> None:
        if self._books.is_storage_down:
            return
        entry = entries.denied_entry(intent, refused.code, refused.reason, self._clock.now())
        change = TradingChange(account=intent.account, events=(entry,))
        try:
            async with asyncio.timeout(self._options.patience_s):
                await self._store.record(change)
        except (FKSException, TimeoutError) as error:
            log.warning("the denial of %s is not in the journal: %r", intent.client_id, error)


def awake(intent: OrderIntent, price: Decimal) -> OrderIntent:
    """Return what is sent once the trigger of a held order is passed: a market or limit order."""
    kind = OrderKind.LIMIT if intent.kind.has_limit else OrderKind.MARKET
    terms = replace(intent.terms, trigger_price=None, trail_bps=None)
    return replace(intent, kind=kind, terms=terms, reference_price=price)
