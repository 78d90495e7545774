"""Keep wallets, positions and orders as the sum of their records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from fks_desk.core.model import PositionSide
from fks_desk.venue.ledger.records import (
    ZERO,
    Activated,
    Amended,
    Deposited,
    Ended,
    LedgerStatus,
)
from fks_desk.venue.perpetual.records import (
    Agreed,
    Funded,
    Hedged,
    Insured,
    MarginMoved,
    PerpFill,
    PerpFilled,
    PerpOrder,
    PerpPlaced,
    PerpPosition,
    PerpRecord,
    Repriced,
    Terms,
)
from fks_desk.venue.perpetual.settling import settled

Leg = tuple[str, PositionSide]
NO_POSITION = PerpPosition()
NO_TERMS = Terms()


class PerpState(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a whole margin ledger as a snapshot writes it."""

    wallets: dict[int, Decimal]
    positions: list[tuple[int, str, PositionSide, PerpPosition]]
    terms: list[tuple[int, str, Terms]]
    dual: list[int]
    orders: list[PerpOrder]
    fills: list[PerpFill]
    funding: list[Funded]
    deposits: Decimal
    fees: Decimal
    funded: Decimal
    insured: Decimal
    market_cash: Decimal
    market_sizes: dict[str, Decimal]
    insurance: list[Insured] = []


