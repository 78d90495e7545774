"""Read a new order for a perpetual from its parameters."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from fks_desk.core.model import PositionSide, TimeInForce
from fks_desk.venue.front.errors import ApiError, missing
from fks_desk.venue.front.futures.wire import KINDS, LAST_PRICE, MARK_PRICE, SIDES
from fks_desk.venue.front.order_form import made_up_id, read_side
from fks_desk.venue.front.params import Params
from fks_desk.venue.ledger.records import ZERO, LedgerKind, SelfTrade
from fks_desk.venue.perpetual.request import PerpRequest

_POST_ONLY = "GTX"
_POSITION_SIDES = {name: side for side, name in SIDES.items()}
_BIPS = Decimal(100)


def read_order(params: Params, uid: int, symbol: str) -> PerpRequest:
    """Return the order that the parameters describe, or fail as Binance does."""
    kind = KINDS.get(params.text("type"))
    if kind is None:
        raise ApiError(-1116, "Invalid orderType.")
    if kind.has_trigger:
        raise ApiError(
            -4120,
            "Order type not supported for this endpoint. "
            "Please use the Algo Order API endpoints instead.",
        )
    return _read(params, uid, symbol, kind, client_id=params.client_id("newClientOrderId"))


def read_algo(params: Params, uid: int, symbol: str) -> PerpRequest:
    """Return the conditional order that the parameters describe."""
    name = params.text("type")
    kind = KINDS.get(name)
    if kind is None or not kind.has_trigger:
        raise ApiError(-1116, "Invalid orderType.")
    trail = params.number("callbackRate")
    if (name == "TRAILING_STOP_MARKET") is (trail is None):
        raise missing("callbackRate")
    stop = params.number("triggerPrice" if trail is None else "activatePrice")
    if trail is None and not stop:
        raise missing("triggerPrice")
    closes = params.flag("closePosition")
    request = _read(
        params, uid, symbol, kind, client_id=params.client_id("clientAlgoId"), closes=closes
    )
    working_type = params.optional("workingType") or LAST_PRICE
    if working_type not in {LAST_PRICE, MARK_PRICE}:
        raise ApiError(-1106, "Invalid workingType.")
    by_mark = working_type == MARK_PRICE
    changes = {
        "by_mark": by_mark,
        "stop_price": stop or ZERO,
        "trailing_bips": int((trail or ZERO) * _BIPS),
    }
    return replace(request, **changes)


def read_position_side(params: Params) -> PositionSide:
    """Return which leg is meant, the only one if none is named."""
    name = params.optional("positionSide") or "BOTH"
    side = _POSITION_SIDES.get(name)
    if side is None:
        raise ApiError(-4060, "Invalid position side.")
    return side


def _read(
    params: Params,
    uid: int,
    symbol: str,
    kind: LedgerKind,
    *,
    client_id: str,
    closes: bool = False,
) -> PerpRequest:
    wire_time = params.optional("timeInForce") or "GTC"
    price = params.number("price")
    if kind.has_limit and price is None:
        raise missing("price")
    size = params.number("quantity")
    if size is None and not closes:
        raise missing("quantity")
    position_side = read_position_side(params)
    if position_side is not PositionSide.NET and "reduceOnly" in params:
        raise ApiError(-1106, "Parameter 'reduceonly' sent when not required.")
    is_post_only = wire_time == _POST_ONLY and kind is LedgerKind.LIMIT
    return PerpRequest(
        uid=uid,
        symbol=symbol,
        client_id=client_id or made_up_id(),
        side=read_side(params),
        kind=LedgerKind.LIMIT_MAKER if is_post_only else kind,
        time_in_force=_time_in_force(wire_time),
        price=price if price is not None and kind.has_limit else ZERO,
        size=ZERO if size is None or closes else size,
        self_trade=_self_trade(params),
        position_side=position_side,
        reduce_only=params.flag("reduceOnly"),
        closes=closes,
        expires_ms=_expiry(params, wire_time),
    )


def _time_in_force(wire_time: str) -> TimeInForce:
    if wire_time == _POST_ONLY:
        return TimeInForce.GTC
    try:
        return TimeInForce(wire_time)
    except ValueError:
        raise ApiError(-1115, "Invalid timeInForce.") from None


def _expiry(params: Params, wire_time: str) -> int:
    if wire_time != TimeInForce.GTD:
        return 0
    expires_ms = params.integer("goodTillDate")
    if expires_ms is None:
        raise missing("goodTillDate")
    return expires_ms


def _self_trade(params: Params) -> SelfTrade:
    if "selfTradePreventionMode" not in params:
        return SelfTrade.EXPIRE_MAKER
    text = "Data sent for parameter 'selfTradePreventionMode' is not valid."
    return params.choice("selfTradePreventionMode", SelfTrade, -1130, text)
