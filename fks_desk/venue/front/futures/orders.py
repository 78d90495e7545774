"""Take and take back orders for perpetuals, plain and conditional, one by one or in batches."""

from __future__ import annotations

from typing import Any

import msgspec

from fks_desk.venue.front.call import Call
from fks_desk.venue.front.errors import ApiError, missing, refused
from fks_desk.venue.front.futures.form import read_algo, read_order
from fks_desk.venue.front.futures.wire import ALGO_BASE, algo_info, order_info
from fks_desk.venue.front.order_form import made_up_id
from fks_desk.venue.front.orders import require_open_market
from fks_desk.venue.front.params import Params
from fks_desk.venue.front.wire import Json
from fks_desk.venue.ledger.rules import Refusal
from fks_desk.venue.perpetual.records import PerpOrder
from fks_desk.venue.perpetual.request import PerpRequest

_MOST_IN_BATCH = 5
_DONE = {"code": 200, "msg": "The operation of cancel all open order is done."}


async def place_order(call: Call) -> Json:
    """Take a new order."""
    return order_info(await _place(call, read_order(call.params, call.uid, call.pair().symbol)))


async def place_algo(call: Call) -> Json:
    """Take an order that waits for a price."""
    request = read_algo(call.params, call.uid, call.pair().symbol)
    return algo_info(await _place(call, request))


async def place_batch(call: Call) -> list[Json]:
    """Take up to five orders; each is answered for itself."""
    try:
        wanted = msgspec.json.decode(call.params.text("batchOrders"), type=list[dict[str, Any]])
    except msgspec.DecodeError as error:
        raise ApiError(-1130, "Data sent for parameter 'batchOrders' is not valid.") from error
    if len(wanted) > _MOST_IN_BATCH:
        raise ApiError(-4082, "Invalid number of batch place orders.")
    answers: list[Json] = []
    for values in wanted:
        one = Call(call.counter, Params({k: str(v) for k, v in values.items()}), True)
        try:
            answers.append(await place_order(one))
        except ApiError as error:
            answers.append(error.body)
    return answers


async def find_order(call: Call) -> Json:
    """Return one order, or -2013."""
    await call.perpetual.settle()
    order = _named(call)
    if order is None or order.is_waiting or call.counter.faults.hides(order.id):
        raise ApiError(-2013, "Order does not exist.")
    return order_info(order)


async def amend_order(call: Call) -> Json:
    """Give an open limit order another size or price, or -2013."""
    order = _named(call)
    if order is None or not order.rests or call.counter.faults.hides(order.id):
        raise ApiError(-2013, "Order does not exist.")
    size, price = call.params.number("quantity"), call.params.number("price")
    if size is None or price is None:
        raise missing("quantity" if size is None else "price")
    amended = await call.perpetual.amend(order, size, price)
    if isinstance(amended, Refusal):
        raise refused(amended)
    return order_info(amended)


async def cancel_order(call: Call) -> Json:
    """Take one order off the book, or -2011."""
    order = _named(call)
    if order is None or order.is_waiting:
        raise ApiError(-2011, "Unknown order sent.")
    return order_info(await _cancel(call, order))


async def cancel_batch(call: Call) -> list[Json]:
    """Take several orders back; each is answered for itself."""
    pair, ledger = call.pair(), call.perpetual.ledger
    ids = _whole_list(call.params.optional("orderIdList"))
    names = _text_list(call.params.optional("origClientOrderIdList"))
    orders = [ledger.order(number) for number in ids]
    orders += [ledger.order_by_client_id(call.uid, pair.symbol, name) for name in names]
    answers: list[Json] = []
    for order in orders:
        try:
            answers.append(order_info(await _cancel(call, order)))
        except ApiError as error:
            answers.append(error.body)
    return answers


async def cancel_all(call: Call) -> Json:
    """Take every plain order of a perpetual back."""
    await _cancel_each(call, are_waiting=False)
    return _DONE


async def cancel_all_algos(call: Call) -> Json:
    """Take every conditional order of a perpetual back."""
    await _cancel_each(call, are_waiting=True)
    return _DONE


async def open_orders(call: Call) -> list[Json]:
    """Return the plain orders that can still fill."""
    return [order_info(order) for order in await _open(call) if not order.is_waiting]


async def open_algos(call: Call) -> list[Json]:
    """Return the conditional orders that still wait."""
    return [algo_info(order) for order in await _open(call) if order.is_waiting]


