"""Answer why a position is what it is: the fills that made it, their orders, who wanted them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from fks_desk.core.errors import DataError
from fks_desk.core.model import InstrumentId, RowRef
from fks_desk.intelligence.documents import direction, origin_words
from fks_desk.intelligence.findings.fills import told
from fks_desk.intelligence.findings.finding import Row, Shelf, Statement, ref_of
from fks_desk.intelligence.findings.holdings import held_words
from fks_desk.intelligence.questions.concept import Concept
from fks_desk.intelligence.sanitise import one_line
from fks_desk.intelligence.writing import moment, number, pair_of, several, symbol_of

_FILLS_READ = 200
_FILLS_TOLD = 3


async def why_position(shelf: Shelf) -> list[Statement]:
    """Tell of each asked position how it came about."""
    found: list[Statement] = []
    for position in await _asked_positions(shelf):
        found += await _story(shelf, position)
    return found or [await _nothing(shelf)]


async def _asked_positions(shelf: Shelf) -> Sequence[Row]:
    named: list[Row] = []
    for scope in shelf.question.instruments:
        named += await shelf.of_first("position_now", scope)
    if shelf.question.instruments:
        return named
    opened = await shelf.ask("open_positions")
    # The chart's instrument first, since it is what the person looks at.
    return sorted(opened, key=lambda row: row["instrument"] not in shelf.question.chosen)[:3]


async def _story(shelf: Shelf, position: Row) -> list[Statement]:
    held = _correction(shelf, position) + held_words(position)
    story = [Statement(text=held, refs=(ref_of(position),))]
    fills = await _fills_of(shelf, position)
    entries = _entries(position, fills)
    if not position["size"] or not entries:
        return [*story, *await _last_fill(shelf, position)]
    story.append(_how_made(position, fills, entries))
    story += [Statement(text=f"You {told(fill)}", refs=(ref_of(fill),)) for fill in entries]
    orders = list(dict.fromkeys(fill["client_id"] for fill in entries))
    for client_id in orders:
        story += await _order_story(shelf, client_id)
    return [*story, *await _journal(shelf, orders[0])]


async def _fills_of(shelf: Shelf, position: Row) -> list[Row]:
    """Return the fills since the position was opened, oldest first."""
    rows = await shelf.ask(
        "newest_fills",
        instrument=position["instrument"],
        start=position["opened"],
        limit=_FILLS_READ,
    )
    return sorted(rows, key=lambda row: (row["ts_event"], row["id"]))


def _correction(shelf: Shelf, position: Row) -> str:
    """Return a sentence that corrects a question which takes the wrong side for granted."""
    asked = {way for way in (Concept.LONG, Concept.SHORT) if way in shelf.question.ideas}
    way = direction(position["size"])
    if len(asked) != 1 or way in asked:
        return ""
    return f"You are not {asked.pop()} {symbol_of(position['instrument'])}. "


def _entries(position: Row, fills: Sequence[Row]) -> list[Row]:
    """Return the fills that the present size rests on: the newest entries, then the first."""
    side = "buy" if position["size"] > 0 else "sell"
    entries = [fill for fill in fills if fill["side"] == side]
    newest = entries[::-1][: _FILLS_TOLD - 1]
    return list({fill["id"]: fill for fill in (*newest, *entries[:1])}.values())


def _how_made(position: Row, fills: Sequence[Row], entries: Sequence[Row]) -> Statement:
    base = pair_of(position["instrument"])[0]
    way = direction(position["size"])
    refs = tuple(ref_of(fill) for fill in entries)
    return Statement(
        text=f"You are {way} because since it was opened {several(len(fills), 'trade')} bought "
        f"{number(_size(fills, 'buy'))} {base} and sold {number(_size(fills, 'sell'))} {base}; "
        "the newest entries and the first one are:",
        refs=refs[:1],
        more=refs[1:],
    )


def _size(fills: Sequence[Row], side: str) -> Decimal:
    return sum((fill["size"] for fill in fills if fill["side"] == side), start=Decimal(0))


async def _order_story(shelf: Shelf, client_id: str) -> list[Statement]:
    rows = await shelf.ask_market("order_by_id", client_id=client_id)
    mine = [row for row in rows if row["account"] == shelf.question.account]
    if not mine:
        return []
    row = mine[0]
    base, quote = pair_of(row["instrument"])
    price = "" if row["limit_price"] is None else f" at {number(row['limit_price'])} {quote}"
    story = [
        Statement(
            text=f"Order {row['client_id']}, a {row['kind']} {row['side']} of "
            f"{number(row['size'])} {base}{price}, was {origin_words(row)} on "
            f"{moment(row['created'])}; it is {row['state']}.",
            refs=(ref_of(row),),
        )
    ]
    return [*story, *await _prompt(shelf, row["prompted_by"])]


async def _prompt(shelf: Shelf, prompted_by: str | None) -> list[Statement]:
    """Tell of the signal that pre-filled the order, if one did."""
    if not prompted_by:
        return []
    ref = RowRef(kind="signal", key=prompted_by.removeprefix("signal:"))
    try:
        row = await shelf.row(ref)
    except DataError:
        row = None
    if row is None:
        return []
    return [
        Statement(
            text=f"That signal of {row['strategy']} said {row['stance']} for "
            f"{symbol_of(row['instrument'])} at {moment(row['ts_event'])}: "
            f"{one_line(row['rule'])}.",
            refs=(ref,),
        )
    ]


async def _journal(shelf: Shelf, client_id: str) -> list[Statement]:
    rows = await shelf.ask_market("entries_of", correlation=client_id)
    if not rows:
        return []
    steps = " → ".join(dict.fromkeys(row["type"] for row in rows))
    return [
        Statement(
            text=f"The journal of order {client_id} reads: {one_line(steps)}.",
            refs=(ref_of(rows[0]),),
            more=tuple(ref_of(row) for row in rows[1:2]),
        )
    ]


async def _last_fill(shelf: Shelf, position: Row) -> list[Statement]:
    rows = await shelf.ask("newest_fills", instrument=position["instrument"], limit=1)
    return [Statement(text=f"Last you {told(row)}", refs=(ref_of(row),)) for row in rows]


async def _nothing(shelf: Shelf) -> Statement:
    names = _names(shelf.question.instruments)
    where = f" in {names}" if names else ""
    return Statement(text=f"You hold no position{where} on this account.")


def _names(scopes: Sequence[Sequence[InstrumentId]]) -> str:
    parts: list[Any] = [symbol_of(scope[0]) for scope in scopes if scope]
    return ", ".join(parts)
