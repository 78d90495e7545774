"""Answer questions about perpetuals from their stored states and from funding payments."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal

from fks_desk.core.model import InstrumentId
from fks_desk.intelligence.findings.finding import Row, Shelf, Statement, more_of, ref_of
from fks_desk.intelligence.writing import (
    moment,
    number,
    pair_of,
    several,
    signed,
    symbol_of,
)

_MOST = 8
_RATE_DIGITS = 6
_SPOT = ":spot:"


async def mark_price(shelf: Shelf) -> list[Statement]:
    """Tell the newest mark price of each named perpetual, and how far its index is."""

    async def tell(row: Row) -> list[Statement]:
        return [_marked(row)]

    return await _of_each(shelf, tell)


async def funding_rate(shelf: Shelf) -> list[Statement]:
    """Tell the funding rate of each named perpetual, and its range over a named span."""

    async def tell(row: Row) -> list[Statement]:
        is_ranged = shelf.question.span is not None and row["funding_rate"] is not None
        return [_funded(row), *(await _rates(shelf, row["instrument"]) if is_ranged else ())]

    return await _of_each(shelf, tell)


async def open_interest(shelf: Shelf) -> list[Statement]:
    """Tell the open interest of each named perpetual, and its change over a named span."""

    async def tell(row: Row) -> list[Statement]:
        is_ranged = shelf.question.span is not None and row["open_interest"] is not None
        return [_crowded(row), *(await _change(shelf, row) if is_ranged else ())]

    return await _of_each(shelf, tell)


async def funding_paid(shelf: Shelf) -> list[Statement]:
    """Tell what funding came to, by perpetual."""
    rows: list[Row] = []
    for scope in shelf.scopes():
        for instrument in scope:
            rows += await shelf.ask("funding_sums", instrument=instrument, **shelf.span)
    if not rows:
        named = [scope[0] for scope in shelf.question.instruments if scope]
        where = f" of {symbol_of(named[0])}" if named else ""
        return [Statement(text=f"No funding payment{where} is stored{shelf.when}.")]
    return [_paid(row, shelf.when) for row in rows[:_MOST]]


async def _of_each(
    shelf: Shelf, tell: Callable[[Row], Awaitable[list[Statement]]]
) -> list[Statement]:
    """Tell of the newest state of each named perpetual, or that none is stored."""
    found: list[Statement] = []
    for scope in shelf.one_scope():
        row = await _state(shelf, scope)
        found += [_unknown(scope, shelf)] if row is None else await tell(row)
    return found


async def _state(shelf: Shelf, scope: Sequence[InstrumentId | None]) -> Row | None:
    """Return the newest state of a scope's first perpetual that has one in the span."""
    for instrument in scope:
        if instrument is None or _SPOT in instrument:
            continue
        rows = await shelf.ask_market(
            "newest_perpetuals", instrument=instrument, limit=1, **shelf.span
        )
        if rows:
            return rows[0]
    return None


def _marked(row: Row) -> Statement:
    quote = pair_of(row["instrument"])[1]
    text = f"The mark price of {_name(row)} is {number(row['mark'])} {quote}"
    index = row["index_price"]
    if index is not None:
        gap = (row["mark"] - index) / index
        text += (
            f", its index {number(index)} {quote}, so the perpetual stands {_signed_percent(gap)} "
            "from its index"
        )
    return Statement(text=f"{text} (at {moment(row['ts_event'])}).", refs=(ref_of(row),))


def _funded(row: Row) -> Statement:
    rate = row["funding_rate"]
    if rate is None:
        text = f"The exchange told no funding rate of {_name(row)}"
        return Statement(text=f"{text} (at {moment(row['ts_event'])}).", refs=(ref_of(row),))
    due = row["next_funding"]
    when = f", due at {moment(due)}" if due is not None else ""
    return Statement(
        text=f"The funding rate of {_name(row)} is {_signed_percent(rate)} of the notional{when}: "
        f"{_payers(rate)} (at {moment(row['ts_event'])}).",
        refs=(ref_of(row),),
    )


async def _rates(shelf: Shelf, instrument: str) -> list[Statement]:
    asked = {"instrument": instrument, "limit": 1, **shelf.span}
    (high,) = await shelf.ask_market("highest_funding", **asked)
    (low,) = await shelf.ask_market("lowest_funding", **asked)
    return [
        Statement(
            text=f"Its {word} rate{shelf.when} was {_signed_percent(row['funding_rate'])}, at "
            f"{moment(row['ts_event'])}.",
            refs=(ref_of(row),),
        )
        for word, row in (("highest", high), ("lowest", low))
    ]


def _crowded(row: Row) -> Statement:
    base, quote = pair_of(row["instrument"])
    units = row["open_interest"]
    if units is None:
        text = f"The exchange told no open interest of {_name(row)}"
        return Statement(text=f"{text} (at {moment(row['ts_event'])}).", refs=(ref_of(row),))
    return Statement(
        text=f"The open interest of {_name(row)} is {number(units)} {base}, worth "
        f"{number(units * row['mark'], 2)} {quote} at the mark price of {number(row['mark'])} "
        f"{quote} (at {moment(row['ts_event'])}).",
        refs=(ref_of(row),),
    )


async def _change(shelf: Shelf, newest: Row) -> list[Statement]:
    (oldest,) = await shelf.ask_market(
        "oldest_perpetuals", instrument=newest["instrument"], limit=1, **shelf.span
    )
    before, after = oldest["open_interest"], newest["open_interest"]
    if not before or oldest["ref"] == newest["ref"]:
        return []
    base = pair_of(newest["instrument"])[0]
    return [
        Statement(
            text=f"It was {number(before)} {base} at {moment(oldest['ts_event'])}, the first that "
            f"is stored{shelf.when}: a change of {_signed_percent((after - before) / before)}.",
            refs=(ref_of(oldest), ref_of(newest)),
        )
    ]


def _paid(row: Row, when: str) -> Statement:
    amount, currency = row["amount"], row["currency"]
    word = "cost" if amount < 0 else "brought"
    return Statement(
        text=f"Funding of {_name(row)}{when} {word} you {number(abs(amount))} {currency}: "
        f"{number(row['paid'])} {currency} paid and {number(row['received'])} {currency} received "
        f"in {several(row['payments'], 'payment')}, the last at {moment(row['last'])}.",
        refs=(ref_of(row),),
        more=more_of(row),
    )


def _payers(rate: Decimal) -> str:
    if rate == 0:
        return "nobody pays"
    return "longs pay shorts" if rate > 0 else "shorts pay longs"


def _signed_percent(fraction: Decimal) -> str:
    return f"{signed(fraction * 100, _RATE_DIGITS)} %"


def _name(row: Row) -> str:
    return f"the perpetual {symbol_of(row['instrument'])}"


def _unknown(scope: Sequence[InstrumentId | None], shelf: Shelf) -> Statement:
    known = [one for one in scope if one is not None]
    if not known:
        return Statement(text="Name the perpetual, such as BTC/USDT: the question names none.")
    return Statement(
        text=f"No state of {symbol_of(known[0])} as a perpetual is stored{shelf.when}; put it on "
        "the watchlist from an exchange that trades it as a perpetual."
    )
