"""Take, change and take back orders."""

from __future__ import annotations

from enum import StrEnum

from fks_desk.venue.faults import OutageKind
from fks_desk.venue.front.call import Call
from fks_desk.venue.front.errors import ApiError, missing, refused
from fks_desk.venue.front.order_form import made_up_id, read_order
from fks_desk.venue.front.wire import (
    Json,
    acknowledged_info,
    amended_info,
    canceled_info,
    placed_info,
)
from fks_desk.venue.ledger.records import LedgerOrder
from fks_desk.venue.ledger.rules import Refusal, Request

_NOT_FOUND = (-2011, "Unknown order sent.")


class _ReplaceMode(StrEnum):
    STOP_ON_FAILURE = "STOP_ON_FAILURE"
    ALLOW_FAILURE = "ALLOW_FAILURE"


class _Reply(StrEnum):
    ACK = "ACK"
    RESULT = "RESULT"
    FULL = "FULL"


async def place_order(call: Call) -> Json:
    """Take a new order."""
    request = read_order(call.params, call.uid, call.pair().symbol)
    call.counter.budget.spend_order()
    require_open_market(call, request.symbol)
    return await _place(call, request)


async def check_order(call: Call) -> Json:
    """Check a new order against every rule and do nothing."""
    request = read_order(call.params, call.uid, call.pair().symbol)
    if refusal := call.exchange.check(request):
        raise refused(refusal)
    return {}


async def cancel_order(call: Call) -> Json:
    """Take one order off the book, or -2011."""
    request_id = call.params.client_id("newClientOrderId") or made_up_id()
    return await _cancel(call, named(call), request_id)


async def cancel_open_orders(call: Call) -> list[Json]:
    """Take every order of a pair off the book, or -2011 if there is none."""
    orders = call.exchange.ledger.open_orders(call.pair().symbol, call.uid)
    if not orders:
        raise ApiError(*_NOT_FOUND)
    replies = []
    for order in orders:
        now = call.exchange.ledger.order(order.id) or order
        request_id = made_up_id()
        if now.status.is_open:
            now = await call.exchange.cancel(now, request_id)
        replies.append(canceled_info(now, request_id))
    return replies


async def replace_order(call: Call) -> Json:
    """Cancel one order and place another; -2022 if neither came about, -2021 if only one did."""
    mode = call.params.choice(
        "cancelReplaceMode",
        _ReplaceMode,
        -1130,
        "Data sent for parameter 'cancelReplaceMode' is not valid.",
    )
    request = read_order(call.params, call.uid, call.pair().symbol)
    call.counter.budget.spend_order()
    require_open_market(call, request.symbol)
    old = _find(call, "cancelOrderId", "cancelOrigClientOrderId")
    canceled, cancel_error = await _try_cancel(call, old)
    if cancel_error and mode is _ReplaceMode.STOP_ON_FAILURE:
        raise _replace_failed(cancel_error, None, is_attempted=False)
    try:
        placed = await _place(call, request)
    except ApiError as error:
        raise _replace_failed(cancel_error or canceled, error, is_attempted=True) from error
    if cancel_error:
        raise _replace_failed(cancel_error, placed, is_attempted=True)
    return {
        "cancelResult": "SUCCESS",
        "newOrderResult": "SUCCESS",
        "cancelResponse": canceled,
        "newOrderResponse": placed,
    }


async def amend_order(call: Call) -> Json:
    """Make an open order smaller in its place."""
    order = named(call)
    if order is None or not order.status.is_open or call.counter.faults.hides(order.id):
        raise ApiError(-2013, "Order does not exist.")
    size = call.params.number("newQty")
    if size is None:
        raise missing("newQty")
    client_id = call.params.client_id("newClientOrderId") or order.client_id
    amended = await call.exchange.amend(order, size, client_id)
    if isinstance(amended, Refusal):
        raise refused(amended)
    return amended_info(order, amended)


def named(call: Call) -> LedgerOrder | None:
    """Return the order that an id names, the venue's before the client's."""
    return _find(call, "orderId", "origClientOrderId")


def require_open_market(call: Call, symbol: str) -> None:
    """Refuse orders of a pair that the fault script has halted."""
    if call.counter.faults.is_out(OutageKind.HALT, symbol):
        raise ApiError(-1013, "Market is closed.")


def _find(call: Call, id_name: str, client_id_name: str) -> LedgerOrder | None:
    pair, ledger = call.pair(), call.exchange.ledger
    order_id = call.params.integer(id_name)
    if order_id is not None:
        order = ledger.order(order_id)
        is_ours = order is not None and (order.uid, order.symbol) == (call.uid, pair.symbol)
        return order if is_ours else None
    client_id = call.params.client_id(client_id_name)
    if not client_id:
        raise ApiError(
            -1102,
            f"Param '{client_id_name}' or '{id_name}' must be sent, but both were empty/null!",
        )
    return ledger.order_by_client_id(call.uid, pair.symbol, client_id)


async def _place(call: Call, request: Request) -> Json:
    order = await call.exchange.place(request)
    if isinstance(order, Refusal):
        raise refused(order)
    call.counter.faults.note_placed(order.id)
    default = _Reply.ACK if request.kind.has_trigger else _Reply.FULL
    wanted = call.params.optional("newOrderRespType") or default
    if wanted == _Reply.ACK:
        return acknowledged_info(order)
    taken = [fill for fill in call.exchange.ledger.fills_of(order.id) if not fill.is_maker]
    return placed_info(order, taken if wanted == _Reply.FULL else None)


async def _cancel(call: Call, order: LedgerOrder | None, request_id: str) -> Json:
    if order is None or not order.status.is_open or call.counter.faults.hides(order.id):
        raise ApiError(*_NOT_FOUND)
    return canceled_info(await call.exchange.cancel(order, request_id), request_id)


async def _try_cancel(call: Call, order: LedgerOrder | None) -> tuple[Json | None, ApiError | None]:
    request_id = call.params.client_id("cancelNewClientOrderId") or made_up_id()
    try:
        return await _cancel(call, order, request_id), None
    except ApiError as error:
        return None, error


def _replace_failed(
    cancel: Json | ApiError | None, placed: Json | ApiError | None, *, is_attempted: bool
) -> ApiError:
    """Return the error that tells of both halves."""
    halves = (cancel, placed)
    data: dict[str, object] = {
        "cancelResult": _result(cancel),
        "newOrderResult": _result(placed) if is_attempted else "NOT_ATTEMPTED",
        "cancelResponse": cancel.body if isinstance(cancel, ApiError) else cancel,
        "newOrderResponse": placed.body if isinstance(placed, ApiError) else placed,
    }
    if any(isinstance(half, dict) for half in halves):
        text = "Order cancel-replace partially failed."
        return ApiError(-2021, text, status=409, data=data)
    return ApiError(-2022, "Order cancel-replace failed.", data=data)


def _result(half: Json | ApiError | None) -> str:
    return "FAILURE" if isinstance(half, ApiError) else "SUCCESS"
