"""Answer questions about positions, what they are worth, and balances."""

from __future__ import annotations

from collections.abc import Sequence

from fks_desk.core.model import InstrumentId
from fks_desk.intelligence.documents import direction
from fks_desk.intelligence.findings.fills import average_fill_price
from fks_desk.intelligence.findings.finding import Row, Shelf, Statement, ref_of
from fks_desk.intelligence.findings.prices import newest_mark
from fks_desk.intelligence.questions.concept import Concept
from fks_desk.intelligence.writing import (
    moment,
    number,
    pair_of,
    several,
    signed,
    symbol_of,
)

_MOST = 8


async def positions(shelf: Shelf) -> list[Statement]:
    """Tell the named positions, or all that are open."""
    found = []
    for scope in shelf.question.instruments:
        rows = await shelf.of_first("position_now", scope)
        found += [_held(row) for row in rows] or [_nothing(scope)]
    if shelf.question.instruments:
        return [*found, *await _coins(shelf)]
    rows = await shelf.ask("open_positions")
    if not rows:
        return [Statement(text="No position is open: you are flat everywhere.")]
    lead = [] if len(rows) == 1 else [f"{several(len(rows), 'position')} are open."]
    return [*(Statement(text=text) for text in lead), *(_held(row) for row in rows[:_MOST])]


async def unrealised(shelf: Shelf) -> list[Statement]:
    """Tell what closing now would add, before fees, and what the position is worth."""
    rows: list[Row] = []
    for scope in shelf.question.instruments:
        rows += [row for row in await shelf.of_first("position_now", scope) if row["size"]]
    if not shelf.question.instruments:
        rows = list(await shelf.ask("open_positions"))
    if not rows:
        named = [scope for scope in shelf.question.instruments if scope]
        return [_nothing(named[0]) if named else Statement(text="No position is open.")]
    return [await _worth(shelf, row) for row in rows[:_MOST]]


async def average_price(shelf: Shelf) -> list[Statement]:
    """Tell the average cost of what is held, then the average of all buys and sells."""
    found = []
    if not shelf.question.side or Concept.ENTRY in shelf.question.ideas:
        for scope in shelf.question.instruments or await _open_or_chosen(shelf):
            rows = await shelf.of_first("position_now", scope)
            found += [_held(row) for row in rows if row["size"]]
    return [*found, *await average_fill_price(shelf)] or [Statement(text="There is no trade.")]


async def balances(shelf: Shelf) -> list[Statement]:
    """Tell the newest balances, of the named currencies or of all."""
    named = shelf.question.currencies
    rows = list(await shelf.ask("balances_now"))
    asked = [row for row in rows if row["currency"] in named]
    # Whoever asks for cash means the currency that things are bought with.
    rows.sort(key=lambda row: (not _is_cash(row["currency"]), row["currency"]))
    shown = asked or [row for row in rows if row["free"] + row["locked"]] or rows
    if not shown:
        return [Statement(text="No balance is known of this account.")]
    return [_balance(row) for row in shown[:_MOST]]


async def _coins(shelf: Shelf) -> list[Statement]:
    """Tell the balance of a coin whose holding was asked for."""
    if Concept.HOLD not in shelf.question.ideas:
        return []
    bases = [pair_of(scope[0])[0] for scope in shelf.question.instruments if scope]
    rows = await shelf.ask("balances_now")
    return [_balance(row) for row in rows if row["currency"] in bases]


async def _open_or_chosen(shelf: Shelf) -> Sequence[tuple[InstrumentId, ...]]:
    rows = await shelf.ask("open_positions")
    chosen = shelf.question.chosen
    if chosen and (not rows or any(row["instrument"] in chosen for row in rows)):
        return (chosen,)
    return tuple((InstrumentId(row["instrument"]),) for row in rows[:_MOST])


async def _worth(shelf: Shelf, row: Row) -> Statement:
    base, quote = pair_of(row["instrument"])
    mark = await newest_mark(shelf, [row["instrument"]])
    held = f"You are {direction(row['size'])} {number(abs(row['size']))} {base}"
    if mark is None or row["average_price"] is None:
        return Statement(
            text=f"{held}, but no price of {symbol_of(row['instrument'])} is stored to value it.",
            refs=(ref_of(row),),
        )
    gain = (mark.price - row["average_price"]) * row["size"]
    kind = "profit" if gain >= 0 else "loss"
    return Statement(
        text=f"{held} at an average of {number(row['average_price'])} {quote}; at the last price "
        f"of {mark.words} that is worth {number(row['size'] * mark.price)} {quote}, an unrealised "
        f"{kind} of {signed(gain)} {quote} before fees.",
        refs=(ref_of(row), mark.ref),
    )


def held_words(row: Row) -> str:
    """Return a position as a sentence."""
    base, quote = pair_of(row["instrument"])
    symbol = symbol_of(row["instrument"])
    result = (
        f"realised so far {signed(row['realised'])} {row['realised_currency']}, fees "
        f"{number(row['fees'])} {row['fees_currency']}"
    )
    if not row["size"]:
        return f"You hold no position in {symbol} now; {result}."
    opened = f", opened on {moment(row['opened'])}" if row["opened"] else ""
    return (
        f"You are {direction(row['size'])} {number(abs(row['size']))} {base} ({symbol}) at an "
        f"average price of {number(row['average_price'])} {quote}{opened}; {result}."
    )


def _held(row: Row) -> Statement:
    return Statement(text=held_words(row), refs=(ref_of(row),))


def _nothing(scope: Sequence[InstrumentId]) -> Statement:
    return Statement(text=f"You never held a position in {symbol_of(scope[0])} on this account.")


def _balance(row: Row) -> Statement:
    return Statement(
        text=f"The balance of {row['currency']} is {number(row['total'])}: {number(row['free'])} "
        f"free and {number(row['locked'])} locked in orders, as of {moment(row['updated'])}.",
        refs=(ref_of(row),),
    )


def _is_cash(currency: str) -> bool:
    return currency in {"USDT", "USDC", "BUSD", "FDUSD", "USD", "EUR"}
