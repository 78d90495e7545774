"""Stand in for a venue and a store, exactly and with faults on demand.

The venue knows nothing of the desk's code: its ledger is the oracle that fault
tests compare the desk with. The store refuses an illegal move of an order.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from fks_desk.core.clock import Clock, SteppedClock
from fks_desk.core.errors import (
    FeedUnavailable,
    KeyRefused,
    OrderKeyRefused,
    OrderRefused,
    OutcomeUnknown,
    StorageUnavailable,
)
from fks_desk.core.failpoints import reach
from fks_desk.core.ledger import EquityPoint, Transfer
from fks_desk.core.messages import Event, OrderDenied, TickerMoved
from fks_desk.core.model import (
    ZERO,
    Account,
    AccountId,
    Balance,
    ClientOrderId,
    Fill,
    Instrument,
    InstrumentId,
    Liquidity,
    Mode,
    Money,
    Order,
    OrderIntent,
    OrderKind,
    OrderState,
    Origin,
    Position,
    Side,
    Signal,
    SignalDecision,
    SignalId,
    Ticker,
    TradeId,
    VenueId,
    VenueOrderId,
)
from fks_desk.core.native import Abilities, NativeOrders, Replaced
from fks_desk.core.orders import MOVES, OPEN_STATES
from fks_desk.core.parents import ParentOrder, ParentState
from fks_desk.core.ports import JournalDraft, JournalRow, OrderReport, TradingChange, VenueOrder
from fks_desk.core.terms import ParentId
from fks_desk.trading.desk import OrderDesk
from fks_desk.trading.limits import RiskLimits
from fks_desk.trading.options import TradingOptions
from fks_desk.trading.portfolio import movements, replay
from fks_desk.trading.prices import Prices

START = datetime(2026, 3, 1, tzinfo=UTC)
DEMO = Account(id=AccountId("demo"), venue=VenueId("demo"), mode=Mode.DEMO, title="Demo")
BTC = Instrument(
    venue=VenueId("demo"),
    symbol="BTC/USDT",
    base="BTC",
    quote="USDT",
    settle="USDT",
    tick=Decimal("0.01"),
    lot=Decimal("0.00001"),
    min_size=Decimal("0.00001"),
    max_size=Decimal(9000),
    min_notional=Decimal(5),
)
ETH = replace(BTC, symbol="ETH/USDT", base="ETH", lot=Decimal("0.0001"))
FEE_RATE = Decimal("0.001")
NO_KEY = "Invalid API-key, IP, or permissions for action. (-2015)"

_LEGAL = {(before, after) for (before, _), after in MOVES.items()} | {
    (OrderState.UNKNOWN, OrderState.PARTIAL),
    (OrderState.CANCEL_PENDING, OrderState.PARTIAL),
    (OrderState.ABSENT, OrderState.PARTIAL),
}

# What tests vary of a wish; the rest is plain.
_numbers = iter(range(1, 1_000_000_000))


def wish(
    side: Side = Side.BUY,
    size: str = "0.1",
    limit: str | None = "100",
    *,
    client_id: str | None = None,
    instrument: Instrument = BTC,
    origin: Origin = Origin.HAND,
    reference: str = "100",
) -> OrderIntent:
    """Return an intent with a fresh id."""
    return OrderIntent(
        client_id=ClientOrderId(client_id or f"t-{next(_numbers)}"),
        account=DEMO.id,
        instrument=instrument.id,
        side=side,
        kind=OrderKind.MARKET if limit is None else OrderKind.LIMIT,
        size=Decimal(size),
        limit_price=None if limit is None else Decimal(limit),
        reference_price=Decimal(limit or reference),
        origin=origin,
        created=START,
    )


@dataclass(slots=True, kw_only=True)
class LedgerOrder:
    """Hold an order as the fake venue has it."""

    intent: OrderIntent
    venue_id: VenueOrderId
    state: str = "open"
    filled: Decimal = ZERO
    hidden_from_queries: bool = False
    updated: datetime = START


@dataclass(slots=True, kw_only=True)
class FakeVenue:
    """Match orders at one price per instrument and remember everything it was asked."""

    clock: SteppedClock
    instruments: dict[InstrumentId, Instrument] = field(
        default_factory=lambda: {BTC.id: BTC, ETH.id: ETH}
    )
    money: dict[str, Decimal] = field(default_factory=lambda: {"USDT": Decimal(10_000)})
    orders: list[LedgerOrder] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    posts: list[ClientOrderId] = field(default_factory=list)
    cancels: list[ClientOrderId] = field(default_factory=list)
    prices: dict[InstrumentId, Decimal] = field(
        default_factory=lambda: {BTC.id: Decimal(100), ETH.id: Decimal(10)}
    )
    faults: deque[str] = field(default_factory=deque)
    cancel_faults: deque[str] = field(default_factory=deque)
    pairs: dict[ClientOrderId, ClientOrderId] = field(default_factory=dict)
    lag: bool = False
    is_unreachable: bool = False
    is_key_refused: bool = False
    forgets_before: datetime | None = None
    numbers_each_symbol: bool = False
    listeners: list[asyncio.Queue[OrderReport | None]] = field(default_factory=list)
    disturb: Callable[[OrderReport], Sequence[OrderReport]] = lambda report: (report,)

    # --- orders

    def place_pair(self, target: OrderIntent, stop: OrderIntent) -> tuple[LedgerOrder, LedgerOrder]:
        """Take two orders of which one ends the other, or refuse both as Binance would."""
        assert stop.terms.trigger_price is not None
        last = self.prices[stop.instrument]
        if (last - stop.terms.trigger_price) * stop.side.sign >= 0:
            raise OrderRefused("stop price would trigger immediately")
        self.pairs[target.client_id] = stop.client_id
        self.pairs[stop.client_id] = target.client_id
        try:
            first = self.place(target)
        except OrderRefused:
            del self.pairs[target.client_id], self.pairs[stop.client_id]
            raise
        return first, self.place(stop, is_paid=True)

    def place(self, intent: OrderIntent, *, is_paid: bool = False) -> LedgerOrder:
        """Take an order, or refuse it as Binance would."""
        is_taken = any(
            o.intent.client_id == intent.client_id and o.state in {"open", "partial"}
            for o in self.orders
        )
        if is_taken:
            raise OrderRefused("duplicate order sent")
        if not is_paid:
            self._require_funds(intent)
        order = LedgerOrder(
            intent=intent,
            venue_id=VenueOrderId(str(1000 + len(self.orders))),
            hidden_from_queries=self.lag,
            updated=self.clock.now(),
        )
        self.orders.append(order)
        self._tell(OrderReport(order=self.word(order), balances=self.balances()))
        if self._crosses(order):
            price = self.prices[intent.instrument]
            self.fill(order, intent.size, price)
        return order

    def cancel(self, client_id: ClientOrderId) -> None:
        """Take an open order off the book."""
        order = self.newest(client_id)
        if order is None or order.state not in {"open", "partial"}:
            raise OrderRefused("unknown order sent")
        self.end(order, "canceled")
        self._end_twin(order, "canceled")

    def end(self, order: LedgerOrder, state: str) -> None:
        """End an open order without filling it."""
        order.state = state
        order.updated = self.clock.now()
        self._tell(OrderReport(order=self.word(order), balances=self.balances()))

    def _end_twin(self, order: LedgerOrder, state: str) -> None:
        twin = self.newest(self.pairs.get(order.intent.client_id, ClientOrderId("")))
        if twin is not None and twin.state in {"open", "partial"}:
            self.end(twin, state)

    def fill(
        self, order: LedgerOrder, size: Decimal, price: Decimal, *, fee_currency: str | None = None
    ) -> Fill:
        """Execute a part of an order; the fee is taken in the received currency."""
        intent = order.intent
        instrument = self.instruments[intent.instrument]
        received = instrument.base if intent.side is Side.BUY else instrument.quote
        amount = (size if intent.side is Side.BUY else size * price) * FEE_RATE
        made = Fill(
            account=intent.account,
            instrument=intent.instrument,
            trade_id=self._number(intent.instrument),
            client_id=intent.client_id,
            venue_order_id=order.venue_id,
            side=intent.side,
            price=price,
            size=size,
            fee=Money(amount=amount, currency=fee_currency or received),
            liquidity=Liquidity.TAKER if intent.kind is OrderKind.MARKET else Liquidity.MAKER,
            ts_event=self.clock.now(),
            ts_init=self.clock.now(),
        )
        self.move(instrument.base, intent.side.sign * size)
        self.move(instrument.quote, -intent.side.sign * size * price)
        self.move(made.fee.currency, -amount)
        order.filled += size
        if order.state in {"open", "partial"}:
            order.state = "filled" if order.filled >= intent.size else "partial"
        order.updated = self.clock.now()
        self.fills.append(made)
        self._tell(OrderReport(fill=made, order=self.word(order), balances=self.balances()))
        self._end_twin(order, "expired")
        return made

    def _number(self, instrument: InstrumentId) -> TradeId:
        if not self.numbers_each_symbol:
            return TradeId(str(len(self.fills) + 1))
        return TradeId(str(sum(one.instrument == instrument for one in self.fills) + 1))

    def tick(self, instrument: Instrument, price: Decimal, share: Decimal = Decimal(1)) -> None:
        """Move the price; crossed orders fill, all or a share of what is left."""
        self.prices[instrument.id] = price
        for order in list(self.orders):
            if order.intent.instrument != instrument.id or not self._crosses(order):
                continue
            left = order.intent.size - order.filled
            size = max(instrument.lot, instrument.snap_size(left * share))
            self.fill(order, min(left, size), order.intent.worst_price)

    def move(self, currency: str, amount: Decimal) -> None:
        """Add to a currency, as a deposit would."""
        self.money[currency] = self.money.get(currency, ZERO) + amount

    # --- questions

    def newest(self, client_id: ClientOrderId) -> LedgerOrder | None:
        """Return the newest order of this id."""
        found = [o for o in self.orders if o.intent.client_id == client_id]
        return found[-1] if found else None

    def word(self, order: LedgerOrder) -> VenueOrder:
        """Return what the venue says of an order."""
        return VenueOrder(
            client_id=order.intent.client_id,
            venue_order_id=order.venue_id,
            instrument=order.intent.instrument,
            state=order.state,
            intent=order.intent,
            filled=order.filled,
            average_price=None,
            updated=order.updated,
        )

    def balances(self) -> tuple[Balance, ...]:
        """Return every currency, with what open orders lock."""
        locked: Counter[str] = Counter()
        for order in self.orders:
            if order.state not in {"open", "partial"}:
                continue
            instrument = self.instruments[order.intent.instrument]
            left = order.intent.size - order.filled
            twin = self.newest(self.pairs.get(order.intent.client_id, ClientOrderId("")))
            is_counted = twin is not None and twin.state in {"open", "partial"}
            if is_counted and order.intent.kind is OrderKind.STOP:
                # Only one of a pair can fill, so it locks once.
                continue
            if order.intent.side is Side.SELL:
                locked[instrument.base] += left  # type: ignore[assignment]  # Decimals add up too
            else:
                locked[instrument.quote] += left * order.intent.worst_price  # type: ignore[assignment]  # likewise
        return tuple(
            Balance(
                account=DEMO.id,
                currency=currency,
                free=total - locked[currency],
                locked=ZERO + locked[currency],
                updated=self.clock.now(),
            )
            for currency, total in self.money.items()
        )

    # --- connections

    def drop_connections(self) -> None:
        """Cut every private stream."""
        for queue in self.listeners:
            queue.put_nowait(None)
        self.listeners.clear()

    def _tell(self, report: OrderReport) -> None:
        for queue in self.listeners:
            for told in self.disturb(report):
                queue.put_nowait(told)

    def _crosses(self, order: LedgerOrder) -> bool:
        if order.state not in {"open", "partial"}:
            return False
        if order.intent.kind is OrderKind.TRAILING_STOP:
            # A test that follows prices says itself when such an order fills.
            return False
        if (trigger := order.intent.terms.trigger_price) is not None:
            return (self.prices[order.intent.instrument] - trigger) * order.intent.side.sign >= 0
        if order.intent.limit_price is None:
            return True
        gap = self.prices[order.intent.instrument] - order.intent.limit_price
        return gap * order.intent.side.sign <= 0

    def _require_funds(self, intent: OrderIntent) -> None:
        instrument = self.instruments[intent.instrument]
        free = {balance.currency: balance.free for balance in self.balances()}
        price = intent.limit_price or self.prices[intent.instrument]
        currency, need = (
            (instrument.base, intent.size)
            if intent.side is Side.SELL
            else (instrument.quote, intent.size * price)
        )
        if free.get(currency, ZERO) < need:
            raise OrderRefused("account has insufficient balance for requested action")


class FakeWire:
    """Be `Broker` and `AccountReader` of one life of the desk.

    Once `is_alive` is False, nothing that the old life still tries gets through.
    """

    def __init__(self, venue: FakeVenue) -> None:
        self.venue = venue
        self.is_alive = True
        self.hold: asyncio.Event | None = None

    async def submit(self, intent: OrderIntent) -> VenueOrder:
        await self._pass(with_key=True)
        self.venue.posts.append(intent.client_id)
        fault = self.venue.faults.popleft() if self.venue.faults else ""
        if fault == "key" or self.venue.is_key_refused:
            raise OrderKeyRefused(f"demo refused the order {intent.client_id}: {NO_KEY}")
        if fault == "lost before":
            raise OutcomeUnknown("the connection was reset")
        if fault == "refused":
            raise OrderRefused("filter failure: NOTIONAL")
        if fault == "bug":
            raise ZeroDivisionError("a bug in the adapter")
        order = self.venue.place(intent)
        reach("order.sent_before_ack")
        if fault == "lost after":
            raise OutcomeUnknown("502 Bad Gateway")
        if fault == "late":
            await self._forever()
        if self.hold is not None:
            await self.hold.wait()
        return self.venue.word(order)

    async def cancel(
        self,
        instrument: InstrumentId,
        client_id: ClientOrderId,
        venue_order_id: VenueOrderId | None,
    ) -> None:
        await self._pass(with_key=True)
        self.venue.cancels.append(client_id)
        fault = self.venue.cancel_faults.popleft() if self.venue.cancel_faults else ""
        if fault == "key" or self.venue.is_key_refused:
            raise OrderKeyRefused(f"demo refused the cancel of {client_id}: {NO_KEY}")
        if fault == "lost before":
            raise OutcomeUnknown("the connection was reset")
        if fault == "refused":
            raise OrderRefused("the venue does not take it back")
        self.venue.cancel(client_id)
        if fault == "lost after":
            raise OutcomeUnknown("504 Gateway Timeout")

    async def find_order(
        self, instrument: InstrumentId, client_id: ClientOrderId
    ) -> VenueOrder | None:
        await self._pass()
        order = self.venue.newest(client_id)
        if order is None or order.hidden_from_queries:
            return None
        return self.venue.word(order)

    async def reports(self) -> AsyncIterator[OrderReport]:
        await self._pass()
        queue: asyncio.Queue[OrderReport | None] = asyncio.Queue()
        self.venue.listeners.append(queue)
        try:
            yield OrderReport()
            while (report := await queue.get()) is not None:
                await self._pass(reachable=True)
                yield report
            raise FeedUnavailable("the private stream was cut")
        finally:
            if queue in self.venue.listeners:
                self.venue.listeners.remove(queue)

    async def open_orders(self) -> Sequence[VenueOrder]:
        await self._pass()
        return [
            self.venue.word(o)
            for o in self.venue.orders
            if o.state in {"open", "partial"} and not o.hidden_from_queries
        ]

    async def recent_orders(
        self, instrument: InstrumentId, since: datetime
    ) -> Sequence[VenueOrder]:
        await self._pass()
        return [
            self.venue.word(o)
            for o in self.venue.orders
            if o.intent.instrument == instrument
            and not o.hidden_from_queries
            and o.updated >= max(since, self.venue.forgets_before or since)
        ]

    async def fills(self, instrument: InstrumentId, since: datetime) -> Sequence[Fill]:
        await self._pass()
        hidden = {o.venue_id for o in self.venue.orders if o.hidden_from_queries}
        # As Binance: own trades name the order by the venue's number alone.
        return [
            replace(f, client_id=ClientOrderId(""))
            for f in self.venue.fills
            if f.instrument == instrument
            and f.ts_event >= max(since, self.venue.forgets_before or since)
            and f.venue_order_id not in hidden
        ]

    async def balances(self) -> Sequence[Balance]:
        await self._pass()
        return [balance for balance in self.venue.balances() if balance.total != 0]

    async def _pass(self, *, reachable: bool = False, with_key: bool = False) -> None:
        await asyncio.sleep(0)
        if not self.is_alive:
            await self._forever()
        if self.venue.is_key_refused and not with_key:
            raise KeyRefused(f"demo does not accept the API key: {NO_KEY}")
        if self.venue.is_unreachable and not reachable:
            raise FeedUnavailable("no route to host")

    async def _forever(self) -> None:
        await asyncio.get_running_loop().create_future()


class FakeNative:
    """Be `NativeOrders` of one life: stops and pairs of a stop and a target rest at the venue."""

    def __init__(self, wire: FakeWire) -> None:
        self.wire = wire

    @property
    def abilities(self) -> Abilities:
        kinds = frozenset({OrderKind.MARKET, OrderKind.LIMIT, OrderKind.STOP})
        return Abilities(kinds=kinds, has_pairs=True)

    async def submit_pair(self, target: OrderIntent, stop: OrderIntent) -> Sequence[VenueOrder]:
        await self.wire._pass()
        venue = self.wire.venue
        venue.posts.extend((target.client_id, stop.client_id))
        fault = venue.faults.popleft() if venue.faults else ""
        if fault == "refused":
            raise OrderRefused("filter failure: NOTIONAL")
        if fault == "lost before":
            raise OutcomeUnknown("the connection was reset")
        placed = venue.place_pair(target, stop)
        if fault == "lost after":
            raise OutcomeUnknown("502 Bad Gateway")
        return [venue.word(order) for order in placed]

    async def replace(self, old: Order, intent: OrderIntent) -> Replaced:
        raise AssertionError("this venue replaces nothing")


class MemoryRows:
    """Keep committed rows; they outlive every life of the desk."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.orders: dict[ClientOrderId, Order] = {}
        self.fills: dict[tuple[AccountId, InstrumentId, TradeId], Fill] = {}
        self.positions: dict[InstrumentId, Position] = {}
        self.balances: dict[str, Balance] = {}
        self.transfers: list[Transfer] = []
        self.equity: list[EquityPoint] = []
        self.parents: dict[ParentId, ParentOrder] = {}
        self.journal: list[JournalRow] = []
        self.offsets: dict[str, int] = {}
        self.signals: dict[str, Signal] = {}
        self.refusals: deque[str] = deque()
        self.is_down = False

    def commit(self, *changes: TradingChange) -> Sequence[Fill]:
        fills = [fill for change in changes for fill in change.fills]
        keys = {fill.key for fill in fills}
        if len(keys) < len(fills) or keys & self.fills.keys():
            return ()
        for change in changes:
            self._take(change)
        return fills

    def _take(self, change: TradingChange) -> None:
        for order in change.orders:
            self._put(order)
        self.fills.update({fill.key: fill for fill in change.fills})
        self.positions.update({p.instrument: p for p in change.positions})
        self.balances.update({b.currency: b for b in change.balances})
        self.transfers.extend(change.transfers)
        self.parents.update({parent.id: parent for parent in change.parents})
        self.seal(change.events)

    def seal(self, drafts: Sequence[JournalDraft]) -> Sequence[JournalRow]:
        rows = []
        for draft in drafts:
            before = self.journal[-1].digest if self.journal else ""
            digest = hashlib.sha256(f"{before}{draft}".encode()).hexdigest()
            row = JournalRow(
                sequence=len(self.journal) + 1,
                draft=draft,
                ts_init=self.clock.now(),
                digest=digest,
            )
            self.journal.append(row)
            rows.append(row)
        return rows

    def _put(self, order: Order) -> None:
        before = self.orders.get(order.client_id)
        if before is not None and before.state is not order.state:
            assert (before.state, order.state) in _LEGAL, f"{before.state} -> {order.state}"
        self.orders[order.client_id] = order


