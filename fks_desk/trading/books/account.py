"""Change one account's state in turn: decide, store, remember, then tell."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from fks_desk.core.clock import EPOCH, Clock
from fks_desk.core.errors import StorageError
from fks_desk.core.failpoints import reach
from fks_desk.core.ledger import LedgerStore, Transfer
from fks_desk.core.messages import NoticeRaised, Severity
from fks_desk.core.model import (
    Account,
    AccountId,
    Balance,
    ClientOrderId,
    Fill,
    Instrument,
    InstrumentId,
    Order,
    OrderIntent,
    OrderState,
    Position,
    TradeId,
)
from fks_desk.core.orders import OrderMove, is_legal
from fks_desk.core.ports import Publish, TradingReader, TradingStore, VenueOrder
from fks_desk.trading import portfolio
from fks_desk.trading.books import steps, transitions
from fks_desk.trading.books.blotter import Blotter
from fks_desk.trading.books.ledger import Ledger
from fks_desk.trading.books.steps import Step
from fks_desk.trading.books.tally import Tally
from fks_desk.trading.books.writer import Writer
from fks_desk.trading.case import Refusal
from fks_desk.trading.options import TradingOptions

log = logging.getLogger(__name__)

FillKey = tuple[AccountId, InstrumentId, TradeId]
Check = Callable[[], Refusal | None]
Instruments = Callable[[], Mapping[InstrumentId, Instrument]]

STORAGE_DOWN = Refusal(
    "STORAGE_DOWN", "the database does not answer, and no order leaves before it is written"
)
_EVERY = 10_000_000
_NEWEST = 100
_INSTANT = timedelta(microseconds=1)
_NEVER_LEFT = frozenset({OrderState.SENDING, OrderState.HELD})
_LOST_SIGHT_AT_START = (OrderState.PERSISTED, OrderState.SENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """Hold how much the venue says it has filled, and since when we wait to see how."""

    filled: Decimal
    since: float


class Books:
    """Own the state of one account.

    Every change takes the account's turn, so no two interleave. It is stored
    before it is remembered and remembered before it is published.
    """

    def __init__(
        self,
        *,
        account: Account,
        store: TradingStore,
        rows: TradingReader,
        instruments: Instruments,
        clock: Clock,
        publish: Publish,
        options: TradingOptions,
        ledger: LedgerStore,
    ) -> None:
        self.account = account
        self.ledger = Ledger()
        self.blotter = Blotter(remembered=options.remembered_orders)
        self.parked: dict[FillKey, Fill] = {}
        self.owed: dict[ClientOrderId, Debt] = {}
        # Rises with each word on money, so that a slow read can tell it is outdated.
        self.generation = 0
        self._store = store
        self._rows = rows
        self._ledger_rows = ledger
        self._instruments = instruments
        self._clock = clock
        self._publish = publish
        self._options = options
        self._writer = Writer(store=store, publish=publish, options=options)
        self._turn = asyncio.Lock()
        self._last_moment = EPOCH
        self._tally = Tally(remembered=options.remembered_orders)

    @property
    def is_storage_down(self) -> bool:
        """Tell whether the last write did not come through."""
        return self._writer.is_down

    @property
    def is_explained(self) -> bool:
        """Tell whether transfers and executions add up to what the venue tells."""
        funds = self.blotter.funds
        told = {currency: funds.total(currency) for currency in funds.currencies()}
        return not any(line.difference for line in self.ledger.compare(told))

    async def load(self) -> None:
        """Read the account as stored, and lose sight of whatever was about to leave."""
        account = self.account.id
        self.ledger.open(await self._ledger_rows.movements(account))
        for position in await self._rows.positions(account):
            self.blotter.positions[position.instrument] = position
            newest = await self._rows.fills(account, position.instrument, limit=_NEWEST)
            for fill in newest:
                self._tally.count(fill)
        for balance in await self._rows.balances(account):
            self.blotter.funds.hear(balance)
            self._last_moment = max(self._last_moment, balance.updated)
        for order in await self._store.open_orders(account):
            self.blotter.put(order)
        for order in self.blotter.orders_in(_LOST_SIGHT_AT_START):
            reason = "the desk stopped while the order was leaving; the venue is asked for it"
            await self.move(order.client_id, OrderMove.LOSE_SIGHT, reason=reason, cause="start")

    async def open(
        self, intents: tuple[OrderIntent, ...], check: Check, *, is_held: bool = False
    ) -> tuple[Order, ...] | Refusal | None:
        """Write intents that pass the check together; return None if they are known already.

        The orders returned are stored and count in every later check: they may leave,
        unless the desk is to hold them itself.
        """
        try:
            async with self.turn(self._options.patience_s):
                return await self._open(intents, check, is_held=is_held)
        except (TimeoutError, StorageError) as error:
            log.warning("order %s stays at home: %r", intents[0].client_id, error)
            return STORAGE_DOWN

    async def withdraw(self, intent: OrderIntent) -> None:
        """Settle a row that may or may not have been stored, of an order that never left."""
        async with self.turn():
            row = await self._find(intent.client_id)
            if row is not None and row.state in _NEVER_LEFT:
                reason = "never sent: the database did not confirm it in time"
                await self._commit(self._moved(row, OrderMove.REJECT, reason, "STORAGE_DOWN"))

    async def move(
        self,
        client_id: ClientOrderId,
        move: OrderMove,
        *,
        reason: str = "",
        cause: str = "",
        only_from: frozenset[OrderState] = frozenset(OrderState),
    ) -> Order | None:
        """Move an order if that is legal by now; return it, or None if nothing moved."""
        async with self.turn():
            order = await self._find(client_id)
            if order is None or order.state not in only_from or not is_legal(order.state, move):
                return None
            await self._commit(self._moved(order, move, reason, cause))
            return self.blotter.order(client_id)

    async def hear_order(self, said: VenueOrder) -> Order | None:
        """Take the venue's word on an order, external ones included; return it if it moved."""
        for fill in said.fills:
            await self.hear_fill(fill)
        async with self.turn():
            order = await self._find(said.client_id)
            if order is None:
                return await self._adopt(said)
            return await self._hear_order(order, said)

    async def hear_fill(self, fill: Fill) -> bool:
        """Count an execution once; return whether it was new and is counted now."""
        async with self.turn():
            return await self._hear_fill(fill)

    async def hear_balances(self, balances: Sequence[Balance], cause: str = "venue") -> None:
        """Take the venue's word on some currencies."""
        async with self.turn():
            self.generation += 1
            at = self._moment()
            changed = tuple(replace(b, updated=at) for b in balances if self._is_news(b))
            if changed:
                await self._commit(
                    steps.balanced(self.account.id, changed, self._clock.now(), cause)
                )
            for balance in balances:
                self.blotter.funds.hear(balance)

    async def apply(self, step: Step) -> None:
        """Store and publish a step that was decided elsewhere."""
        async with self.turn():
            await self._commit(step)

    async def transfer(self, transfers: Sequence[Transfer]) -> None:
        """Write down money that came or went without an execution."""
        async with self.turn():
            await self._commit(steps.transferred(self.account.id, transfers, self._clock.now()))
            for one in transfers:
                self.ledger.move({one.currency: one.amount})

    @asynccontextmanager
    async def turn(self, patience_s: float | None = None) -> AsyncIterator[None]:
        """Wait for the account's turn, at most so long, and hold it."""
        async with asyncio.timeout(patience_s):
            await self._turn.acquire()
        try:
            yield
        finally:
            self._turn.release()

    async def _open(
        self, intents: tuple[OrderIntent, ...], check: Check, *, is_held: bool
    ) -> tuple[Order, ...] | Refusal | None:
        for intent in intents:
            known = self.blotter.order(intent.client_id) or await self._row(intent.client_id)
            if known is not None:
                if known.intent == intent:
                    return None
                return Refusal("DUPLICATE_ID", f"another order is called {intent.client_id}")
        if (refused := check()) is not None:
            return refused
        reach("risk.reserved")
        step = steps.begun(intents, self._clock.now(), is_held=is_held)
        reach("intent.before_persist")
        await self._writer.attempt(step.change)
        reach("intent.persisted")
        self._take_in(step)
        return step.change.orders

    async def _find(self, client_id: ClientOrderId) -> Order | None:
        order = self.blotter.order(client_id)
        if order is None and client_id:
            order = await self._writer.patiently(lambda: self._row(client_id))
            if order is not None:
                self.blotter.put(order)
        return order

    async def _row(self, client_id: ClientOrderId) -> Order | None:
        return await self._store.order(self.account.id, client_id)

    async def _hear_order(self, order: Order, said: VenueOrder) -> Order | None:
        if transitions.is_another(order, said):
            self._alarm(order, said)
            return None
        if transitions.owes_fills(order, said):
            self._owe(order, said)
        move = transitions.move_of(order, said)
        named = transitions.with_venue_id(order, said)
        if move is not None:
            step = self._moved(named, move, said.reason, "venue")
        elif named is not order:
            step = steps.named(order, said, at=self._clock.now())
        else:
            return None
        await self._commit(step)
        await self._unpark()
        return self.blotter.order(order.client_id)

    async def _adopt(self, said: VenueOrder) -> Order | None:
        is_alive = said.state in {"open", "partial"} or transitions.venue_filled(said) > 0
        if said.intent is None or not is_alive or not said.client_id:
            return None
        step = steps.adopted(self.account.id, said, said.intent, self._clock.now())
        await self._commit(step)
        order = step.change.orders[0]
        await self._hear_order(order, said)
        await self._unpark()
        return self.blotter.order(order.client_id)

    async def _hear_fill(self, fill: Fill) -> bool:
        if self._tally.has(fill):
            return False
        self.generation += 1
        order = await self._find(fill.client_id) or self.blotter.order_of(
            fill.instrument, fill.venue_order_id
        )
        instrument = self._instruments().get(fill.instrument)
        if order is None or instrument is None:
            await self._park(fill)
            return False
        position = await self._position_after(fill, instrument)
        step = steps.executed(order, position, fill, at=self._clock.now())
        reach("fill.received_before_persist")
        self.parked.pop(fill.key, None)
        is_new = await self._commit(step)
        self._tally.count(fill)
        if not is_new:
            return False
        moved = portfolio.movements(fill, instrument)
        self.blotter.funds.move(moved, fill.ts_event)
        self.ledger.move(moved)
        self._pay(step.change.orders[0])
        return True

    async def _position_after(self, fill: Fill, instrument: Instrument) -> Position:
        """Return the position with the fill in its place among all others."""
        currency = self.account.reporting_currency
        position = self.blotter.positions.get(fill.instrument)
        if position is not None and self._tally.is_late(fill):
            stored = await self._writer.patiently(lambda: self._all_fills(fill.instrument))
            return portfolio.replay(
                {f.key: f for f in (*stored, fill)}.values(), instrument, currency
            )
        return portfolio.apply_fill(
            position or portfolio.flat(fill, instrument, currency), fill, instrument
        )

    async def _all_fills(self, instrument: InstrumentId) -> Sequence[Fill]:
        return await self._rows.fills(self.account.id, instrument, limit=_EVERY)

    async def _park(self, fill: Fill) -> None:
        if not await self._writer.patiently(lambda: self._store.known_fills((fill,))):
            self.parked[fill.key] = fill

    async def _unpark(self) -> None:
        for fill in tuple(self.parked.values()):
            await self._hear_fill(fill)

    def _owe(self, order: Order, said: VenueOrder) -> None:
        known = self.owed.get(order.client_id)
        since = self._clock.monotonic() if known is None else known.since
        self.owed[order.client_id] = Debt(filled=transitions.venue_filled(said), since=since)

    def _pay(self, order: Order) -> None:
        debt = self.owed.get(order.client_id)
        if debt is not None and order.filled >= debt.filled:
            del self.owed[order.client_id]

    def _alarm(self, order: Order, said: VenueOrder) -> None:
        log.error("two orders are called %s at the venue", order.client_id)
        self._publish(
            NoticeRaised(
                severity=Severity.ERROR,
                text=(
                    f"The venue holds a second order called {order.client_id}: "
                    f"{said.venue_order_id} beside {order.venue_order_id}. Look at the account "
                    "on the venue's own page."
                ),
                topic="trading",
            )
        )

    def _moment(self) -> datetime:
        """Return a time later than that of every balance written before.

        What counts is when we heard it: the venue's private stream and its lists
        may be stamped by different clocks, in a replay by years.
        """
        self._last_moment = max(self._clock.now(), self._last_moment + _INSTANT)
        return self._last_moment

    def _is_news(self, balance: Balance) -> bool:
        said = self.blotter.funds.said(balance.currency)
        return said is None or (said.free, said.locked) != (balance.free, balance.locked)

    def _moved(self, order: Order, move: OrderMove, reason: str, cause: str) -> Step:
        return steps.moved(order, move, at=self._clock.now(), reason=reason, cause=cause)

    async def _commit(self, step: Step) -> bool:
        """Store, remember and publish a step; return False if its fill was known."""
        if not await self._writer.keep(step.change):
            return False
        if step.change.fills:
            reach("fill.persisted_before_position")
        if step.change.orders:
            reach("order.persisted_before_publish")
        self._take_in(step)
        return True

    def _take_in(self, step: Step) -> None:
        for order in step.change.orders:
            self.blotter.put(order)
        for position in step.change.positions:
            self.blotter.positions[position.instrument] = position
        if step.change.positions:
            reach("position.persisted")
        for event in step.events:
            self._publish(event)
