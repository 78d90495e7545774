"""Shape what happened to an account as the user stream spells it."""

from __future__ import annotations

from collections.abc import Iterator

from fks_desk.venue.front.wire import Json, is_working, list_info, text
from fks_desk.venue.ledger.bookkeeper import Happening
from fks_desk.venue.ledger.records import (
    ZERO,
    Amended,
    Deposited,
    Ended,
    Filled,
    LedgerFill,
    LedgerList,
    LedgerOrder,
    LedgerStatus,
    Listed,
    Record,
)
from fks_desk.venue.market.listing import wire_id


def user_events(happening: Happening) -> Iterator[Json]:
    """Yield the order reports in order, then the balances that they left behind."""
    for record, order in happening.steps:
        if order is not None:
            yield _report(record, order, happening.moment_ms)
        elif isinstance(record, Deposited):
            yield {
                "e": "balanceUpdate",
                "E": happening.moment_ms,
                "a": record.asset,
                "d": text(record.amount),
                "T": record.moment_ms,
            }
    for orders, members in happening.lists:
        if _is_list_news(happening, orders, members):
            yield _list_status(orders, members, happening.moment_ms)
    yield {
        "e": "outboundAccountPosition",
        "E": happening.moment_ms,
        "u": happening.moment_ms,
        "B": [
            {"a": asset, "f": text(held.free), "l": text(held.locked)}
            for asset, held in happening.holdings.items()
        ],
    }


def _is_list_news(
    happening: Happening, orders: LedgerList, members: tuple[LedgerOrder, ...]
) -> bool:
    """Tell whether a list has just begun or just ended."""
    is_new = any(
        isinstance(record, Listed) and record.orders.id == orders.id
        for record, _ in happening.steps
    )
    return is_new or not any(order.status.is_open for order in members)


def _list_status(orders: LedgerList, members: tuple[LedgerOrder, ...], now_ms: int) -> Json:
    shown = list_info(orders, members)
    return {
        "e": "listStatus",
        "E": now_ms,
        "s": shown["symbol"],
        "g": orders.id,
        "c": shown["contingencyType"],
        "l": shown["listStatusType"],
        "L": shown["listOrderStatus"],
        "r": "NONE",
        "C": orders.client_id,
        "T": now_ms,
        "O": [{"s": shown["symbol"], "i": item.id, "c": item.client_id} for item in members],
    }


def _report(record: Record, order: LedgerOrder, now_ms: int) -> Json:
    """Return an executionReport; the letters are Binance's."""
    fill = record.fill if isinstance(record, Filled) else None
    request_id = record.request_id if isinstance(record, Ended) else ""
    is_cancel = order.status is LedgerStatus.CANCELED
    report: Json = {
        "e": "executionReport",
        "E": now_ms,
        "s": wire_id(order.symbol),
        "c": request_id if is_cancel else order.client_id,
        "S": order.side.value.upper(),
        "o": order.kind.value,
        "f": order.time_in_force.value,
        "q": text(order.size),
        "p": text(order.price),
        "P": text(order.stop_price),
        "F": text(order.visible_size),
        "g": order.list_id,
        "C": order.client_id if is_cancel else "",
        "x": _execution(record, order),
        "X": order.status.value,
        "r": "NONE",
        "i": order.id,
        "z": text(order.filled),
        "T": order.updated_ms,
        "I": order.id,
        "w": is_working(order) and order.status.is_open,
        "O": order.created_ms,
        "Z": text(order.quote_filled),
        "Q": text(order.quote_size),
        "V": order.self_trade.value,
    }
    if order.working_ms:
        report["W"] = order.working_ms
    if order.trailing_bips:
        report |= {"d": order.trailing_bips, "D": order.created_ms}
    return report | _execution_fields(fill)


def _execution(record: Record, order: LedgerOrder) -> str:
    match record:
        case Filled():
            return "TRADE"
        case Ended(status=LedgerStatus.EXPIRED_IN_MATCH):
            return "TRADE_PREVENTION"
        case Ended():
            return order.status.value
        case Amended():
            return "REPLACED"
        case _:
            return "NEW"


def _execution_fields(fill: LedgerFill | None) -> Json:
    """Return the fields that tell of the execution itself, empty ones if there was none."""
    if fill is None:
        return {
            "l": text(ZERO),
            "L": text(ZERO),
            "n": "0",
            "N": None,
            "t": -1,
            "m": False,
            "M": False,
            "Y": text(ZERO),
        }
    return {
        "l": text(fill.size),
        "L": text(fill.price),
        "n": text(fill.fee),
        "N": fill.fee_asset,
        "t": fill.id,
        "m": fill.is_maker,
        "M": True,
        "Y": text(fill.cost),
    }
