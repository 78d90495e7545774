"""Describe each kind of stored row in plain sentences.

A row comes as `core.ports.Facts.row` returns it: names and values as stored,
Decimals exact. The same row always makes the same document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from fks_desk.core.model import AccountId, InstrumentId, RowRef
from fks_desk.core.ports import Document
from fks_desk.intelligence.sanitise import one_line
from fks_desk.intelligence.writing import (
    minute,
    moment,
    number,
    pair_of,
    percent,
    signed,
    symbol_of,
)

Row = Mapping[str, Any]

ORIGINS = {
    "hand": "placed by hand",
    "strategy": "sent by a strategy",
    "desk": "sent by the desk itself",
    "external": "placed outside the desk and adopted",
}
_STATES = {
    "persisted": "written down and not yet sent",
    "sending": "on its way",
    "open": "open and resting in the book",
    "partial": "partly filled and still open",
    "cancel_pending": "asked to be canceled",
    "filled": "filled",
    "canceled": "canceled",
    "rejected": "rejected by the venue",
    "expired": "expired",
    "denied": "denied by the desk and never sent",
    "unknown": "in doubt: the venue has not said what became of it",
    "absent": "not known to the venue",
}
RATES = ("total_return", "max_drawdown", "win_rate", "buy_and_hold_return", "cagr", "volatility")
_METRICS = {
    "total_return": "a total return of",
    "buy_and_hold_return": "while buying and holding would have returned",
    "max_drawdown": "a maximum drawdown of",
    "sharpe": "a Sharpe ratio of",
    "win_rate": "a win rate of",
    "profit_factor": "a profit factor of",
    "trades": "a trade count of",
}


def document_of(ref: RowRef, row: Row) -> Document | None:
    """Return the document of a row, or None for a kind that is not described."""
    write = _WRITERS.get(ref.kind)
    return None if write is None else write(ref, row)


def trade_document(ref: RowRef, row: Row) -> Document:
    """Describe one own fill."""
    base, quote = pair_of(row["instrument"])
    symbol = symbol_of(row["instrument"])
    verb = "Bought" if row["side"] == "buy" else "Sold"
    title = f"{verb} {number(row['size'])} {symbol} at {number(row['price'])}"
    deal = (
        f"Trade (fill, execution) {row['trade_id']}: {verb.lower()} {number(row['size'])} {base} "
        f"at {number(row['price'])} {quote} for {number(row['price'] * row['size'])} {quote} on "
        f"{moment(row['ts_event'])}, account {row['account']}, as {row['liquidity']}."
    )
    sentences = [
        deal,
        f"The fee was {number(row['fee'])} {row['fee_currency']}.",
        _result_sentence(row),
        f"It belongs to order {row['client_id']}.",
    ]
    fields = (
        *("side", "price", "size", "fee", "fee_currency", "liquidity", "is_closing"),
        *("realised", "realised_currency", "client_id", "trade_id"),
    )
    return _document(ref, row, title, sentences, row["ts_event"], fields)


def order_document(ref: RowRef, row: Row) -> Document:
    """Describe one order with its origin and what became of it."""
    base, quote = pair_of(row["instrument"])
    symbol = symbol_of(row["instrument"])
    limit = row["limit_price"]
    price = f"at {number(limit)} {quote} or better" if limit is not None else "at the market"
    price += _waking(row, quote)
    title = f"{row['kind'].capitalize()} order to {row['side']} {number(row['size'])} {symbol}"
    wish = (
        f"Order {row['client_id']}: {row['kind']} {row['side']} of {number(row['size'])} {base} "
        f"{price}, {symbol}, account {row['account']}, {origin_words(row)} on "
        f"{moment(row['created'])}."
    )
    state = (
        f"It is {_STATES.get(row['state'], row['state'])}; {number(row['filled'])} of "
        f"{number(row['size'])} {base} filled{_average(row, quote)}."
    )
    reason = f"Reason: {one_line(row['reason'])}." if row["reason"] else ""
    fields = (
        *("side", "kind", "size", "limit_price", "state", "filled", "average_price", "origin"),
        *("prompted_by", "strategy", "time_in_force"),
    )
    return _document(ref, row, title, [wish, state, reason], row["created"], fields)


def _waking(row: Row, quote: str) -> str:
    """Say which price wakes a stop or a take-profit; a row without terms says nothing."""
    terms = row.get("terms") or {}
    trigger = terms.get("trigger_price")
    return "" if trigger is None else f" once the price is {number(Decimal(trigger))} {quote}"


def position_document(ref: RowRef, row: Row) -> Document:
    """Describe what an account holds of one instrument."""
    base, quote = pair_of(row["instrument"])
    symbol = symbol_of(row["instrument"])
    way = direction(row["size"])
    if way == "flat":
        title = f"No position in {symbol}"
        held = f"The position in {symbol} on account {row['account']} is flat (closed)."
    else:
        title = f"{way.capitalize()} {number(abs(row['size']))} {symbol}"
        held = (
            f"The position in {symbol} on account {row['account']} is {way} "
            f"{number(abs(row['size']))} {base}, held at an average price of "
            f"{number(row['average_price'])} {quote}."
        )
    opened = f"It was opened on {moment(row['opened'])}." if row["opened"] else ""
    result = (
        f"Realised so far: {signed(row['realised'])} {row['realised_currency']}, "
        f"fees {number(row['fees'])} {row['fees_currency']}."
    )
    fields = (
        *("side", "size", "average_price", "realised", "realised_currency", "fees"),
        *("fees_currency", "leverage", "margin_mode"),
    )
    return _document(ref, row, title, [held, opened, result], row["updated"], fields)


def balance_document(ref: RowRef, row: Row) -> Document:
    """Describe what an account has of one currency."""
    total = row["free"] + row["locked"]
    title = f"Balance of {row['currency']} on account {row['account']}"
    text = (
        f"The balance (cash, funds) of account {row['account']} is {number(total)} "
        f"{row['currency']}: {number(row['free'])} free (available) and "
        f"{number(row['locked'])} locked in open orders, as of {moment(row['updated'])}."
    )
    fields = ("currency", "free", "locked")
    return _document(ref, row, title, [text], row["updated"], fields)


def signal_document(ref: RowRef, row: Row) -> Document:
    """Describe one decision of a strategy."""
    _, quote = pair_of(row["instrument"])
    symbol = symbol_of(row["instrument"])
    title = f"Signal of {row['strategy']}: {row['stance']} {symbol} on {row['timeframe']}"
    inputs = ", ".join(
        f"{name} {number(value)}" for name, value in row["inputs"].items() if value is not None
    )
    stance = (
        f"The strategy {row['strategy']} signalled {row['stance']} for {symbol} on "
        f"{row['timeframe']} candles at {moment(row['ts_event'])}, price "
        f"{number(row['price'])} {quote}, confidence {number(row['confidence'], 4)}."
    )
    sentences = [
        stance,
        f"Rule: {one_line(row['rule'])}.",
        f"Inputs: {inputs}." if inputs else "",
    ]
    fields = ("strategy", "timeframe", "stance", "price", "confidence", "rule")
    return _document(ref, row, title, sentences, row["ts_event"], fields)


def backtest_document(ref: RowRef, row: Row) -> Document:
    """Describe one finished backtest."""
    _, quote = pair_of(row["instrument"])
    symbol = symbol_of(row["instrument"])
    params = ", ".join(f"{name} {number(value)}" for name, value in row["params"].items())
    title = f"Backtest of {row['strategy']} on {symbol} {row['timeframe']}"
    run = (
        f"Backtest {row['run']} of the strategy {row['strategy']} ({params}) on {symbol} "
        f"{row['timeframe']} candles from {minute(row['span_start'])} to "
        f"{minute(row['span_end'])}, starting with {number(row['cash'])} {quote}, fee "
        f"{number(row['fee_bps'])} and slippage {number(row['slippage_bps'])} basis points."
    )
    result = metric_words(row["metrics"])
    made = _document(
        ref,
        row,
        title,
        [run, f"It had {result}." if result else ""],
        row["created"],
        ("run", "strategy", "timeframe", "cash", "fee_bps", "slippage_bps"),
    )
    known = {name: number(value) for name, value in row["metrics"].items() if value is not None}
    return _with_facts(made, known)


def candle_document(ref: RowRef, row: Row) -> Document:
    """Describe one stored candle."""
    change = row["close"] / row["open"] - 1 if row["open"] else 0
    return summary_document(
        ref, {**row, "first": row["ts"], "last": row["ts"], "change_pct": change * 100}
    )


def summary_document(ref: RowRef, row: Row, span_name: str = "") -> Document:
    """Describe what the price did between two candles; `first` and `last` are their opens."""
    base, quote = pair_of(row["instrument"])
    symbol = symbol_of(row["instrument"])
    span = span_name or f"{row['timeframe']} candle of {minute(row['first'])}"
    title = f"{symbol} {span}"
    text = (
        f"{symbol}, {span}: open {number(row['open'])}, high {number(row['high'])}, low "
        f"{number(row['low'])}, close {number(row['close'])} {quote}, change "
        f"{signed(row['change_pct'], 2)} %, volume {number(row['volume'])} {base}."
    )
    fields = ("timeframe", "open", "high", "low", "close", "volume")
    return _document(ref, row, title, [text], row["first"], fields)


def origin_words(row: Row) -> str:
    """Say who wanted an order."""
    words = ORIGINS.get(row["origin"], str(row["origin"]))
    if row["origin"] == "strategy" and row["strategy"]:
        words = f"sent by the strategy {row['strategy']}"
    return f"{words}, prompted by {one_line(row['prompted_by'])}" if row["prompted_by"] else words


def direction(size: Decimal) -> str:
    """Return long, short or flat."""
    if size == 0:
        return "flat"
    return "long" if size > 0 else "short"


def metric_words(metrics: Mapping[str, Any], names: tuple[str, ...] = tuple(_METRICS)) -> str:
    """Return the metrics that are there as parts of one sentence."""
    parts = [
        f"{_METRICS[name]} {metric_text(name, metrics[name])}"
        for name in names
        if name in _METRICS and metrics.get(name) is not None
    ]
    return ", ".join(parts)


def metric_text(name: str, value: float) -> str:
    """Return one metric: rates in percent, the rest as plain numbers."""
    return percent(value) if name in RATES else number(value, 2)


def _result_sentence(row: Row) -> str:
    if row["realised"] is None:
        return ""
    result = f"{signed(row['realised'])} {row['realised_currency']}"
    if not row["is_closing"]:
        return f"It opened or raised the position; its cost was a realised {result}."
    kind = "a profit" if row["realised"] > 0 else "a loss"
    return f"It closed all or part of the position with {kind} of {result} after fees."


def _average(row: Row, quote: str) -> str:
    price = row["average_price"]
    return "" if price is None else f" at an average price of {number(price)} {quote}"


def _document(
    ref: RowRef,
    row: Row,
    title: str,
    sentences: list[str],
    at: datetime,
    fields: tuple[str, ...],
) -> Document:
    instrument, account = row.get("instrument"), row.get("account")
    return Document(
        ref=ref,
        title=one_line(title, 200),
        text=" ".join(sentence for sentence in sentences if sentence),
        instrument=None if instrument is None else InstrumentId(instrument),
        account=None if account is None else AccountId(account),
        moment=at,
        facts={name: _fact(row[name]) for name in fields if row.get(name) is not None},
    )


def _with_facts(document: Document, facts: Mapping[str, str]) -> Document:
    return Document(
        ref=document.ref,
        title=document.title,
        text=document.text,
        instrument=document.instrument,
        account=document.account,
        moment=document.moment,
        facts={**document.facts, **facts},
    )


def _fact(value: Any) -> str | bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, timedelta | datetime):
        return str(value)
    return repr(value) if isinstance(value, float) else one_line(str(value))


_WRITERS: Mapping[str, Callable[[RowRef, Row], Document]] = {
    "trade": trade_document,
    "order": order_document,
    "position": position_document,
    "balance": balance_document,
    "signal": signal_document,
    "backtest": backtest_document,
    "candle": candle_document,
}
