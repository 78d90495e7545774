"""Shape what happened to a margin account as the futures user stream spells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from fks_desk.venue.front.futures.wire import SIDES, algo_info, kind_of, order_info, working_type
from fks_desk.venue.front.wire import Json, text
from fks_desk.venue.ledger.records import ZERO, Amended, Deposited, Ended, LedgerStatus
from fks_desk.venue.market.listing import wire_id
from fks_desk.venue.perpetual.exchange import PerpetualExchange, PerpHappening
from fks_desk.venue.perpetual.matching import PerpStep
from fks_desk.venue.perpetual.records import (
    Agreed,
    Funded,
    Hedged,
    Insured,
    MarginMoved,
    PerpFill,
    PerpFilled,
    PerpOrder,
    PerpRecord,
    Repriced,
)

_REASONS: Mapping[type[PerpRecord], str] = {
    PerpFilled: "ORDER",
    Funded: "FUNDING_FEE",
    MarginMoved: "MARGIN_TRANSFER",
    Insured: "INSURANCE_CLEAR",
    Deposited: "DEPOSIT",
    Hedged: "MARGIN_TYPE_CHANGE",
}


def perp_events(happening: PerpHappening, perpetual: PerpetualExchange) -> Iterator[Json]:
    """Yield the account's new state if it changed, then the order reports in order."""
    now = happening.moment_ms
    if reason := _reason(happening):
        yield _account_update(happening, perpetual, reason)
    for record, order in happening.steps:
        if isinstance(record, Agreed):
            yield {
                "e": "ACCOUNT_CONFIG_UPDATE",
                "E": now,
                "T": now,
                "ac": {"s": wire_id(record.symbol), "l": record.terms.leverage},
            }
        elif order is not None:
            yield from _order_events((record, order), order, now)


def _order_events(step: PerpStep, order: PerpOrder, now_ms: int) -> Iterator[Json]:
    """Yield a conditional order's own news, and an order report once it is an order."""
    record, _ = step
    if order.kind.has_trigger and not isinstance(record, PerpFilled):
        yield _algo_update(order, now_ms)
    if not order.is_waiting and not isinstance(record, Amended):
        yield _order_update(step, order, now_ms)


def _reason(happening: PerpHappening) -> str:
    """Return why the account changed, empty if it did not."""
    for record, _ in happening.steps:
        if reason := _REASONS.get(type(record)):
            return reason
    return ""


def _account_update(happening: PerpHappening, perpetual: PerpetualExchange, reason: str) -> Json:
    standing, now = happening.standing, happening.moment_ms
    rows = []
    for (symbol, side), position in happening.positions.items():
        terms = perpetual.ledger.terms(happening.uid, symbol)
        mark = perpetual.mark_of(symbol)
        rows.append(
            {
                "s": wire_id(symbol),
                "pa": text(position.size),
                "ep": text(position.entry_price),
                "bep": text(position.entry_price),
                "cr": text(ZERO),
                "up": text(position.unrealised(mark) if position.size else ZERO),
                "mt": "isolated" if terms.is_isolated else "cross",
                "iw": text(position.isolated),
                "ps": SIDES[side],
            }
        )
    wallet = {
        "a": "USDT",
        "wb": text(standing.wallet),
        "cw": text(standing.cross_wallet),
        "bc": text(_outside_money(happening)),
    }
    return {
        "e": "ACCOUNT_UPDATE",
        "E": now,
        "T": now,
        "a": {"m": reason, "B": [wallet], "P": rows},
    }


def _outside_money(happening: PerpHappening) -> Decimal:
    amounts = [r.amount for r, _ in happening.steps if isinstance(r, (Deposited, Funded))]
    return sum(amounts, ZERO)


def _order_update(step: PerpStep, order: PerpOrder, now_ms: int) -> Json:
    record, _ = step
    fill = record.fill if isinstance(record, PerpFilled) else None
    shown = order_info(order)
    return {
        "e": "ORDER_TRADE_UPDATE",
        "E": now_ms,
        "T": order.updated_ms,
        "o": {
            "s": shown["symbol"],
            "c": order.client_id,
            "S": shown["side"],
            "o": kind_of(order),
            "f": shown["timeInForce"],
            "q": shown["origQty"],
            "p": shown["price"],
            "ap": shown["avgPrice"],
            "sp": shown["stopPrice"],
            "x": _execution(step),
            "X": order.status.value,
            "i": order.id,
            "z": shown["executedQty"],
            "T": order.updated_ms,
            "b": "0",
            "a": "0",
            "R": order.reduce_only,
            "wt": working_type(order),
            "ot": kind_of(order),  # codespell:ignore ot
            "ps": shown["positionSide"],
            "cp": order.closes,
            "pP": False,
            "si": 0,
            "ss": 0,
            "V": order.self_trade.value,
            "pm": "NONE",
            "gtd": order.expires_ms,
            **_execution_fields(fill),
        },
    }


def _execution(step: PerpStep) -> str:
    record, order = step
    match record:
        case PerpFilled():
            return "CALCULATED" if order is not None and order.is_liquidation else "TRADE"
        case Ended(status=LedgerStatus.EXPIRED_IN_MATCH):
            return "TRADE_PREVENTION"
        case Ended():
            return record.status.value
        case Repriced():
            return "AMENDMENT"
        case _:
            return "NEW"


def _execution_fields(fill: PerpFill | None) -> Json:
    """Return the fields that tell of the execution itself, empty ones if there was none."""
    if fill is None:
        return {"l": text(ZERO), "L": text(ZERO), "t": 0, "m": False, "rp": text(ZERO)}
    return {
        "l": text(fill.size),
        "L": text(fill.price),
        "N": "USDT",
        "n": text(fill.fee),
        "t": fill.id,
        "m": fill.is_maker,
        "rp": text(fill.realised),
    }


def _algo_update(order: PerpOrder, now_ms: int) -> Json:
    shown = algo_info(order)
    return {
        "e": "ALGO_UPDATE",
        "T": order.updated_ms,
        "E": now_ms,
        "o": {
            "caid": shown["clientAlgoId"],
            "aid": shown["algoId"],
            "at": "CONDITIONAL",
            "o": shown["orderType"],
            "s": shown["symbol"],
            "S": shown["side"],
            "ps": shown["positionSide"],
            "f": shown["timeInForce"],
            "q": shown["quantity"],
            "X": shown["algoStatus"],
            "ai": shown["actualOrderId"],
            "ap": shown["actualPrice"],
            "aq": text(order.filled),
            "act": "LIMIT" if order.kind.has_limit else "MARKET",
            "tp": shown["triggerPrice"],
            "p": shown["price"],
            "V": shown["selfTradePreventionMode"],
            "wt": working_type(order),
            "pm": "NONE",
            "cp": order.closes,
            "pP": False,
            "R": order.reduce_only,
            "tt": order.working_ms,
            "gtd": order.expires_ms,
        },
    }
