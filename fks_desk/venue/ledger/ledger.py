"""Keep balances, orders and fills as the sum of their records."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache

import msgspec

from fks_desk.core.errors import TradingError
from fks_desk.core.model import Side
from fks_desk.venue.ledger.records import (
    ZERO,
    Activated,
    Amended,
    Deposited,
    Ended,
    Filled,
    LedgerFill,
    LedgerList,
    LedgerOrder,
    LedgerStatus,
    Listed,
    Placed,
    Record,
)


class Holding(msgspec.Struct, frozen=True, gc=False):
    """Hold what an account has of one asset."""

    free: Decimal = ZERO
    locked: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """Return free and locked together."""
        return self.free + self.locked


class LedgerState(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a whole ledger as a snapshot writes it."""

    holdings: dict[int, dict[str, Holding]]
    fees: dict[str, Decimal]
    market: dict[str, Decimal]
    deposits: dict[str, Decimal]
    orders: list[LedgerOrder]
    fills: list[LedgerFill]
    lists: list[LedgerList] = []


NOTHING = Holding()


class Ledger:
    """Apply records and answer questions about what they add up to.

    The market is the other side of each fill: what it gained (`market`), the
    fees and the accounts together always equal the deposits.
    """

    def __init__(self, state: LedgerState | None = None) -> None:
        self._holdings: dict[int, dict[str, Holding]] = defaultdict(dict)
        self._orders: dict[int, LedgerOrder] = {}
        self._open: dict[str, dict[int, LedgerOrder]] = defaultdict(dict)
        self._by_client_id: dict[tuple[int, str, str], int] = {}
        self._by_symbol: dict[tuple[int, str], list[int]] = defaultdict(list)
        self._fills: dict[tuple[int, str], list[LedgerFill]] = defaultdict(list)
        self._fills_of: dict[int, list[LedgerFill]] = defaultdict(list)
        self._open_count: Counter[tuple[int, str]] = Counter()
        self._lists: dict[int, LedgerList] = {}
        self._last_order_id = 1000
        self._last_fill_id = 0
        self.fees: dict[str, Decimal] = defaultdict(Decimal)
        self.market: dict[str, Decimal] = defaultdict(Decimal)
        self.deposits: dict[str, Decimal] = defaultdict(Decimal)
        if state is not None:
            self._restore(state)

    # --- questions ---------------------------------------------------------------------

    def holdings(self, uid: int) -> Mapping[str, Holding]:
        """Return what the account has, by asset."""
        return self._holdings.get(uid, {})

    def accounts(self) -> tuple[int, ...]:
        """Return every account that has had money."""
        return tuple(self._holdings)

    def holding(self, uid: int, asset: str) -> Holding:
        """Return what the account has of one asset."""
        return self._holdings[uid].get(asset, NOTHING)

    def order(self, order_id: int) -> LedgerOrder | None:
        """Return an order by the venue's id."""
        return self._orders.get(order_id)

    def order_by_client_id(self, uid: int, symbol: str, client_id: str) -> LedgerOrder | None:
        """Return the newest order that was placed under the client id."""
        order_id = self._by_client_id.get((uid, symbol, client_id))
        return None if order_id is None else self._orders[order_id]

    def open_orders(self, symbol: str | None = None, uid: int | None = None) -> list[LedgerOrder]:
        """Return the orders that can still fill, oldest first."""
        if symbol is not None:
            found = list(self._open[symbol].values())
        else:
            every = (order for orders in self._open.values() for order in orders.values())
            found = sorted(every, key=lambda order: order.id)
        return found if uid is None else [order for order in found if order.uid == uid]

    def orders(self, uid: int, symbol: str) -> list[LedgerOrder]:
        """Return every order of an account and symbol, oldest first."""
        return [self._orders[order_id] for order_id in self._by_symbol.get((uid, symbol), ())]

    def fills(self, uid: int, symbol: str) -> list[LedgerFill]:
        """Return every fill of an account and symbol, oldest first."""
        return list(self._fills.get((uid, symbol), ()))

    def fills_of(self, order_id: int) -> Sequence[LedgerFill]:
        """Return the fills of one order, oldest first."""
        return self._fills_of.get(order_id, ())

    def order_list(self, list_id: int) -> LedgerList | None:
        """Return a list of orders by the venue's id."""
        return self._lists.get(list_id)

    def order_lists(self, uid: int) -> list[LedgerList]:
        """Return every list of an account, oldest first."""
        return [item for item in self._lists.values() if item.uid == uid]

    def orders_of(self, orders: LedgerList) -> list[LedgerOrder]:
        """Return a list's orders as they stand, the one that works first in front."""
        return [self._orders[order_id] for order_id in orders.order_ids if order_id in self._orders]

    def open_count(self, uid: int, symbol: str) -> int:
        """Return how many orders of an account and symbol can still fill."""
        return self._open_count[uid, symbol]

    def all_orders(self) -> list[LedgerOrder]:
        """Return every order of every account, oldest first."""
        return list(self._orders.values())

    def all_fills(self) -> list[LedgerFill]:
        """Return every fill of every account, oldest first."""
        every = (fill for fills in self._fills.values() for fill in fills)
        return sorted(every, key=lambda fill: fill.id)

    @property
    def next_order_id(self) -> int:
        """Return the id that the next order gets."""
        return self._last_order_id + 1

    @property
    def next_list_id(self) -> int:
        """Return the id that the next list of orders gets."""
        return len(self._lists) + 1

    @property
    def next_fill_id(self) -> int:
        """Return the id that the next fill gets."""
        return self._last_fill_id + 1

    # --- changes -----------------------------------------------------------------------

    def apply(self, records: Iterable[Record]) -> list[LedgerOrder | None]:
        """Add records in order and return the order that each one left behind, if any.

        Raise `TradingError` at a record that would make money from nothing.
        """
        return [self.take(record) for record in records]

    def take(self, record: Record) -> LedgerOrder | None:
        """Add one record and return the order that it left behind, if any."""
        match record:
            case Filled():
                return self._fill(record.fill)
            case Placed():
                return self._place(record.order)
            case Ended():
                return self._end(record)
            case Activated():
                return self._activate(record)
            case Amended():
                return self._amend(record)
            case Deposited():
                self._deposit(record)
            case Listed():
                self._lists[record.orders.id] = record.orders
        return None

    def state(self) -> LedgerState:
        """Return everything, for a snapshot."""
        return LedgerState(
            holdings={uid: dict(held) for uid, held in self._holdings.items()},
            fees=dict(self.fees),
            market=dict(self.market),
            deposits=dict(self.deposits),
            orders=self.all_orders(),
            fills=self.all_fills(),
            lists=list(self._lists.values()),
        )

    def _restore(self, state: LedgerState) -> None:
        for uid, held in state.holdings.items():
            self._holdings[uid] = dict(held)
        self.fees.update(state.fees)
        self.market.update(state.market)
        self.deposits.update(state.deposits)
        self._lists.update((item.id, item) for item in state.lists)
        for order in state.orders:
            self._remember(order)
        for fill in state.fills:
            self._note_fill(fill)

    def _deposit(self, record: Deposited) -> None:
        self._move(record.uid, record.asset, record.amount, ZERO)
        self.deposits[record.asset] += record.amount

    def _place(self, order: LedgerOrder) -> LedgerOrder:
        if order.locked:
            self._move(order.uid, lock_asset(order), -order.locked, order.locked)
        self._remember(order)
        return order

    def _fill(self, fill: LedgerFill) -> LedgerOrder:
        order = self._orders[fill.order_id]
        base, quote = assets(order.symbol)
        size, cost = fill.size, fill.cost
        filled = order.filled + size
        is_done = filled >= order.size
        if order.side is Side.BUY:
            spent_asset, spent, got_asset, got = quote, cost, base, size
            released = order.locked and (order.locked if is_done else size * order.price)
        else:
            spent_asset, spent, got_asset, got = base, size, quote, cost
            released = order.locked and (order.locked if is_done else size)
        self._move(order.uid, spent_asset, released - spent, -released)
        held = self._holdings[order.uid]
        had = held.get(got_asset, NOTHING)
        held[got_asset] = Holding(had.free + got - fill.fee, had.locked)
        self.market[spent_asset] += spent
        self.market[got_asset] -= got
        self.fees[got_asset] += fill.fee
        self._note_fill(fill)
        return self._replace(
            order,
            filled=filled,
            quote_filled=order.quote_filled + cost,
            locked=order.locked - released,
            status=LedgerStatus.FILLED if is_done else LedgerStatus.PARTIALLY_FILLED,
            updated_ms=fill.moment_ms,
        )

    def _end(self, record: Ended) -> LedgerOrder:
        order = self._orders[record.order_id]
        self._lock(order, ZERO)
        return self._replace(order, locked=ZERO, status=record.status, updated_ms=record.moment_ms)

    def _activate(self, record: Activated) -> LedgerOrder:
        order = self._orders[record.order_id]
        self._lock(order, record.locked)
        return self._replace(
            order,
            locked=record.locked,
            status=LedgerStatus.NEW,
            is_waiting=record.is_waiting,
            working_ms=0 if record.is_waiting else record.moment_ms,
            updated_ms=record.moment_ms,
        )

    def _amend(self, record: Amended) -> LedgerOrder:
        order = self._orders[record.order_id]
        self._lock(order, record.locked)
        self._by_client_id[order.uid, order.symbol, record.client_id] = order.id
        return self._replace(
            order,
            locked=record.locked,
            size=record.size,
            client_id=record.client_id,
            updated_ms=record.moment_ms,
        )

    def _lock(self, order: LedgerOrder, amount: Decimal) -> None:
        """Let an order lock another amount than it does."""
        more = amount - order.locked
        if more:
            self._move(order.uid, lock_asset(order), -more, more)

    def _move(self, uid: int, asset: str, free: Decimal, locked: Decimal) -> None:
        holdings = self._holdings[uid]
        held = holdings.get(asset, NOTHING)
        now_free, now_locked = held.free + free, held.locked + locked
        if now_free < 0 or now_locked < 0:
            raise TradingError(
                f"account {uid} would have {now_free} {asset} free and {now_locked} locked"
            )
        holdings[asset] = Holding(now_free, now_locked)

    def _remember(self, order: LedgerOrder) -> None:
        key = order.uid, order.symbol
        self._last_order_id = max(self._last_order_id, order.id)
        self._orders[order.id] = order
        if order.status.is_open:
            self._open[order.symbol][order.id] = order
            self._open_count[key] += 1
        self._by_client_id[order.uid, order.symbol, order.client_id] = order.id
        self._by_symbol[key].append(order.id)

    def _replace(self, order: LedgerOrder, **changes: object) -> LedgerOrder:
        after = msgspec.structs.replace(order, **changes)
        self._orders[order.id] = after
        if after.status.is_open:
            self._open[order.symbol][order.id] = after
        elif self._open[order.symbol].pop(order.id, None) is not None:
            self._open_count[order.uid, order.symbol] -= 1
        return after

    def _note_fill(self, fill: LedgerFill) -> None:
        self._last_fill_id = max(self._last_fill_id, fill.id)
        self._fills[fill.uid, fill.symbol].append(fill)
        self._fills_of[fill.order_id].append(fill)


def lock_asset(order: LedgerOrder) -> str:
    """Return the asset that an order locks: the quote for a buy, the base for a sell."""
    base, quote = assets(order.symbol)
    return quote if order.side is Side.BUY else base


@cache
def assets(symbol: str) -> tuple[str, str]:
    """Return what is traded and what it is paid with."""
    base, quote = symbol.split("/")
    return base, quote
