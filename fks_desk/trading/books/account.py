"""Change one account's state in turn: decide, store, remember, then tell."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from fks_desk.core.clock import Clock
from fks_desk.core.desk_messages import AcceptDifference
from fks_desk.core.errors import FKSException, StorageError
from fks_desk.core.failpoints import reach
from fks_desk.core.ledger import LedgerStore, Transfer
from fks_desk.core.model import (
    Account,
    Balance,
    ClientOrderId,
    Fill,
    InstrumentId,
    Order,
    OrderIntent,
    OrderState,
)
from fks_desk.core.orders import OrderMove, is_legal
from fks_desk.core.ports import Publish, TradingReader, TradingStore, VenueOrder
from fks_desk.trading.books import steps
from fks_desk.trading.books.blotter import Blotter
from fks_desk.trading.books.draft import Decided, Draft
from fks_desk.trading.books.hearing import Debt, Hearing, Instruments, Money, Shelf, Word
from fks_desk.trading.books.ledger import Ledger
from fks_desk.trading.books.steps import Step
from fks_desk.trading.books.tally import FillKey, Tally
from fks_desk.trading.books.writer import Writer
from fks_desk.trading.case import Refusal
from fks_desk.trading.options import TradingOptions

__all__ = ["STORAGE_DOWN", "Books", "Check", "Instruments"]

log = logging.getLogger(__name__)

Check = Callable[[], Refusal | None]

STORAGE_DOWN = Refusal(
    "STORAGE_DOWN", "the database does not answer, and no order leaves before it is written"
)
_EVERY = 10_000_000
_NEWEST = 100
_NEVER_LEFT = frozenset({OrderState.SENDING, OrderState.HELD})
_LOST_SIGHT_AT_START = (OrderState.PERSISTED, OrderState.SENDING)


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
        self._store = store
        self._rows = rows
        self._ledger_rows = ledger
        self._clock = clock
        self._publish = publish
        self._options = options
        self._writer = Writer(store=store, publish=publish, options=options)
        self._turn = asyncio.Lock()
        self._hearing = Hearing(
            account=account,
            blotter=self.blotter,
            shelf=Shelf(order=self._find, has_fill=self._has_fill, fills=self._all_fills),
            instruments=instruments,
            clock=clock,
            tally=Tally(remembered=options.remembered_orders),
        )

    @property
    def parked(self) -> Mapping[FillKey, Fill]:
        """Return the executions of orders that nobody knows yet."""
        return self._hearing.parked

    @property
    def owed(self) -> Mapping[ClientOrderId, Debt]:
        """Return what the venue says it has filled of orders, beyond what was told."""
        return self._hearing.owed

    @property
    def generation(self) -> int:
        """Return a number that rises with each word on money, to tell that a read is outdated."""
        return self._hearing.generation

    @property
    def is_storage_down(self) -> bool:
        """Tell whether a write that did not come through is being repeated."""
        return self._writer.is_retrying

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
            self._hearing.begin(position, newest)
        for balance in await self._rows.balances(account):
            self.blotter.funds.hear(balance)
            self._hearing.not_before(balance.updated)
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

    async def hear(self, words: Sequence[Word]) -> Draft:
        """Take the venue's words in their order and return what they have changed.

        All of them are stored in one transaction and told after it, so that a hundred
        executions that wait cost one flush of the disk, and one that does not wait
        has it to itself.
        """
        async with self.turn():
            return await self._hear(words)

    async def hear_order(self, said: VenueOrder) -> Order | None:
        """Take the venue's word on an order, external ones included; return it if it moved."""
        draft = await self.hear((said,))
        moved = said.client_id in draft.moved
        return self.blotter.order(said.client_id) if moved else None

    async def hear_fill(self, fill: Fill) -> bool:
        """Count an execution once; return whether it was new and is counted now."""
        return fill.key in (await self.hear((fill,))).counted

    async def hear_balances(self, balances: Sequence[Balance], cause: str = "venue") -> None:
        """Take the venue's word on some currencies."""
        await self.hear((Money(balances=balances, cause=cause),))

    async def apply(self, step: Step) -> None:
        """Store and publish a step that was decided elsewhere."""
        async with self.turn():
            await self._commit(step)

    async def transfer(
        self, transfers: Sequence[Transfer], accepted: AcceptDifference | None = None
    ) -> None:
        """Write down money that came or went without an execution, and who accepted that."""
        now = self._clock.now()
        async with self.turn():
            await self._commit(steps.transferred(self.account.id, transfers, now, accepted))
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
        draft = self._hearing.draft()
        draft.add(step)
        self._remember(draft)
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

    async def _hear(self, words: Sequence[Word]) -> Draft:
        try:
            draft = await self._hearing.decided(words)
            if await self._keep(draft):
                return draft
        except FKSException:
            # One word that the store refuses must not take the others along.
            if len(words) == 1:
                raise
            return await self._hear_apart(words)
        # A fill of them was stored before: it is known from now on, the others count.
        for fill in await self._writer.patiently(lambda: self._known(draft)):
            self._hearing.tally.count(fill)
        draft = await self._hearing.decided(words)
        return draft if await self._keep(draft) else await self._hear_apart(words)

    async def _hear_apart(self, words: Sequence[Word]) -> Draft:
        """Take words one by one, each in a transaction of its own."""
        every = self._hearing.draft()
        for word in words:
            draft = await self._hearing.decided((word,))
            if await self._keep(draft):
                every.join(draft)
            else:
                for fill in draft.counted.values():
                    self._hearing.tally.count(fill)
        return every

    async def _known(self, draft: Draft) -> Sequence[Fill]:
        return await self._store.known_fills(tuple(draft.counted.values()))

    async def _has_fill(self, fill: Fill) -> bool:
        return bool(await self._writer.patiently(lambda: self._store.known_fills((fill,))))

    async def _all_fills(self, instrument: InstrumentId) -> Sequence[Fill]:
        return await self._writer.patiently(
            lambda: self._rows.fills(self.account.id, instrument, limit=_EVERY)
        )

    def _moved(self, order: Order, move: OrderMove, reason: str, cause: str) -> Step:
        return steps.moved(order, move, at=self._clock.now(), reason=reason, cause=cause)

    async def _commit(self, step: Step) -> None:
        draft = self._hearing.draft()
        draft.add(step)
        await self._keep(draft)

    async def _keep(self, draft: Draft) -> bool:
        """Store, remember and publish a draft; return False if a fill of it was known."""
        changes = draft.changes
        if draft.counted:
            reach("fill.received_before_persist")
        if changes and not await self._writer.keep(*changes):
            return False
        if draft.counted:
            reach("fill.persisted_before_position")
        if any(change.orders for change in changes):
            reach("order.persisted_before_publish")
        self._remember(draft)
        return True

    def _remember(self, draft: Draft) -> None:
        """Take a draft into memory, all of it, then tell."""
        told = [one.step for one in draft.decided if one.step is not None]
        for one in draft.decided:
            self._take_in(one)
        self._hearing.remember(draft)
        if any(step.change.positions for step in told):
            reach("position.persisted")
        for step in told:
            for event in step.events:
                self._publish(event)
        for notice in draft.notices:
            self._publish(notice)

    def _take_in(self, one: Decided) -> None:
        if one.step is not None:
            for order in one.step.change.orders:
                self.blotter.put(order)
            for position in one.step.change.positions:
                self.blotter.positions[position.instrument] = position
        if one.fill is not None and one.moved is not None:
            self.blotter.funds.move(one.moved, one.fill.ts_event)
            self.ledger.move(one.moved)
        for balance in one.heard:
            self.blotter.funds.hear(balance)
