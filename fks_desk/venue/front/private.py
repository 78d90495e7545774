"""Answer what an account may ask and order."""

from __future__ import annotations

import secrets
from decimal import Decimal
from enum import StrEnum

from fks_desk.core.model import Side, TimeInForce
from fks_desk.venue.faults import OutageKind
from fks_desk.venue.front.call import Call
from fks_desk.venue.front.errors import ApiError, missing, refused
from fks_desk.venue.front.wire import (
    Json,
    balances_info,
    canceled_info,
    fill_info,
    order_info,
    placed_info,
)
from fks_desk.venue.ledger.records import ZERO, LedgerFill, LedgerKind, LedgerOrder
from fks_desk.venue.ledger.rules import Refusal, Request

_DAY_MS = 86_400_000


class _WireSide(StrEnum):
    BUY = "BUY"
    SELL = "SELL"


async def account(call: Call) -> Json:
    """Return balances and rights."""
    await call.exchange.settle()
    rate = str(call.exchange.fee_rate)
    holdings = call.exchange.ledger.holdings(call.uid)
    if call.params.optional("omitZeroBalances") == "true":
        holdings = {asset: held for asset, held in holdings.items() if held.total}
    return {
        "makerCommission": 10,
        "takerCommission": 10,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {"maker": rate, "taker": rate, "buyer": "0", "seller": "0"},
        "canTrade": True,
        "canWithdraw": False,
        "canDeposit": False,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": call.exchange.now_ms(),
        "accountType": "SPOT",
        "balances": balances_info(holdings),
        "permissions": ["SPOT"],
        "uid": call.uid,
    }


async def place_order(call: Call) -> Json:
    """Take a new order."""
    request = _request(call)
    call.counter.budget.spend_order()
    if call.counter.faults.is_out(OutageKind.HALT, request.symbol):
        raise ApiError(-1013, "Market is closed.")
    order = await call.exchange.place(request)
    if isinstance(order, Refusal):
        raise refused(order)
    call.counter.faults.note_placed(order.id)
    return placed_info(order, list(call.exchange.ledger.fills_of(order.id)))


async def check_order(call: Call) -> Json:
    """Check a new order's parameters and do nothing."""
    _request(call)
    return {}


async def find_order(call: Call) -> Json:
    """Return one order, or -2013."""
    await call.exchange.settle()
    order = _named(call)
    if order is None or call.counter.faults.hides(order.id):
        raise ApiError(-2013, "Order does not exist.")
    return order_info(order)


async def cancel_order(call: Call) -> Json:
    """Take one order off the book, or -2011."""
    order = _named(call)
    if order is None or not order.status.is_open or call.counter.faults.hides(order.id):
        raise ApiError(-2011, "Unknown order sent.")
    request_id = call.params.client_id("newClientOrderId") or _made_up_id()
    return canceled_info(await call.exchange.cancel(order, request_id), request_id)


async def open_orders(call: Call) -> list[Json]:
    """Return the open orders of one pair or of all."""
    await call.exchange.settle()
    symbols = {pair.symbol for pair in call.pairs()}
    orders = call.exchange.ledger.open_orders(uid=call.uid)
    return [order_info(order) for order in _visible(call, orders) if order.symbol in symbols]


async def cancel_open_orders(call: Call) -> list[Json]:
    """Take every order of a pair off the book, or -2011 if there is none."""
    orders = call.exchange.ledger.open_orders(call.pair().symbol, call.uid)
    if not orders:
        raise ApiError(-2011, "Unknown order sent.")
    replies = []
    for order in orders:
        request_id = _made_up_id()
        replies.append(canceled_info(await call.exchange.cancel(order, request_id), request_id))
    return replies


async def all_orders(call: Call) -> list[Json]:
    """Return orders of a pair in any state: from an id, inside a span, or the newest."""
    await call.exchange.settle()
    pair, limit = call.pair(), call.params.limit(500, 1000)
    start, end = _span(call)
    from_id = call.params.integer("orderId")
    found = [
        order
        for order in _visible(call, call.exchange.ledger.orders(call.uid, pair.symbol))
        if (from_id is None or order.id >= from_id) and start <= order.created_ms <= end
    ]
    from_start = from_id is not None or "startTime" in call.params
    return [order_info(order) for order in (found[:limit] if from_start else found[-limit:])]