class MemoryStore:
    """Be `TradingStore`, `TradingReader`, `Journal` and `SignalStore` of one life.

    `rows.refusals` names what happens to the next writes: "down" fails before the
    commit, "unsure" after it.
    """

    def __init__(self, rows: MemoryRows) -> None:
        self.rows = rows
        self.is_alive = True

    async def record(self, *changes: TradingChange) -> Sequence[Fill]:
        await self._pass()
        fault = self.rows.refusals.popleft() if self.rows.refusals else ""
        if fault == "down":
            raise StorageUnavailable("the server closed the connection")
        new = self.rows.commit(*changes)
        if fault == "unsure":
            raise StorageUnavailable("the server closed the connection during the commit")
        return new

    async def open_orders(self, account: AccountId) -> Sequence[Order]:
        await self._pass()
        return [order for order in self.rows.orders.values() if order.state in OPEN_STATES]

    async def order(self, account: AccountId, client_id: ClientOrderId) -> Order | None:
        await self._pass()
        return self.rows.orders.get(client_id)

    async def known_fills(self, fills: Sequence[Fill]) -> Sequence[Fill]:
        await self._pass()
        return [fill for fill in fills if fill.key in self.rows.fills]

    async def last_fill_time(self, account: AccountId) -> datetime | None:
        await self._pass()
        return max((fill.ts_event for fill in self.rows.fills.values()), default=None)

    async def accounts(self) -> Sequence[Account]:
        await self._pass()
        return [DEMO]

    async def orders(self, account: AccountId, limit: int = 500) -> Sequence[Order]:
        await self._pass()
        return list(self.rows.orders.values())[-limit:]

    async def fills(
        self, account: AccountId, instrument: InstrumentId | None = None, limit: int = 500
    ) -> Sequence[Fill]:
        await self._pass()
        found = [f for f in self.rows.fills.values() if instrument in {None, f.instrument}]
        return sorted(found, key=lambda fill: fill.ts_event, reverse=True)[:limit]

    async def positions(self, account: AccountId) -> Sequence[Position]:
        await self._pass()
        return list(self.rows.positions.values())

    async def balances(self, account: AccountId) -> Sequence[Balance]:
        await self._pass()
        return list(self.rows.balances.values())

    async def movements(self, account: AccountId) -> Mapping[str, Decimal]:
        await self._pass()
        total: dict[str, Decimal] = {}
        for fill in self.rows.fills.values():
            instrument = {BTC.id: BTC, ETH.id: ETH}[fill.instrument]
            for currency, amount in movements(fill, instrument).items():
                total[currency] = total.get(currency, ZERO) + amount
        for one in self.rows.transfers:
            total[one.currency] = total.get(one.currency, ZERO) + one.amount
        return total

    async def transfers(self, account: AccountId) -> Sequence[Transfer]:
        await self._pass()
        return tuple(self.rows.transfers)

    async def record_equity(self, point: EquityPoint) -> None:
        await self._pass()
        self.rows.equity.append(point)

    async def equity(
        self, account: AccountId, since: datetime, limit: int = 5_000
    ) -> Sequence[EquityPoint]:
        await self._pass()
        return [point for point in self.rows.equity if point.at >= since][-limit:]

    async def peak(self, account: AccountId) -> Decimal | None:
        await self._pass()
        return max((point.made for point in self.rows.equity), default=None)

    async def running_parents(self, account: AccountId) -> Sequence[ParentOrder]:
        await self._pass()
        running = (one for one in self.rows.parents.values() if one.state is ParentState.RUNNING)
        return tuple(running)

    async def parents(self, account: AccountId, limit: int = 200) -> Sequence[ParentOrder]:
        await self._pass()
        return tuple(self.rows.parents.values())[-limit:]

    async def append(
        self, drafts: Sequence[JournalDraft], *, marks: Sequence[str] = ()
    ) -> Sequence[JournalRow]:
        await self._pass()
        rows = self.rows.seal(drafts)
        self.rows.offsets.update(dict.fromkeys(marks, rows[-1].sequence))
        return rows

    async def read(self, after: int, limit: int = 1000) -> Sequence[JournalRow]:
        await self._pass()
        return self.rows.journal[after : after + limit]

    async def offset(self, consumer: str) -> int:
        await self._pass()
        return self.rows.offsets.get(consumer, 0)

    async def advance(self, consumer: str, sequence: int) -> None:
        await self._pass()
        self.rows.offsets[consumer] = sequence

    async def verify(self) -> int | None:
        await self._pass()
        return None

    async def record_signals(self, signals: Sequence[Signal]) -> Sequence[Signal]:
        await self._pass()
        new = [signal for signal in signals if signal.id not in self.rows.signals]
        self.rows.signals.update({signal.id: signal for signal in new})
        return new

    async def signals(
        self, instrument: InstrumentId | None = None, limit: int = 200
    ) -> Sequence[Signal]:
        await self._pass()
        return list(self.rows.signals.values())[-limit:]

    async def decide_signal(self, signal: SignalId, decision: SignalDecision) -> Signal | None:
        await self._pass()
        known = self.rows.signals.get(signal)
        if known is not None:
            known = self.rows.signals[signal] = replace(known, decision=decision)
        return known

    async def _pass(self) -> None:
        await asyncio.sleep(0)
        if not self.is_alive:
            await asyncio.get_running_loop().create_future()
        if self.rows.is_down:
            raise StorageUnavailable("connection refused")


