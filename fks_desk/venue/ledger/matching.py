"""Decide what an order, a cancel or a print does; the answer is records or a refusal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from fks_desk.core.model import BookLevel, Instrument, Side, TimeInForce
from fks_desk.venue.ledger.ledger import Ledger
from fks_desk.venue.ledger.records import (
    ZERO,
    Ended,
    Filled,
    LedgerFill,
    LedgerKind,
    LedgerOrder,
    LedgerStatus,
    Placed,
    Record,
)
from fks_desk.venue.ledger.rules import INSUFFICIENT, Refusal, Request, rule_broken

_EIGHT_PLACES = Decimal("0.00000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Hold the liquidity that an order meets at once, best levels first."""

    last: Decimal
    bids: Sequence[BookLevel]
    asks: Sequence[BookLevel]

    def facing(self, side: Side) -> Sequence[BookLevel]:
        """Return the levels that an order of this side takes from."""
        return self.asks if side is Side.BUY else self.bids


class Matching:
    """Match orders of every account against the market.

    It reads the ledger and changes nothing: whoever asks applies the records.
    """

    def __init__(
        self, *, ledger: Ledger, instruments: Mapping[str, Instrument], fee_rate: Decimal
    ) -> None:
        self.ledger = ledger
        self.fee_rate = fee_rate
        self._instruments = instruments

    def place(self, request: Request, book: Book, moment_ms: int) -> list[Record] | Refusal:
        """Accept the order and fill what crosses the book, or say which rule forbids it."""
        instrument = self._instruments[request.symbol]
        if refusal := rule_broken(request, instrument, self.ledger, book.last):
            return refusal
        size = request.size or self._affordable(request, book, instrument)
        matches = list(self._matches(request, size, book))
        if refusal := self._blocked(request, size, matches, instrument):
            return refusal
        if request.time_in_force is TimeInForce.FOK and _total(matches) < size:
            matches = []
        order = self._order(request, size, moment_ms)
        return self._execute(order, matches, moment_ms)

    @staticmethod
    def cancel(order: LedgerOrder, request_id: str, moment_ms: int) -> list[Record]:
        """Take an open order off the book."""
        return [_ended(order, LedgerStatus.CANCELED, request_id, moment_ms)]

    def on_print(self, symbol: str, price: Decimal, moment_ms: int) -> list[Filled]:
        """Fill every resting order whose limit the print reached, at its limit, as maker."""
        reached = [order for order in self.ledger.open_orders(symbol) if reaches(order, price)]
        return [
            self.fill_resting(order, moment_ms, offset=offset)
            for offset, order in enumerate(reached)
        ]

    def fill_resting(self, order: LedgerOrder, moment_ms: int, *, offset: int = 0) -> Filled:
        """Fill what remains of an open order at its limit, as maker."""
        match = BookLevel(price=order.price, size=order.remaining)
        return Filled(self._fill(order, match, offset=offset, is_maker=True, moment_ms=moment_ms))

    def _affordable(self, request: Request, book: Book, instrument: Instrument) -> Decimal:
        """Return the size that a market order given in quote currency amounts to."""
        left, size = request.quote_size, ZERO
        for level in book.facing(request.side):
            taken = min(level.size, instrument.snap_size(left / level.price))
            size += taken
            left -= taken * level.price
            if taken < level.size:
                break
        return size

    @staticmethod
    def _matches(request: Request, size: Decimal, book: Book) -> Iterator[BookLevel]:
        """Yield what the order takes from each level that it crosses."""
        left = size
        for level in book.facing(request.side):
            if left <= 0 or not _crosses(request, level.price):
                return
            taken = min(level.size, left)
            left -= taken
            yield BookLevel(price=level.price, size=taken)

    def _blocked(
        self,
        request: Request,
        size: Decimal,
        matches: Sequence[BookLevel],
        instrument: Instrument,
    ) -> Refusal | None:
        if size < max(instrument.min_size, instrument.lot):
            return Refusal(code=-1013, text="Filter failure: LOT_SIZE")
        if request.kind is LedgerKind.LIMIT_MAKER and matches:
            return Refusal(code=-2010, text="Order would immediately match and take.")
        asset = instrument.quote if request.side is Side.BUY else instrument.base
        need = size
        if request.side is Side.BUY:
            cost = sum((match.price * match.size for match in matches), ZERO)
            need = cost if request.kind is LedgerKind.MARKET else request.price * size
        if self.ledger.holding(request.uid, asset).free < need:
            return INSUFFICIENT
        return None

    def _order(self, request: Request, size: Decimal, moment_ms: int) -> LedgerOrder:
        locked = ZERO
        if request.kind is not LedgerKind.MARKET:
            locked = size * request.price if request.side is Side.BUY else size
        return LedgerOrder(
            id=self.ledger.next_order_id,
            uid=request.uid,
            symbol=request.symbol,
            client_id=request.client_id,
            side=request.side,
            kind=request.kind,
            time_in_force=request.time_in_force,
            price=request.price,
            size=size,
            quote_size=request.quote_size,
            locked=locked,
            created_ms=moment_ms,
            updated_ms=moment_ms,
        )

    def _execute(
        self, order: LedgerOrder, matches: Sequence[BookLevel], moment_ms: int
    ) -> list[Record]:
        records: list[Record] = [Placed(order)]
        records += [
            Filled(self._fill(order, match, offset=offset, is_maker=False, moment_ms=moment_ms))
            for offset, match in enumerate(matches)
        ]
        can_rest = order.kind is not LedgerKind.MARKET and order.time_in_force is TimeInForce.GTC
        if _total(matches) < order.size and not can_rest:
            records.append(_ended(order, LedgerStatus.EXPIRED, "", moment_ms))
        return records

    def _fill(
        self,
        order: LedgerOrder,
        match: BookLevel,
        *,
        offset: int,
        is_maker: bool,
        moment_ms: int,
    ) -> LedgerFill:
        instrument = self._instruments[order.symbol]
        cost = match.price * match.size
        is_buy = order.side is Side.BUY
        received = match.size if is_buy else cost
        return LedgerFill(
            id=self.ledger.next_fill_id + offset,
            order_id=order.id,
            uid=order.uid,
            symbol=order.symbol,
            client_id=order.client_id,
            side=order.side,
            price=match.price,
            size=match.size,
            cost=cost,
            fee=(received * self.fee_rate).quantize(_EIGHT_PLACES, ROUND_DOWN),
            fee_asset=instrument.base if is_buy else instrument.quote,
            is_maker=is_maker,
            moment_ms=moment_ms,
        )


def reaches(order: LedgerOrder, price: Decimal) -> bool:
    """Tell whether a trade at the price would have filled a resting order."""
    return price <= order.price if order.side is Side.BUY else price >= order.price


def _crosses(request: Request, price: Decimal) -> bool:
    if request.kind is LedgerKind.MARKET:
        return True
    return price <= request.price if request.side is Side.BUY else price >= request.price


def _ended(order: LedgerOrder, status: LedgerStatus, request_id: str, moment_ms: int) -> Ended:
    return Ended(order_id=order.id, status=status, request_id=request_id, moment_ms=moment_ms)


def _total(matches: Sequence[BookLevel]) -> Decimal:
    return sum((match.size for match in matches), ZERO)