async def my_trades(call: Call) -> list[Json]:
    """Return fills of a pair: of one order, from an id, inside a span, or the newest."""
    await call.exchange.settle()
    pair, limit = call.pair(), call.params.limit(500, 1000)
    start, end = _span(call)
    from_id, order_id = call.params.integer("fromId"), call.params.integer("orderId")

    def is_wanted(fill: LedgerFill) -> bool:
        return (
            (from_id is None or fill.id >= from_id)
            and (order_id is None or fill.order_id == order_id)
            and start <= fill.moment_ms <= end
            and not call.counter.faults.hides(fill.order_id)
        )

    found = [fill for fill in call.exchange.ledger.fills(call.uid, pair.symbol) if is_wanted(fill)]
    from_start = from_id is not None or "startTime" in call.params
    return [fill_info(fill) for fill in (found[:limit] if from_start else found[-limit:])]


def _request(call: Call) -> Request:
    """Return the order that the parameters describe, or fail as Binance does."""
    params = call.params
    pair = call.pair()
    wire_side = params.choice("side", _WireSide, -1117, "Invalid side.")
    kind = params.choice("type", LedgerKind, -1116, "Invalid orderType.")
    size, quote_size = params.number("quantity"), params.number("quoteOrderQty")
    client_id = params.client_id("newClientOrderId") or _made_up_id()
    return Request(
        uid=call.uid,
        symbol=pair.symbol,
        client_id=client_id,
        side=Side(wire_side.value.lower()),
        kind=kind,
        time_in_force=_time_in_force(call, kind),
        price=_price(call, kind),
        size=_size(size, quote_size, kind),
        quote_size=ZERO if size is not None or quote_size is None else quote_size,
    )


def _time_in_force(call: Call, kind: LedgerKind) -> TimeInForce:
    if kind is LedgerKind.LIMIT:
        return call.params.choice("timeInForce", TimeInForce, -1115, "Invalid timeInForce.")
    if "timeInForce" in call.params:
        raise ApiError(-1106, "Parameter 'timeInForce' sent when not required.")
    return TimeInForce.GTC


def _price(call: Call, kind: LedgerKind) -> Decimal:
    price = call.params.number("price")
    if kind is LedgerKind.MARKET:
        if price is not None:
            raise ApiError(-1106, "Parameter 'price' sent when not required.")
        return ZERO
    if price is None:
        raise missing("price")
    return price


def _size(size: Decimal | None, quote_size: Decimal | None, kind: LedgerKind) -> Decimal:
    if size is not None:
        return size
    if kind is LedgerKind.MARKET and quote_size:
        return ZERO
    raise missing("quantity")


def _named(call: Call) -> LedgerOrder | None:
    """Return the order that an id names, the venue's before the client's."""
    pair = call.pair()
    order_id = call.params.integer("orderId")
    if order_id is not None:
        order = call.exchange.ledger.order(order_id)
        is_ours = order is not None and (order.uid, order.symbol) == (call.uid, pair.symbol)
        return order if is_ours else None
    client_id = call.params.client_id("origClientOrderId")
    if not client_id:
        raise ApiError(
            -1102,
            "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
        )
    return call.exchange.ledger.order_by_client_id(call.uid, pair.symbol, client_id)


def _visible(call: Call, orders: list[LedgerOrder]) -> list[LedgerOrder]:
    return [order for order in orders if not call.counter.faults.hides(order.id)]


def _span(call: Call) -> tuple[int, int]:
    start, end = call.params.integer("startTime"), call.params.integer("endTime")
    if start is not None and end is not None and end - start > _DAY_MS:
        raise ApiError(-1127, "More than 24 hours between startTime and endTime.")
    return start or 0, 1 << 62 if end is None else end


def _made_up_id() -> str:
    return secrets.token_urlsafe(16)