class PerpLedger:
    """Apply records and answer questions about what they add up to.

    The market is the other side of each fill: wallets less the cost of positions,
    the market's cash, fees and funding together always equal deposits and insurance.
    """

    def __init__(self, state: PerpState | None = None) -> None:
        self.wallets: dict[int, Decimal] = defaultdict(Decimal)
        self._positions: dict[int, dict[Leg, PerpPosition]] = defaultdict(dict)
        self._terms: dict[tuple[int, str], Terms] = {}
        self._dual: set[int] = set()
        self._orders: dict[int, PerpOrder] = {}
        self._open: dict[int, PerpOrder] = {}
        self._by_client_id: dict[tuple[int, str, str], int] = {}
        self.fills: list[PerpFill] = []
        self.funding: list[Funded] = []
        self.insurance: list[Insured] = []
        self.deposits = self.fees = self.funded = self.insured = self.market_cash = ZERO
        self.market_sizes: dict[str, Decimal] = defaultdict(Decimal)
        if state is not None:
            self._restore(state)

    # --- questions ---------------------------------------------------------------------

    def positions(self, uid: int) -> Mapping[Leg, PerpPosition]:
        """Return every leg that the account holds or has held."""
        return self._positions.get(uid, {})

    def position(self, uid: int, leg: Leg) -> PerpPosition:
        """Return one leg, an empty one if there is none."""
        return self.positions(uid).get(leg, NO_POSITION)

    def terms(self, uid: int, symbol: str) -> Terms:
        """Return how the account trades a perpetual."""
        return self._terms.get((uid, symbol), NO_TERMS)

    def is_dual(self, uid: int) -> bool:
        """Tell whether the account holds long and short apart."""
        return uid in self._dual

    def order(self, order_id: int) -> PerpOrder | None:
        """Return an order by the venue's id."""
        return self._orders.get(order_id)

    def order_by_client_id(self, uid: int, symbol: str, client_id: str) -> PerpOrder | None:
        """Return the newest order that was placed under the client id."""
        return self._orders.get(self._by_client_id.get((uid, symbol, client_id), -1))

    def open_orders(self, uid: int | None = None, symbol: str | None = None) -> list[PerpOrder]:
        """Return the orders that can still fill, oldest first."""
        return [
            order
            for order in self._open.values()
            if uid in {None, order.uid} and symbol in {None, order.symbol}
        ]

    def orders(self, uid: int, symbol: str) -> list[PerpOrder]:
        """Return every order of an account and symbol, oldest first."""
        return [o for o in self._orders.values() if (o.uid, o.symbol) == (uid, symbol)]

    def accounts(self) -> Sequence[int]:
        """Return every account that has had money."""
        return tuple(self.wallets)

    @property
    def next_order_id(self) -> int:
        """Return the id that the next order gets."""
        return len(self._orders) + 1

    # --- changes -----------------------------------------------------------------------

    def apply(self, records: Sequence[PerpRecord]) -> list[PerpOrder | None]:
        """Add records in order and return the order that each one left behind, if any."""
        return [self.take(record) for record in records]

    def take(self, record: PerpRecord) -> PerpOrder | None:
        """Add one record and return the order that it left behind, if any."""
        match record:
            case PerpFilled():
                return self._fill(record.fill)
            case PerpPlaced():
                return self._remember(record.order)
            case Ended() | Activated() | Amended() | Repriced():
                changes = _changes(record)
                return self._replace(record.order_id, updated_ms=record.moment_ms, **changes)
            case Agreed():
                self._terms[record.uid, record.symbol] = record.terms
            case Hedged():
                (self._dual.add if record.is_dual else self._dual.discard)(record.uid)
            case _:
                self._move(record)
        return None

    def state(self) -> PerpState:
        """Return everything, for a snapshot."""
        return PerpState(
            wallets=dict(self.wallets),
            positions=[
                (uid, symbol, side, position)
                for uid, legs in self._positions.items()
                for (symbol, side), position in legs.items()
            ],
            terms=[(uid, symbol, terms) for (uid, symbol), terms in self._terms.items()],
            dual=sorted(self._dual),
            orders=list(self._orders.values()),
            fills=self.fills,
            funding=self.funding,
            deposits=self.deposits,
            fees=self.fees,
            funded=self.funded,
            insured=self.insured,
            market_cash=self.market_cash,
            market_sizes=dict(self.market_sizes),
            insurance=self.insurance,
        )

    def _restore(self, state: PerpState) -> None:
        self.wallets.update(state.wallets)
        for uid, symbol, side, position in state.positions:
            self._positions[uid][symbol, side] = position
        self._terms = {(uid, symbol): terms for uid, symbol, terms in state.terms}
        self._dual = set(state.dual)
        for order in state.orders:
            self._remember(order)
        self.fills, self.funding = list(state.fills), list(state.funding)
        self.insurance = list(state.insurance)
        for name in ("deposits", "fees", "funded", "insured", "market_cash"):
            setattr(self, name, getattr(state, name))
        self.market_sizes.update(state.market_sizes)

    def _fill(self, fill: PerpFill) -> PerpOrder:
        legs, leg = self._positions[fill.uid], (fill.symbol, fill.position_side)
        terms = self.terms(fill.uid, fill.symbol)
        done = settled(legs.get(leg, NO_POSITION), fill.signed, fill.price, terms, fill.moment_ms)
        legs[leg] = done.position
        self.wallets[fill.uid] += done.realised - fill.fee
        self.fees += fill.fee
        self.market_cash += fill.signed * fill.price
        self.market_sizes[fill.symbol] -= fill.signed
        self.fills.append(fill)
        order = self._orders[fill.order_id]
        filled = order.filled + fill.size
        is_done = filled >= order.size
        return self._replace(
            order.id,
            filled=filled,
            quote_filled=order.quote_filled + fill.size * fill.price,
            status=LedgerStatus.FILLED if is_done else LedgerStatus.PARTIALLY_FILLED,
            updated_ms=fill.moment_ms,
        )

    def _move(self, record: Deposited | Funded | MarginMoved | Insured) -> None:
        """Move money that no order moves."""
        match record:
            case Deposited():
                self.wallets[record.uid] += record.amount
                self.deposits += record.amount
            case Funded():
                self.wallets[record.uid] += record.amount
                self.funded -= record.amount
                self.funding.append(record)
                if self.terms(record.uid, record.symbol).is_isolated:
                    self._set_apart(record, record.amount)
            case MarginMoved():
                self._set_apart(record, record.amount)
            case Insured():
                self.wallets[record.uid] += record.amount
                self.insured += record.amount
                self.insurance.append(record)

    def _set_apart(self, record: Funded | MarginMoved, amount: Decimal) -> None:
        leg = (record.symbol, record.position_side)
        before = self.position(record.uid, leg)
        self._positions[record.uid][leg] = msgspec.structs.replace(
            before, isolated=before.isolated + amount
        )

    def _remember(self, order: PerpOrder) -> PerpOrder:
        self._orders[order.id] = order
        self._by_client_id[order.uid, order.symbol, order.client_id] = order.id
        if order.status.is_open:
            self._open[order.id] = order
        return order

    def _replace(self, order_id: int, **changes: object) -> PerpOrder:
        after = msgspec.structs.replace(self._orders[order_id], **changes)
        self._orders[order_id] = after
        if after.status.is_open:
            self._open[order_id] = after
        else:
            self._open.pop(order_id, None)
        return after


def _changes(record: Ended | Activated | Amended | Repriced) -> dict[str, object]:
    """Return what a record changes in its order."""
    match record:
        case Ended():
            return {"status": record.status}
        case Activated():
            return {"is_waiting": False, "working_ms": record.moment_ms}
        case Amended():
            return {"size": record.size}
        case Repriced():
            working_ms = record.moment_ms
            return {"size": record.size, "price": record.price, "working_ms": working_ms}
