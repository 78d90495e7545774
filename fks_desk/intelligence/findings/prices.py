"""Answer questions about prices from stored candles and prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from fks_desk.core.model import InstrumentId, RowRef, Span, Timeframe
from fks_desk.intelligence.findings.finding import Row, Shelf, Statement, ref_of
from fks_desk.intelligence.writing import (
    as_decimal,
    minute,
    moment,
    number,
    pair_of,
    signed,
    symbol_of,
)

_DAY = timedelta(days=1)
_MOST_CANDLES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Hold the newest price known of an instrument and the row that tells it."""

    instrument: str
    price: Decimal
    at: datetime
    ref: RowRef

    @property
    def words(self) -> str:
        """Return the price with its time."""
        quote = pair_of(self.instrument)[1]
        return f"{number(self.price)} {quote} (at {moment(self.at)})"


async def price_now(shelf: Shelf) -> list[Statement]:
    """Tell the newest price of each named instrument."""
    found = []
    for scope in shelf.one_scope():
        known = [one for one in scope if one is not None]
        mark = await newest_mark(shelf, known)
        if mark is None:
            found.append(_no_price(known))
            continue
        symbol = symbol_of(mark.instrument)
        found.append(
            Statement(text=f"The last price of {symbol} is {mark.words}.", refs=(mark.ref,))
        )
    return found


async def price_span(shelf: Shelf) -> list[Statement]:
    """Tell what the price did over a span, the last day if none is named."""
    found = []
    for scope in shelf.one_scope():
        known = [one for one in scope if one is not None]
        found += await _over_span(shelf, known)
    return found


async def newest_mark(shelf: Shelf, scope: Sequence[InstrumentId | str]) -> Mark | None:
    """Return the newest close or print of the first instrument that has one."""
    for instrument in scope:
        marks = [
            mark
            for mark in (
                await _newest_close(shelf, instrument),
                await _newest_print(shelf, instrument),
            )
            if mark is not None
        ]
        if marks:
            return max(marks, key=lambda mark: mark.at)
    return None


async def _newest_close(shelf: Shelf, instrument: str) -> Mark | None:
    coverage = await shelf.ask_market("candle_coverage", instrument=instrument)
    if not coverage:
        return None
    newest = max(coverage, key=lambda row: (_closes(row), -_length(row).total_seconds()))
    rows = await shelf.ask_market(
        "newest_candles", instrument=instrument, timeframe=newest["timeframe"], limit=1
    )
    if not rows:
        return None
    row = rows[0]
    closes = row["ts"] + Timeframe(row["timeframe"]).delta
    return Mark(instrument=instrument, price=as_decimal(row["close"]), at=closes, ref=ref_of(row))


async def _newest_print(shelf: Shelf, instrument: str) -> Mark | None:
    rows = await shelf.ask_market("last_print", instrument=instrument)
    if not rows:
        return None
    row = rows[0]
    return Mark(instrument=instrument, price=row["price"], at=row["ts_event"], ref=ref_of(row))


async def _over_span(shelf: Shelf, scope: Sequence[InstrumentId]) -> list[Statement]:
    for instrument in scope:
        coverage = await shelf.ask_market("candle_coverage", instrument=instrument)
        if not coverage:
            continue
        span, words = _span_of(shelf, coverage)
        timeframe = _fitting(coverage, span)
        if timeframe is None:
            continue
        arguments = {
            "instrument": instrument,
            "timeframe": timeframe,
            "start": span.start,
            "end": span.end,
        }
        rows = await shelf.ask_market("candle_change", **arguments)
        if rows:
            tops = await shelf.ask_market("highest_candles", limit=1, **arguments)
            lows = await shelf.ask_market("lowest_candles", limit=1, **arguments)
            return _told(rows[0], words, tops[0], lows[0])
    if not scope:
        return [_no_price(scope)]
    return [Statement(text=f"No candles of {symbol_of(scope[0])} are stored{shelf.when}.")]


def _told(row: Row, words: str, top: Row, low: Row) -> list[Statement]:
    base, quote = pair_of(row["instrument"])
    symbol = symbol_of(row["instrument"])
    first, last = RowRef.parse(row["refs"][0]), RowRef.parse(row["refs"][1])
    return [
        Statement(
            text=f"{symbol} {words}: open {number(row['open'])}, high {number(row['high'])}, low "
            f"{number(row['low'])}, close {number(row['close'])} {quote}, a change of "
            f"{signed(row['change_pct'], 2)} %, volume {number(row['volume'])} {base}, from "
            f"{row['candles']} candles of {row['timeframe']}.",
            refs=tuple(dict.fromkeys((last, first))),
        ),
        Statement(
            text=f"The high of {number(top['high'])} {quote} came in the candle of "
            f"{minute(top['ts'])}.",
            refs=(ref_of(top),),
        ),
        Statement(
            text=f"The low of {number(low['low'])} {quote} came in the candle of "
            f"{minute(low['ts'])}.",
            refs=(ref_of(low),),
        ),
    ]


def _span_of(shelf: Shelf, coverage: Sequence[Row]) -> tuple[Span, str]:
    """Return the named span, or the newest day that is stored."""
    named = shelf.question.span
    if named is not None:
        return named.span, named.words
    newest = max(_closes(row) for row in coverage)
    end = max(newest, shelf.question.now) if shelf.question.now - newest < _DAY else newest
    return Span(start=end - _DAY, end=end), "over 24 hours"


def _fitting(coverage: Sequence[Row], span: Span) -> str | None:
    """Return the finest timeframe that covers the span without too many candles."""
    inside = [row for row in coverage if row["first"] < span.end and row["last"] >= span.start]
    if not inside:
        return None

    def rank(row: Row) -> tuple[bool, float, float, float]:
        length = _length(row)
        late = max(timedelta(), row["first"] - span.start - length)
        early = max(timedelta(), span.end - _closes(row) - length)
        return (
            (span.end - span.start) / length > _MOST_CANDLES,
            late.total_seconds(),
            early.total_seconds() if span.end <= max(_closes(one) for one in inside) else 0.0,
            length.total_seconds(),
        )

    return str(min(inside, key=rank)["timeframe"])


def _closes(row: Row) -> datetime:
    closes: datetime = row["last"] + _length(row)
    return closes


def _length(row: Row) -> timedelta:
    return Timeframe(row["timeframe"]).delta


def _no_price(scope: Sequence[InstrumentId]) -> Statement:
    if not scope:
        return Statement(text="Name the instrument, such as BTC/USDT: the question names none.")
    return Statement(text=f"No price of {symbol_of(scope[0])} is stored.")
