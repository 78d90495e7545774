"""Compare the desk with its venue and mend what differs, on the venue's evidence."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from fks_desk.core.clock import EPOCH, Clock
from fks_desk.core.failpoints import reach
from fks_desk.core.model import (
    Balance,
    ClientOrderId,
    Fill,
    InstrumentId,
    Order,
    OrderState,
)
from fks_desk.core.orders import OrderMove
from fks_desk.core.ports import AccountReader, Broker, TradingStore, VenueOrder
from fks_desk.trading.books import steps
from fks_desk.trading.books.account import Books, Instruments
from fks_desk.trading.following.absence import AbsenceCases
from fks_desk.trading.following.audit import Audit
from fks_desk.trading.following.margins import Margins
from fks_desk.trading.options import TradingOptions

log = logging.getLogger(__name__)

T = TypeVar("T")

# Executions in one transaction: an order that is placed meanwhile waits for one of them.
_AT_ONCE = 200
_SETTLED_BY_ABSENCE = frozenset({OrderState.UNKNOWN})
_KNOWN_TO_THE_VENUE = frozenset({OrderState.OPEN, OrderState.PARTIAL, OrderState.CANCEL_PENDING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Hold what the venue says of the account, read in one look."""

    orders: tuple[VenueOrder, ...]
    fills: tuple[Fill, ...]


