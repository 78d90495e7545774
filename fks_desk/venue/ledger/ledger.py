"""Keep balances, orders and fills as the sum of their records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from fks_desk.core.errors import TradingError
from fks_desk.core.model import Side
from fks_desk.venue.ledger.records import (
    ZERO,
    Deposited,
    Ended,
    Filled,
    LedgerFill,
    LedgerOrder,
    LedgerStatus,
    Placed,
    Record,
)


class Holding(msgspec.Struct, frozen=True):
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

    def holding(self, uid: int, asset: str) -> Holding:
        """Return what the account has of one asset."""
        return self.holdings(uid).get(asset, Holding())

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
    def next_fill_id(self) -> int:
        """Return the id that the next fill gets."""
        return self._last_fill_id + 1

    # --- changes -----------------------------------------------------------------------

    def apply(self, records: Iterable[Record]) -> list[LedgerOrder | None]:
        """Add records in order and return the order that each one left behind, if any.

        Raise `TradingError` at a record that would make money from nothing.
        """
        return [self._apply(record) for record in records]

    def _apply(self, record: Record) -> LedgerOrder | None:
        match record:
            case Placed():
                return self._place(record.order)
            case Filled():
                return self._fill(record.fill)
            case Ended():
                return self._end(record)
            case Deposited():
                self._deposit(record)
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
        )

    def _restore(self, state: LedgerState) -> None:
        for uid, held in state.holdings.items():
            self._holdings[uid] = dict(held)
        self.fees.update(state.fees)
        self.market.update(state.market)
        self.deposits.update(state.deposits)
        for order in state.orders:
            self._remember(order)
            if not order.status.is_open:
                self._open[order.symbol].pop(order.id, None)
        for fill in state.fills:
            self._note_fill(fill)

    def _deposit(self, record: Deposited) -> None:
        self._move(record.uid, record.asset, free=record.amount)
        self.deposits[record.asset] += record.amount

    def _place(self, order: LedgerOrder) -> LedgerOrder:
        self._move(order.uid, lock_asset(order), free=-order.locked, locked=order.locked)
        self._remember(order)
        return order

    def _fill(self, fill: LedgerFill) -> LedgerOrder:
        order = self._orders[fill.order_id]
        base, quote = order.symbol.split("/")
        spent_asset, spent = (quote, fill.cost) if fill.side is Side.BUY else (base, fill.size)
        got_asset, got = (base, fill.size) if fill.side is Side.BUY else (quote, fill.cost)
        released = self._released(order, fill)
        self._move(order.uid, spent_asset, free=released - spent, locked=-released)
        self._move(order.uid, got_asset, free=got - fill.fee)
        self.market[spent_asset] += spent
        self.market[got_asset] -= got
        self.fees[got_asset] += fill.fee
        filled = order.filled + fill.size
        is_done = filled >= order.size
        self._note_fill(fill)
        return self._replace(
            order,
            filled=filled,
            quote_filled=order.quote_filled + fill.cost,
            locked=order.locked - released,
            status=LedgerStatus.FILLED if is_done else LedgerStatus.PARTIALLY_FILLED,
            updated_ms=fill.moment_ms,
        )

    @staticmethod
    def _released(order: LedgerOrder, fill: LedgerFill) -> Decimal:
        """Return the part of the lock that this fill frees; market orders lock nothing."""
        if not order.locked:
            return ZERO
        return fill.size * order.price if order.side is Side.BUY else fill.size

    def _end(self, record: Ended) -> LedgerOrder:
        order = self._orders[record.order_id]
        self._move(order.uid, lock_asset(order), free=order.locked, locked=-order.locked)
        return self._replace(order, locked=ZERO, status=record.status, updated_ms=record.moment_ms)

    def _move(self, uid: int, asset: str, *, free: Decimal = ZERO, locked: Decimal = ZERO) -> None:
        held = self.holding(uid, asset)
        after = Holding(free=held.free + free, locked=held.locked + locked)
        if after.free < 0 or after.locked < 0:
            raise TradingError(
                f"account {uid} would have {after.free} {asset} free and {after.locked} locked"
            )
        self._holdings[uid][asset] = after

    def _remember(self, order: LedgerOrder) -> None:
        self._last_order_id = max(self._last_order_id, order.id)
        self._orders[order.id] = order
        self._open[order.symbol][order.id] = order
        self._by_client_id[order.uid, order.symbol, order.client_id] = order.id
        self._by_symbol[order.uid, order.symbol].append(order.id)

    def _replace(self, order: LedgerOrder, **changes: object) -> LedgerOrder:
        after = msgspec.structs.replace(order, **changes)
        self._orders[order.id] = after
        if after.status.is_open:
            self._open[order.symbol][order.id] = after
        else:
            self._open[order.symbol].pop(order.id, None)
        return after

    def _note_fill(self, fill: LedgerFill) -> None:
        self._last_fill_id = max(self._last_fill_id, fill.id)
        self._fills[fill.uid, fill.symbol].append(fill)
        self._fills_of[fill.order_id].append(fill)


def lock_asset(order: LedgerOrder) -> str:
    """Return the asset that an order locks: the quote for a buy, the base for a sell."""
    base, quote = order.symbol.split("/")
    return quote if order.side is Side.BUY else base