QUICK = TradingOptions(
    patience_s=5.0,
    send_timeout_s=0.5,
    cancel_timeout_s=0.5,
    storage_first_wait_s=0.005,
    storage_longest_wait_s=0.02,
    stream_first_wait_s=0.005,
    stream_longest_wait_s=0.02,
    settle_s=0.01,
    reconcile_s=0.05,
    reconcile_idle_s=30.0,
    reconcile_gap_s=0.001,
    reconcile_first_wait_s=0.005,
    reconcile_longest_wait_s=0.02,
    lag_s=10.0,
    absence_s=60.0,
    close_s=0.2,
)


class Life:
    """Run one life of a desk against the fakes, from its start to its end or its death."""

    def __init__(
        self,
        venue: FakeVenue,
        rows: MemoryRows,
        *,
        limits: RiskLimits | None = None,
        options: TradingOptions = QUICK,
        native: NativeOrders | None = None,
        wire: FakeWire | None = None,
        clock: Clock | None = None,
        is_native: bool = False,
    ) -> None:
        self.venue = venue
        self.rows = rows
        self.clock = clock or venue.clock
        self.events: list[Event] = []
        self.wire = wire or FakeWire(venue)
        self.store = MemoryStore(rows)
        self.prices = Prices(self.clock)
        self.desk = OrderDesk(
            account=DEMO,
            store=self.store,
            rows=self.store,
            journal=self.store,
            broker=self.wire,
            reader=self.wire,
            instruments=lambda: venue.instruments,
            prices=self.prices,
            clock=self.clock,
            publish=self.events.append,
            limits=limits or RiskLimits(),
            options=options,
            ledger=self.store,
            parents=self.store,
            native=FakeNative(self.wire) if is_native else native,
        )

    async def begin(self) -> Life:
        """Start and wait until the account is compared."""
        self.see_prices()
        await self.desk.start()
        async with asyncio.timeout(30):
            await self.desk.ready()
        return self

    async def die(self) -> None:
        """End as a killed process does: nothing more gets out, nothing is tidied up."""
        self.wire.is_alive = self.store.is_alive = False
        for nursery in (self.desk._ears, self.desk._work):
            while tasks := tuple(nursery._tasks):
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks, timeout=0.01)
                await asyncio.sleep(0)  # lets the nursery let go of them

    async def settle(self, until: Callable[[], bool], timeout_s: float = 30.0) -> None:
        """Let the desk work until the condition holds."""
        async with asyncio.timeout(timeout_s):
            while not until():
                await asyncio.sleep(0.002)

    async def quiet(self) -> None:
        """Let the desk work until desk and venue agree on what is open."""
        await self.settle(lambda: not difference(self.venue, self.rows))

    def see_prices(self) -> None:
        """Tell the desk the venue's prices as of now."""
        for instrument, price in self.venue.prices.items():
            self.prices.on_ticker(TickerMoved(ticker=ticker(instrument, price, self.clock.now())))

    def state(self, client_id: ClientOrderId) -> OrderState | None:
        """Return the stored state of an order."""
        order = self.rows.orders.get(client_id)
        return None if order is None else order.state

    def denials(self) -> list[tuple[str, str]]:
        """Return the codes and reasons of all denials."""
        return [(e.code, e.reason) for e in self.events if isinstance(e, OrderDenied)]