async def all_orders(call: Call) -> list[Json]:
    """Return plain orders of a perpetual in any state."""
    found = await _every(call, call.params.integer("orderId"))
    return [order_info(order) for order in found if not order.is_waiting]


async def all_algos(call: Call) -> list[Json]:
    """Return conditional orders of a perpetual in any state."""
    from_id = call.params.integer("algoId")
    found = await _every(call, None if from_id is None else from_id - ALGO_BASE)
    return [algo_info(order) for order in found if order.kind.has_trigger]


async def find_algo(call: Call) -> Json:
    """Return one conditional order, or -2013."""
    await call.perpetual.settle()
    order = _named_algo(call)
    if order is None or call.counter.faults.hides(order.id):
        raise ApiError(-2013, "Order does not exist.")
    return algo_info(order)


async def cancel_algo(call: Call) -> Json:
    """Take one conditional order back, or -2011."""
    order = _named_algo(call)
    if order is None or not order.is_waiting:
        raise ApiError(-2011, "Unknown order sent.")
    canceled = await _cancel(call, order)
    return {
        "algoId": canceled.id + ALGO_BASE,
        "clientAlgoId": canceled.client_id,
        "code": "200",
        "msg": "success",
    }


async def _place(call: Call, request: PerpRequest) -> PerpOrder:
    call.counter.budget.spend_order()
    require_open_market(call, request.symbol)
    order = await call.perpetual.place(request)
    if isinstance(order, Refusal):
        raise refused(order)
    call.counter.faults.note_placed(order.id)
    return order


async def _cancel(call: Call, order: PerpOrder | None) -> PerpOrder:
    if order is None or not order.status.is_open or call.counter.faults.hides(order.id):
        raise ApiError(-2011, "Unknown order sent.")
    return await call.perpetual.cancel(order, made_up_id())


async def _cancel_each(call: Call, *, are_waiting: bool) -> None:
    for order in call.perpetual.ledger.open_orders(call.uid, call.pair().symbol):
        if order.is_waiting is are_waiting:
            await call.perpetual.cancel(order, made_up_id())


async def _open(call: Call) -> list[PerpOrder]:
    await call.perpetual.settle()
    symbols = {pair.symbol for pair in call.pairs()}
    return [
        order
        for order in call.perpetual.ledger.open_orders(call.uid)
        if order.symbol in symbols and not call.counter.faults.hides(order.id)
    ]


async def _every(call: Call, from_id: int | None) -> list[PerpOrder]:
    await call.perpetual.settle()
    params, limit = call.params, call.params.limit(500, 1000)
    start, end = params.integer("startTime"), params.integer("endTime")
    found = [
        order
        for order in call.perpetual.ledger.orders(call.uid, call.pair().symbol)
        if (from_id is None or order.id >= from_id)
        and (start is None or order.created_ms >= start)
        and (end is None or order.created_ms <= end)
        and not call.counter.faults.hides(order.id)
    ]
    is_from_start = from_id is not None or start is not None
    return found[:limit] if is_from_start else found[-limit:]


def _named(call: Call) -> PerpOrder | None:
    return _find(call, call.pair().symbol, "orderId", "origClientOrderId")


def _named_algo(call: Call) -> PerpOrder | None:
    """Return the conditional order that an id names; such a call needs no symbol."""
    for symbol in call.perpetual.pairs:
        order = _find(call, symbol, "algoId", "clientAlgoId", ALGO_BASE)
        if order is not None and order.kind.has_trigger:
            return order
    return None


def _find(
    call: Call, symbol: str, id_name: str, client_id_name: str, base: int = 0
) -> PerpOrder | None:
    ledger = call.perpetual.ledger
    order_id = call.params.integer(id_name)
    if order_id is not None:
        order = ledger.order(order_id - base)
        is_ours = order is not None and (order.uid, order.symbol) == (call.uid, symbol)
        return order if is_ours else None
    client_id = call.params.client_id(client_id_name)
    if not client_id:
        raise ApiError(
            -1102,
            f"Param '{client_id_name}' or '{id_name}' must be sent, but both were empty/null!",
        )
    return ledger.order_by_client_id(call.uid, symbol, client_id)


def _whole_list(written: str) -> list[int]:
    return [int(word) for word in written.strip("[] ").split(",") if word.strip().isdigit()]


def _text_list(written: str) -> list[str]:
    return [word.strip('" ') for word in written.strip("[] ").split(",") if word.strip('" ')]
