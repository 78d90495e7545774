"""Read a new order from its parameters, with the complaints that Binance would make."""

from __future__ import annotations

import secrets
from decimal import Decimal
from enum import StrEnum

from fks_desk.core.model import Side, TimeInForce
from fks_desk.venue.front.errors import ApiError, missing
from fks_desk.venue.front.params import Params
from fks_desk.venue.ledger.records import ZERO, LedgerKind, SelfTrade
from fks_desk.venue.ledger.rules import Request

_TIMES = {TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK}


class WireSide(StrEnum):
    """Spell a side as the wire does."""

    BUY = "BUY"
    SELL = "SELL"


def read_order(params: Params, uid: int, symbol: str) -> Request:
    """Return the order that the parameters describe, or fail as Binance does."""
    kind = params.choice("type", LedgerKind, -1116, "Invalid orderType.")
    size, quote_size = params.number("quantity"), params.number("quoteOrderQty")
    return Request(
        uid=uid,
        symbol=symbol,
        client_id=params.client_id("newClientOrderId") or made_up_id(),
        side=read_side(params),
        kind=kind,
        time_in_force=_time_in_force(params, kind),
        price=_price(params, kind),
        size=_size(size, quote_size, kind),
        quote_size=ZERO if size is not None or quote_size is None else quote_size,
        stop_price=_stop_price(params, kind),
        trailing_bips=params.integer("trailingDelta") or 0,
        visible_size=params.number("icebergQty") or ZERO,
        self_trade=_self_trade(params),
    )


def read_side(params: Params) -> Side:
    """Return which way an order goes."""
    wire_side = params.choice("side", WireSide, -1117, "Invalid side.")
    return Side(wire_side.value.lower())


def made_up_id() -> str:
    """Return a client id for somebody who sent none."""
    return secrets.token_urlsafe(16)


def _time_in_force(params: Params, kind: LedgerKind) -> TimeInForce:
    if kind.has_limit and kind is not LedgerKind.LIMIT_MAKER:
        found = params.choice("timeInForce", TimeInForce, -1115, "Invalid timeInForce.")
        if found not in _TIMES:
            raise ApiError(-1115, "Invalid timeInForce.")
        return found
    if "timeInForce" in params:
        raise ApiError(-1106, "Parameter 'timeInForce' sent when not required.")
    return TimeInForce.GTC


def _price(params: Params, kind: LedgerKind) -> Decimal:
    price = params.number("price")
    if not kind.has_limit:
        if price is not None:
            raise ApiError(-1106, "Parameter 'price' sent when not required.")
        return ZERO
    if price is None:
        raise missing("price")
    return price


def _stop_price(params: Params, kind: LedgerKind) -> Decimal:
    stop = params.number("stopPrice")
    if not kind.has_trigger:
        for name in ("stopPrice", "trailingDelta"):
            if name in params:
                raise ApiError(-1106, f"Parameter '{name}' sent when not required.")
        return ZERO
    if stop is None and "trailingDelta" not in params:
        raise ApiError(
            -1102, "Param 'stopPrice' or 'trailingDelta' must be sent, but both were empty/null!"
        )
    return stop or ZERO


def _size(size: Decimal | None, quote_size: Decimal | None, kind: LedgerKind) -> Decimal:
    if size is not None:
        return size
    if kind is LedgerKind.MARKET and quote_size:
        return ZERO
    raise missing("quantity")


def _self_trade(params: Params) -> SelfTrade:
    if "selfTradePreventionMode" not in params:
        return SelfTrade.EXPIRE_MAKER
    return params.choice(
        "selfTradePreventionMode",
        SelfTrade,
        -1130,
        "Data sent for parameter 'selfTradePreventionMode' is not valid.",
    )
