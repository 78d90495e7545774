"""Take, show and take back orders that depend on one another."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from fks_desk.venue.front.call import Call
from fks_desk.venue.front.errors import ApiError, refused
from fks_desk.venue.front.order_form import made_up_id, read_order
from fks_desk.venue.front.orders import require_open_market
from fks_desk.venue.front.params import Params
from fks_desk.venue.front.wire import Json, canceled_info, list_info, placed_info
from fks_desk.venue.ledger.records import Contingency, LedgerKind, LedgerList
from fks_desk.venue.ledger.rules import ListRequest, Refusal, Request

_PARTS = {
    "Type": "type",
    "Side": "side",
    "Price": "price",
    "StopPrice": "stopPrice",
    "TrailingDelta": "trailingDelta",
    "Quantity": "quantity",
    "TimeInForce": "timeInForce",
    "IcebergQty": "icebergQty",
    "ClientOrderId": "newClientOrderId",
}
_SHARED = ("side", "quantity", "selfTradePreventionMode")
_WORKING = {LedgerKind.LIMIT, LedgerKind.LIMIT_MAKER}
_LEGS = {
    LedgerKind.LIMIT_MAKER,
    LedgerKind.STOP_LOSS,
    LedgerKind.STOP_LOSS_LIMIT,
    LedgerKind.TAKE_PROFIT,
    LedgerKind.TAKE_PROFIT_LIMIT,
}


async def place_oco(call: Call) -> Json:
    """Take two orders, one above and one below the market, that cancel each other."""
    legs = _pair_of_legs(call, "above", "below", _chosen(call.params, _SHARED))
    return await _place(call, Contingency.OCO, legs)


async def place_old_oco(call: Call) -> Json:
    """Take a limit and a stop that cancel each other, in the older spelling."""
    params = call.params
    shared = _chosen(params, _SHARED)
    limit = {
        "type": LedgerKind.LIMIT_MAKER.value,
        "price": params.text("price"),
        "newClientOrderId": params.optional("limitClientOrderId"),
        "icebergQty": params.optional("limitIcebergQty"),
    }
    stop_limit = params.optional("stopLimitPrice")
    kind = LedgerKind.STOP_LOSS_LIMIT if stop_limit else LedgerKind.STOP_LOSS
    stop = {
        "type": kind.value,
        "price": stop_limit,
        "timeInForce": params.text("stopLimitTimeInForce") if stop_limit else "",
        "stopPrice": params.text("stopPrice"),
        "newClientOrderId": params.optional("stopClientOrderId"),
        "trailingDelta": params.optional("trailingDelta"),
    }
    return await _place(call, Contingency.OCO, [_read(call, shared, leg) for leg in (limit, stop)])


async def place_oto(call: Call) -> Json:
    """Take an order and another that starts once the first has filled."""
    orders = [_part(call, "working", {}), _part(call, "pending", {})]
    return await _place(call, Contingency.OTO, orders)


async def place_otoco(call: Call) -> Json:
    """Take an order and two that start once it has filled and cancel each other."""
    shared = {
        "side": call.params.text("pendingSide"),
        "quantity": call.params.text("pendingQuantity"),
    }
    legs = _pair_of_legs(call, "pendingAbove", "pendingBelow", shared)
    return await _place(call, Contingency.OTOCO, [_part(call, "working", {}), *legs])


async def find_list(call: Call) -> Json:
    """Return one list, or -2013."""
    await call.exchange.settle()
    found = _named(call)
    if found is None:
        raise ApiError(-2018, "Order list does not exist.")
    return _shown(call, found)


async def all_lists(call: Call) -> list[Json]:
    """Return the newest lists of the account."""
    await call.exchange.settle()
    found = call.exchange.ledger.order_lists(call.uid)
    return [_shown(call, item) for item in found[-call.params.limit(500, 1000) :]]


async def open_lists(call: Call) -> list[Json]:
    """Return the lists with an order that can still fill."""
    await call.exchange.settle()
    ledger = call.exchange.ledger
    return [
        _shown(call, item)
        for item in ledger.order_lists(call.uid)
        if any(order.status.is_open for order in ledger.orders_of(item))
    ]


async def cancel_list(call: Call) -> Json:
    """Take every order of a list back, or -2011."""
    found, ledger = _named(call), call.exchange.ledger
    orders = [] if found is None else ledger.orders_of(found)
    still = next((order for order in orders if order.status.is_open), None)
    if found is None or still is None:
        raise ApiError(-2011, "Unknown order list sent.")
    request_id = call.params.client_id("newClientOrderId") or made_up_id()
    await call.exchange.cancel(still, request_id)
    reports = [canceled_info(order, request_id) for order in ledger.orders_of(found)]
    return {**_shown(call, found), "orderReports": reports}


async def _place(call: Call, contingency: Contingency, requests: list[Request]) -> Json:
    first, *others = requests
    is_oco = contingency is Contingency.OCO
    for request in requests if is_oco else others[:2] if len(others) > 1 else []:
        if request.kind not in _LEGS:
            raise ApiError(-1116, "Invalid orderType.")
    if not is_oco and first.kind not in _WORKING:
        raise ApiError(-1116, "Invalid orderType.")
    for _ in requests:
        call.counter.budget.spend_order()
    symbol = call.pair().symbol
    require_open_market(call, symbol)
    wanted = ListRequest(
        uid=call.uid,
        symbol=symbol,
        client_id=call.params.client_id("listClientOrderId") or made_up_id(),
        contingency=contingency,
        requests=tuple(requests),
    )
    placed = await call.exchange.place_list(wanted)
    if isinstance(placed, Refusal):
        raise refused(placed)
    orders = call.exchange.ledger.orders_of(placed)
    return {
        **_shown(call, placed),
        "orderReports": [placed_info(order, None) for order in orders],
    }


def _pair_of_legs(call: Call, above: str, below: str, shared: Mapping[str, str]) -> list[Request]:
    """Return two legs, the one that may rest in the book first: it holds the money for both."""
    legs = [_part(call, prefix, shared) for prefix in (above, below)]
    if legs[0].kind is legs[1].kind is LedgerKind.LIMIT_MAKER:
        raise ApiError(-1116, "Invalid orderType.")
    if _level(legs[0]) <= _level(legs[1]) and not any(leg.trailing_bips for leg in legs):
        raise ApiError(-2010, "The relationship of the prices for the orders is not correct.")
    return sorted(legs, key=lambda leg: leg.kind.has_trigger)


def _level(leg: Request) -> Decimal:
    return leg.stop_price if leg.kind.has_trigger else leg.price


def _part(call: Call, prefix: str, shared: Mapping[str, str]) -> Request:
    """Return the order whose parameters begin with a word, such as `abovePrice`."""
    own = {name: call.params.optional(f"{prefix}{part}") for part, name in _PARTS.items()}
    return _read(call, shared, own)


def _read(call: Call, shared: Mapping[str, str], own: Mapping[str, str]) -> Request:
    values = {**shared, **{name: value for name, value in own.items() if value}}
    return read_order(Params(values), call.uid, call.pair().symbol)


def _chosen(params: Params, names: tuple[str, ...]) -> dict[str, str]:
    return {name: params.optional(name) for name in names if name in params}


def _named(call: Call) -> LedgerList | None:
    ledger = call.exchange.ledger
    list_id = call.params.integer("orderListId")
    client_id = call.params.optional("origClientOrderId") or call.params.optional(
        "listClientOrderId"
    )
    if list_id is None and not client_id:
        raise ApiError(
            -1102,
            "Param 'origClientOrderId' or 'orderListId' must be sent, but both were empty/null!",
        )
    for item in reversed(ledger.order_lists(call.uid)):
        if item.id == list_id or (list_id is None and item.client_id == client_id):
            return item
    return None


def _shown(call: Call, item: LedgerList) -> Json:
    return list_info(item, call.exchange.ledger.orders_of(item))
