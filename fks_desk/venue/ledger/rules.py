"""Check an order against the venue's filters, with the venue's codes and texts.

Source of the codes: Binance's published error and filter lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fks_desk.core.model import Instrument, Side, TimeInForce
from fks_desk.venue.ledger.ledger import Ledger
from fks_desk.venue.ledger.records import ZERO, LedgerKind

MOST_OPEN_ORDERS = 200
HIGHEST_PRICE = Decimal(1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Hold the venue's definite no."""

    code: int
    text: str


INSUFFICIENT = Refusal(code=-2010, text="Account has insufficient balance for requested action.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Hold a new order as asked for; either `size` or, for a market order, `quote_size`."""

    uid: int
    symbol: str
    client_id: str
    side: Side
    kind: LedgerKind
    time_in_force: TimeInForce = TimeInForce.GTC
    price: Decimal = ZERO
    size: Decimal = ZERO
    quote_size: Decimal = ZERO


def rule_broken(
    request: Request, instrument: Instrument, ledger: Ledger, last: Decimal
) -> Refusal | None:
    """Return the first rule that the order breaks, or None."""
    return (
        _price_broken(request, instrument)
        or _size_broken(request, instrument)
        or _notional_broken(request, instrument, last)
        or _order_list_broken(request, ledger)
    )


def _price_broken(request: Request, instrument: Instrument) -> Refusal | None:
    if request.kind is LedgerKind.MARKET:
        return None
    if request.price <= 0:
        return Refusal(code=-1013, text="Invalid price.")
    if request.price % instrument.tick or request.price > HIGHEST_PRICE:
        return Refusal(code=-1013, text="Filter failure: PRICE_FILTER")
    return None


def _size_broken(request: Request, instrument: Instrument) -> Refusal | None:
    if request.quote_size > 0:
        return None
    if request.size <= 0:
        return Refusal(code=-1013, text="Invalid quantity.")
    too_large = instrument.max_size is not None and request.size > instrument.max_size
    if request.size < instrument.min_size or too_large or request.size % instrument.lot:
        return Refusal(code=-1013, text="Filter failure: LOT_SIZE")
    return None


def _notional_broken(request: Request, instrument: Instrument, last: Decimal) -> Refusal | None:
    price = last if request.kind is LedgerKind.MARKET else request.price
    if (request.quote_size or request.size * price) < instrument.min_notional:
        return Refusal(code=-1013, text="Filter failure: NOTIONAL")
    return None


def _order_list_broken(request: Request, ledger: Ledger) -> Refusal | None:
    # As at Binance, a client id is free again once its order is no longer open.
    known = ledger.order_by_client_id(request.uid, request.symbol, request.client_id)
    if known is not None and known.status.is_open:
        return Refusal(code=-2010, text="Duplicate order sent.")
    if len(ledger.open_orders(request.symbol, request.uid)) >= MOST_OPEN_ORDERS:
        return Refusal(code=-1013, text="Filter failure: MAX_NUM_ORDERS")
    return None