class Reconciler:
    """Look at the account and settle every order that is in doubt.

    A look that fails half-way has changed nothing but what the venue proved, so
    it is simply repeated. Repeating a look that found nothing changes nothing.
    """

    def __init__(
        self,
        *,
        books: Books,
        store: TradingStore,
        broker: Broker,
        reader: AccountReader,
        instruments: Instruments,
        is_flying: Callable[[ClientOrderId], bool],
        clock: Clock,
        options: TradingOptions,
        audit: Audit,
        margins: Margins,
    ) -> None:
        self._books = books
        self._store = store
        self._broker = broker
        self._reader = reader
        self._instruments = instruments
        self._is_flying = is_flying
        self._clock = clock
        self._options = options
        self._audit = audit
        self._margins = margins
        self._absences = AbsenceCases(clock=clock, options=options)

    async def look(self, *, is_thorough: bool) -> tuple[str, ...]:
        """Compare once and return one sentence per repair."""
        ours = tuple(
            order
            for order in self._books.blotter.open_orders()
            if order.state is not OrderState.HELD and not self._is_flying(order.client_id)
        )
        picture = await self._read(ours, is_thorough=is_thorough)
        repairs = [*await self._adopt(picture), *await self._count(picture)]
        reach("reconcile.mid")
        repairs += await self._believe(picture.orders)
        repairs += await self._seek(ours, picture)
        repairs += await self._trace()
        repairs += await self._pay_debts()
        repairs += await self._weigh()
        return tuple(repairs)

    async def _read(self, ours: Sequence[Order], *, is_thorough: bool) -> Picture:
        orders = {said.client_id: said for said in await self._ask(self._reader.open_orders())}
        fills: list[Fill] = []
        since = await self._since()
        scope = self._scope(ours, is_thorough=is_thorough)
        if len(scope) > self._options.whole_list:
            scope = await self._narrow(scope, orders.values(), ours)
        for instrument in sorted(scope):
            recent = await self._ask(self._reader.recent_orders(instrument, since))
            orders.update({said.client_id: said for said in recent})
            fills += await self._ask(self._reader.fills(instrument, since))
        return Picture(orders=tuple(orders.values()), fills=tuple(fills))

    def _scope(self, ours: Iterable[Order], *, is_thorough: bool) -> frozenset[InstrumentId]:
        """Return the instruments to read: all of them, or those with something to settle."""
        venue = self._books.account.venue
        listed = {key for key, value in self._instruments().items() if value.venue == venue}
        if is_thorough:
            return frozenset(listed)
        touched = {order.intent.instrument for order in ours}
        touched |= {fill.instrument for fill in self._books.parked.values()}
        touched |= {order.intent.instrument for order, _ in self._debts()}
        touched |= self._audit.suspects
        return frozenset(touched & listed)

    async def _narrow(
        self,
        listed: frozenset[InstrumentId],
        told: Iterable[VenueOrder],
        ours: Iterable[Order],
    ) -> frozenset[InstrumentId]:
        """Return those of thousands that we hold, owe, have or the venue has orders in."""
        blotter = self._books.blotter
        held = {balance.currency for balance in await self._ask(self._reader.balances())}
        held |= blotter.funds.currencies()
        reporting = self._books.account.reporting_currency
        near = {
            key
            for key, one in self._instruments().items()
            if one.base in held and one.quote == reporting
        }
        near |= {said.instrument for said in told} | set(blotter.positions)
        near |= {order.intent.instrument for order in ours}
        near |= {fill.instrument for fill in self._books.parked.values()}
        return frozenset(near & listed)

    async def _since(self) -> datetime:
        newest = await self._store.last_fill_time(self._books.account.id)
        if newest is None:
            return EPOCH
        return newest - timedelta(seconds=self._options.overlap_s)

    async def _adopt(self, picture: Picture) -> list[str]:
        repairs = []
        for said in picture.orders:
            if await self._is_known(said.client_id):
                continue
            order = await self._books.hear_order(said)
            if order is not None:
                repairs.append(
                    f"order {order.client_id} was placed outside of the desk: taken over "
                    f"as {order.intent.side} {order.intent.size} {order.intent.instrument}"
                )
        return repairs

    async def _is_known(self, client_id: ClientOrderId) -> bool:
        if self._books.blotter.order(client_id) is not None:
            return True
        return await self._store.order(self._books.account.id, client_id) is not None

    async def _count(self, picture: Picture) -> list[str]:
        """Count the executions that we do not have, first learning whose they are."""
        fills = [*picture.fills, *self._books.parked.values()]
        known = {fill.key for fill in await self._store.known_fills(fills)} if fills else set()
        fresh = [fill for fill in fills if fill.key not in known]
        owners = {fill.venue_order_id for fill in fresh}
        await self._believe(said for said in picture.orders if said.venue_order_id in owners)
        counted: set[tuple[str, str, str]] = set()
        for start in range(0, len(fresh), _AT_ONCE):
            draft = await self._books.hear(fresh[start : start + _AT_ONCE])
            counted |= draft.counted.keys()
        return [
            f"execution {fill.trade_id} was missing: {fill.side} {fill.size} "
            f"{fill.instrument} at {fill.price}"
            for fill in fresh
            if fill.key in counted
        ]

    async def _believe(self, words: Iterable[VenueOrder]) -> list[str]:
        repairs = []
        for said in words:
            before = self._books.blotter.order(said.client_id)
            order = await self._books.hear_order(said)
            self._absences.close(said.client_id)
            if order is not None and before is not None and order.state is not before.state:
                repairs.append(f"order {order.client_id} was {before.state}, is {order.state}")
        return repairs

    async def _seek(self, ours: Sequence[Order], picture: Picture) -> list[str]:
        """Ask for each open order of ours that no list has named."""
        named = {said.client_id for said in picture.orders}
        repairs: list[str] = []
        for order in ours:
            if order.client_id in named:
                continue
            intent = order.intent
            said = await self._ask(self._broker.find_order(intent.instrument, intent.client_id))
            if said is not None:
                repairs += await self._believe((said,))
            elif (repair := await self._miss(order, picture)) is not None:
                repairs.append(repair)
        return repairs

    async def _miss(self, order: Order, picture: Picture) -> str | None:
        """Treat an order that the venue says it does not know."""
        now = self._books.blotter.order(order.client_id)
        if now is None or now.state is not order.state or self._has_fill(order, picture):
            return None
        if order.state in _SETTLED_BY_ABSENCE:
            reason = self._absences.agree(order.client_id)
            move = OrderMove.DECLARE_ABSENT
        else:
            reason, move = self._lost(order), OrderMove.LOSE_SIGHT
        if reason is None:
            return None
        moved = await self._books.move(
            order.client_id,
            move,
            reason=reason,
            cause="reconcile",
            only_from=frozenset({order.state}),
        )
        self._absences.close(order.client_id)
        return None if moved is None else f"order {order.client_id} is {moved.state}: {reason}"

    def _has_fill(self, order: Order, picture: Picture) -> bool:
        return any(
            fill.client_id == order.client_id
            or (order.venue_order_id is not None and fill.venue_order_id == order.venue_order_id)
            for fill in picture.fills
        )

    def _lost(self, order: Order) -> str | None:
        """Say that an order is out of sight; an accepted one only after the venue's lag."""
        if order.state not in _KNOWN_TO_THE_VENUE:
            return "nobody learned what became of its request"
        age = self._clock.now() - order.updated
        if age.total_seconds() < self._options.lag_s:
            return None
        return "the venue had taken this order and does not know it any more"

    async def _pay_debts(self) -> list[str]:
        """Fetch every execution of an instrument whose newest ones left a debt unpaid."""
        repairs: list[str] = []
        due = self._clock.monotonic() - self._options.lag_s
        for order, since in self._debts():
            if since > due:
                continue
            instrument = order.intent.instrument
            every = tuple(await self._ask(self._reader.fills(instrument, EPOCH)))
            repairs += await self._count(Picture(orders=(), fills=every))
            said = await self._ask(self._broker.find_order(instrument, order.client_id))
            if said is not None:
                repairs += await self._believe((said,))
        return repairs

    def _debts(self) -> list[tuple[Order, float]]:
        found = [
            (self._books.blotter.order(client_id), debt.since)
            for client_id, debt in self._books.owed.items()
        ]
        return [(order, since) for order, since in found if order is not None]

    async def _trace(self) -> list[str]:
        """Ask for the order of each execution that no list has explained."""
        repairs: list[str] = []
        for fill in tuple(self._books.parked.values()):
            if not fill.client_id:
                continue
            said = await self._ask(self._broker.find_order(fill.instrument, fill.client_id))
            if said is not None and said.venue_order_id == fill.venue_order_id:
                repairs += await self._adopt(Picture(orders=(said,), fills=()))
        return repairs

    async def _weigh(self) -> list[str]:
        """Take over the venue's balances and tell which are not what we had counted."""
        generation = self._books.generation
        paid = await self._margins.count_payments()
        lines = await self._margins.read_lines()
        said = {balance.currency: balance for balance in await self._ask(self._reader.balances())}
        if generation != self._books.generation:
            # Money moved while the answer was on its way; the stream knows better.
            return paid
        funds = self._books.blotter.funds
        for currency in funds.currencies() - set(said):
            last = funds.said(currency)
            # Counted down to nothing is not enough: the venue's last word is what is stored.
            if funds.total(currency) != 0 or (last is not None and last.total != 0):
                said[currency] = steps.emptied(self._books.account.id, currency, self._clock.now())
        repairs = [self._difference(balance) for balance in said.values()]
        await self._books.hear_balances(tuple(said.values()), cause="reconcile")
        told = {currency: balance.total for currency, balance in said.items()}
        astray = next(iter(self._margins.differences(lines)), "")
        moved = [] if self._is_in_flux() else await self._audit.look(told, astray)
        return [*paid, *(repair for repair in repairs if repair is not None), *moved]

    def _is_in_flux(self) -> bool:
        """Tell whether an execution may be on its way that the balances include already."""
        books = self._books
        unclear = frozenset({OrderState.SENDING, OrderState.UNKNOWN, OrderState.PERSISTED})
        return bool(books.parked or books.owed or books.blotter.orders_in(unclear))

    def _difference(self, balance: Balance) -> str | None:
        funds = self._books.blotter.funds
        counted = funds.total(balance.currency)
        if funds.said(balance.currency) is None or counted == balance.total:
            return None
        return (
            f"the venue holds {balance.total} {balance.currency}, the desk had counted "
            f"{counted}: taken over"
        )

    async def _ask(self, question: Awaitable[T]) -> T:
        async with asyncio.timeout(self._options.read_timeout_s):
            return await question
