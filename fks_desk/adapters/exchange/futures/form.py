"""Fill in the forms for new orders of perpetuals, with every number on the venue's steps.

Format: Binance USD-M futures API, `POST /fapi/v1/order`.
"""

from __future__ import annotations

from fks_desk.adapters.exchange.listing import wire_symbol
from fks_desk.adapters.exchange.order_form import plain, require_step
from fks_desk.core.errors import OrderRefused
from fks_desk.core.model import Instrument, OrderIntent, OrderKind, TimeInForce


def order_request(intent: OrderIntent, instrument: Instrument) -> dict[str, str]:
    """Return the parameters of a new order, or raise OrderRefused if a step does not fit."""
    if intent.kind not in {OrderKind.MARKET, OrderKind.LIMIT}:
        raise OrderRefused(f"an order of kind {intent.kind} is held by the desk, not sent")
    require_step(intent.size, instrument.snap_size(intent.size), "size", instrument.lot)
    request = {
        "symbol": wire_symbol(instrument),
        "side": intent.side.value.upper(),
        "type": intent.kind.value.upper(),
        "quantity": plain(intent.size, instrument.size_digits),
        "newClientOrderId": str(intent.client_id),
        "newOrderRespType": "RESULT",
    }
    if intent.limit_price is not None:
        price = intent.limit_price
        require_step(price, instrument.snap_price(price), "limit price", instrument.tick)
        is_gtd = intent.time_in_force is TimeInForce.GTD
        rests = TimeInForce.GTC.value if is_gtd else intent.time_in_force.value
        request["price"] = plain(price, instrument.price_digits)
        request["timeInForce"] = "GTX" if intent.terms.is_post_only else rests
    if intent.terms.is_reduce_only:
        request["reduceOnly"] = "true"
    return request