def world() -> tuple[FakeVenue, MemoryRows]:
    """Return a venue with money and an empty store, on one clock."""
    clock = SteppedClock(START)
    return FakeVenue(clock=clock), MemoryRows(clock)


def ticker(instrument: InstrumentId, price: Decimal, at: datetime) -> Ticker:
    """Return a quote that holds only a last price."""
    return Ticker(
        instrument=instrument,
        last=price,
        bid=None,
        ask=None,
        change_pct=None,
        volume=None,
        ts_event=at,
        ts_init=at,
    )


def difference(venue: FakeVenue, rows: MemoryRows) -> str:
    """Return the first way in which desk and venue disagree, or an empty text (I1 to I3)."""
    for client_id, count in Counter(o.intent.client_id for o in venue.orders).items():
        if count > 1:
            return f"I1: the venue holds {count} orders called {client_id}"
    theirs, ours = {f.key for f in venue.fills}, set(rows.fills)
    if theirs != ours:
        return f"I2: fills differ, missing {theirs - ours}, invented {ours - theirs}"
    return _different_orders(venue, rows) or _different_money(venue, rows)


def _different_orders(venue: FakeVenue, rows: MemoryRows) -> str:
    for order in venue.orders:
        ours = rows.orders.get(order.intent.client_id)
        if ours is None:
            if order.state in {"open", "partial"} or order.filled:
                return f"order {order.intent.client_id} is not known to the desk"
        elif ours.filled != order.filled:
            return f"order {ours.client_id} filled {order.filled}, the desk has {ours.filled}"
        elif (ours.state in OPEN_STATES) is not (order.state in {"open", "partial"}):
            return f"order {ours.client_id} is {order.state}, the desk says {ours.state}"
    return ""


def _different_money(venue: FakeVenue, rows: MemoryRows) -> str:
    for balance in venue.balances():
        ours = rows.balances.get(balance.currency)
        if balance.total != (ZERO if ours is None else ours.total):
            return f"I3: {balance.currency} is {balance.total}, the desk has {ours}"
    for instrument in venue.instruments.values():
        fills = [fill for fill in venue.fills if fill.instrument == instrument.id]
        position = rows.positions.get(instrument.id)
        if not fills and position is None:
            continue
        if position is None:
            return f"I3: there is no position in {instrument.id}"
        expected = replay(fills, instrument, "USDT")
        if position != expected:
            return f"I3: the position is {position}, should be {expected}"
        if position.size != sum((_kept(fill, instrument) for fill in fills), ZERO):
            return f"I3: the position {position.size} is not the sum of its fills"
    return ""


def _kept(fill: Fill, instrument: Instrument) -> Decimal:
    fee = fill.fee.amount if fill.fee.currency == instrument.base else ZERO
    return fill.side.sign * fill.size - fee


MINUTE = timedelta(minutes=1)
