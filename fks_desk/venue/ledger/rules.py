"""Check an order against the venue's filters, with the venue's codes and texts.

Source of the codes: Binance's published error and filter lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import msgspec

from fks_desk.core.model import Instrument, Side, TimeInForce
from fks_desk.venue.ledger.ledger import Ledger
from fks_desk.venue.ledger.records import ZERO, Contingency, LedgerKind, SelfTrade
from fks_desk.venue.ledger.triggers import is_above

MOST_OPEN_ORDERS = 200
MOST_WAITING_ORDERS = 5
MOST_ICEBERG_PARTS = 100
HIGHEST_PRICE = Decimal(1_000_000)
HIGHEST_NOTIONAL = Decimal(9_000_000)
HIGHEST_FACTOR, LOWEST_FACTOR = Decimal(5), Decimal("0.2")  # of the last price
TRAILING_BIPS = range(10, 2_001)
_MARKET_PART = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Hold the venue's definite no."""

    code: int
    text: str


INSUFFICIENT = Refusal(code=-2010, text="Account has insufficient balance for requested action.")
TOO_SMALL = Refusal(code=-1013, text="Filter failure: LOT_SIZE")
AMEND_SAME = Refusal(code=-2038, text="The requested action would change no state; rejecting.")
AMEND_UP = Refusal(code=-2038, text="Order amend (quantity increase) is not supported.")
WOULD_TAKE = Refusal(code=-2010, text="Order would immediately match and take.")
WOULD_TRIGGER = Refusal(code=-2010, text="Stop price would trigger immediately.")
CROOKED_LIST = Refusal(
    code=-2010, text="The relationship of the prices for the orders is not correct."
)


class Request(msgspec.Struct, frozen=True, kw_only=True):
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
    stop_price: Decimal = ZERO
    trailing_bips: int = 0
    visible_size: Decimal = ZERO
    self_trade: SelfTrade = SelfTrade.EXPIRE_MAKER


class ListRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a list of orders as asked for, the one that works first in front."""

    uid: int
    symbol: str
    client_id: str
    contingency: Contingency
    requests: tuple[Request, ...]


def most_at_market(instrument: Instrument) -> Decimal:
    """Return the largest size that an order without a limit may have."""
    return (instrument.max_size or HIGHEST_NOTIONAL) / _MARKET_PART


def rule_broken(
    request: Request, instrument: Instrument, ledger: Ledger, last: Decimal
) -> Refusal | None:
    """Return the first rule that the order breaks, or None."""
    kind = request.kind
    return (
        (_price_broken(request, instrument, last) if kind.has_limit else None)
        or (_trigger_broken(request, instrument, ledger) if kind.has_trigger else None)
        or _size_broken(request, instrument)
        or _notional_broken(request, instrument, last)
        or _order_list_broken(request, ledger)
    )


def triggers_at_once(request: Request, last: Decimal) -> bool:
    """Tell whether the last price is already beyond the stop of an order that does not trail."""
    if request.trailing_bips or not request.stop_price:
        return False
    if is_above(request.kind, request.side):
        return last >= request.stop_price
    return last <= request.stop_price


def stands_wrong(request: Request, last: Decimal) -> bool:
    """Tell whether an order that should wait would go to work at the last price."""
    if request.kind.has_trigger:
        return triggers_at_once(request, last)
    return request.price >= last if request.side is Side.BUY else request.price <= last


def _price_broken(request: Request, instrument: Instrument, last: Decimal) -> Refusal | None:
    price = request.price
    if price <= 0:
        return Refusal(code=-1013, text="Invalid price.")
    if price % instrument.tick or price > HIGHEST_PRICE:
        return Refusal(code=-1013, text="Filter failure: PRICE_FILTER")
    if not last * LOWEST_FACTOR <= price <= last * HIGHEST_FACTOR:
        return Refusal(code=-1013, text="Filter failure: PERCENT_PRICE_BY_SIDE")
    return None


def _trigger_broken(request: Request, instrument: Instrument, ledger: Ledger) -> Refusal | None:
    stop, bips = request.stop_price, request.trailing_bips
    if stop % instrument.tick or stop > HIGHEST_PRICE:
        return Refusal(code=-1013, text="Filter failure: PRICE_FILTER")
    if bips and bips not in TRAILING_BIPS:
        return Refusal(code=-1013, text="Filter failure: TRAILING_DELTA")
    waiting = sum(order.is_waiting for order in ledger.open_orders(request.symbol, request.uid))
    if waiting >= MOST_WAITING_ORDERS:
        return Refusal(code=-1013, text="Filter failure: MAX_NUM_ALGO_ORDERS")
    return None


def _size_broken(request: Request, instrument: Instrument) -> Refusal | None:
    size = request.size
    if request.quote_size:
        return None
    if size <= 0:
        return Refusal(code=-1013, text="Invalid quantity.")
    too_large = instrument.max_size is not None and size > instrument.max_size
    if size < instrument.min_size or too_large or size % instrument.lot:
        return Refusal(code=-1013, text="Filter failure: LOT_SIZE")
    if not request.kind.has_limit and size > most_at_market(instrument):
        return Refusal(code=-1013, text="Filter failure: MARKET_LOT_SIZE")
    return _iceberg_broken(request, instrument) if request.visible_size else None


def _iceberg_broken(request: Request, instrument: Instrument) -> Refusal | None:
    shown = request.visible_size
    if shown % instrument.lot or shown > request.size:
        return Refusal(code=-1013, text="Invalid icebergQty.")
    if request.size / shown > MOST_ICEBERG_PARTS:
        return Refusal(code=-1013, text="Filter failure: ICEBERG_PARTS")
    return None


def _notional_broken(request: Request, instrument: Instrument, last: Decimal) -> Refusal | None:
    if request.kind.has_limit:
        notional = request.size * request.price
        too_much = notional > HIGHEST_NOTIONAL
    else:
        price = request.stop_price or last
        notional, too_much = request.quote_size or request.size * price, False
    if notional < instrument.min_notional or too_much:
        return Refusal(code=-1013, text="Filter failure: NOTIONAL")
    return None


def _order_list_broken(request: Request, ledger: Ledger) -> Refusal | None:
    # As at Binance, a client id is free again once its order is no longer open.
    known = ledger.order_by_client_id(request.uid, request.symbol, request.client_id)
    if known is not None and known.status.is_open:
        return Refusal(code=-2010, text="Duplicate order sent.")
    if ledger.open_count(request.uid, request.symbol) >= MOST_OPEN_ORDERS:
        return Refusal(code=-1013, text="Filter failure: MAX_NUM_ORDERS")
    return None
