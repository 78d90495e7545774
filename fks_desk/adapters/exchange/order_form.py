"""Fill in Binance's forms for new orders, with every number on the venue's steps.

Formats: Binance spot API, `POST /api/v3/order` and `POST /api/v3/orderList/oco`.
"""

from __future__ import annotations

from decimal import Decimal

from fks_desk.adapters.exchange.listing import wire_symbol
from fks_desk.core.errors import OrderRefused
from fks_desk.core.model import Instrument, OrderIntent, OrderKind, Side, TimeInForce

_TYPES = {
    OrderKind.MARKET: "MARKET",
    OrderKind.LIMIT: "LIMIT",
    OrderKind.STOP: "STOP_LOSS",
    OrderKind.STOP_LIMIT: "STOP_LOSS_LIMIT",
    OrderKind.TAKE_PROFIT: "TAKE_PROFIT",
    OrderKind.TAKE_PROFIT_LIMIT: "TAKE_PROFIT_LIMIT",
    OrderKind.TRAILING_STOP: "STOP_LOSS",
}
_POST_ONLY = "LIMIT_MAKER"


def order_request(intent: OrderIntent, instrument: Instrument) -> dict[str, str]:
    """Return the parameters of a new order, or raise OrderRefused if a step does not fit."""
    return {
        "symbol": wire_symbol(instrument),
        "side": intent.side.value.upper(),
        "quantity": _size(intent, instrument),
        "newClientOrderId": str(intent.client_id),
        "newOrderRespType": "FULL",
        **_leg(intent, instrument),
    }


def pair_request(target: OrderIntent, stop: OrderIntent, instrument: Instrument) -> dict[str, str]:
    """Return the parameters of a target and a stop of which the venue fills one only."""
    is_sale = target.side is Side.SELL
    legs = {"above": target, "below": stop} if is_sale else {"above": stop, "below": target}
    request = {
        "symbol": wire_symbol(instrument),
        "side": target.side.value.upper(),
        "quantity": _size(target, instrument),
        "newOrderRespType": "FULL",
    }
    for place, intent in legs.items():
        leg = {**_leg(intent, instrument), "clientOrderId": str(intent.client_id)}
        if intent is target:
            # A pair's resting half takes no liquidity at this venue, and says so.
            leg["type"] = _POST_ONLY
            leg.pop("timeInForce")
        request |= {f"{place}{name[0].upper()}{name[1:]}": value for name, value in leg.items()}
    return request


def plain(number: Decimal, places: int) -> str:
    """Write a number without an exponent and with so many digits after the point."""
    return f"{number:.{places}f}"


def _leg(intent: OrderIntent, instrument: Instrument) -> dict[str, str]:
    terms = intent.terms
    leg = {"type": _POST_ONLY if terms.is_post_only else _TYPES[intent.kind]}
    if intent.limit_price is not None:
        leg["price"] = _price(intent.limit_price, "limit price", instrument)
        if not terms.is_post_only:
            leg["timeInForce"] = _time_in_force(intent.time_in_force)
    if terms.trigger_price is not None:
        leg["stopPrice"] = _price(terms.trigger_price, "trigger price", instrument)
    if terms.trail_bps is not None:
        leg["trailingDelta"] = str(terms.trail_bps)
    return leg


def _time_in_force(wanted: TimeInForce) -> str:
    # The venue knows no date; the desk takes the order back when its time is over.
    return (TimeInForce.GTC if wanted is TimeInForce.GTD else wanted).value


def _size(intent: OrderIntent, instrument: Instrument) -> str:
    require_step(intent.size, instrument.snap_size(intent.size), "size", instrument.lot)
    return plain(intent.size, instrument.size_digits)


def _price(price: Decimal, name: str, instrument: Instrument) -> str:
    require_step(price, instrument.snap_price(price), name, instrument.tick)
    return plain(price, instrument.price_digits)


def require_step(given: Decimal, snapped: Decimal, name: str, step: Decimal) -> None:
    """Raise `OrderRefused` unless a number stands on the venue's step."""
    if given != snapped:
        raise OrderRefused(f"the {name} must be a multiple of {step}, was {given}")
