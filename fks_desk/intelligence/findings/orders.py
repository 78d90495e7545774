"""Answer questions about orders."""

from __future__ import annotations

from fks_desk.intelligence.documents import order_document
from fks_desk.intelligence.findings.finding import (
    Row,
    Shelf,
    Statement,
    ref_of,
    scope_words,
)
from fks_desk.intelligence.writing import several

_MOST = 6
_MOST_OPEN = 50


async def open_orders(shelf: Shelf) -> list[Statement]:
    """Tell the orders that still rest or are in doubt."""
    found = []
    for scope in shelf.scopes():
        rows = await shelf.of_first("open_orders", scope, limit=_MOST_OPEN)
        where = scope_words(scope)
        if not rows:
            found.append(Statement(text=f"No order is open{where}."))
            continue
        count = several(len(rows), "order is open", "orders are open")
        found.append(
            Statement(text=f"{count}{where}.", refs=tuple(ref_of(row) for row in rows[:_MOST]))
        )
        found += [_told(row) for row in rows[:_MOST]]
    return found


async def last_orders(shelf: Shelf) -> list[Statement]:
    """Tell the newest orders, or the one that is named."""
    if shelf.question.order_id is not None:
        rows = await shelf.ask_market("order_by_id", client_id=shelf.question.order_id)
        mine = [row for row in rows if row["account"] == shelf.question.account]
        if mine:
            return [_told(mine[0])]
    return await _newest(shelf, None, "There is no order")


async def failed_orders(shelf: Shelf) -> list[Statement]:
    """Tell the orders that ended without being filled."""
    states = [shelf.question.state] if shelf.question.state else ["canceled", "rejected", "denied"]
    found = []
    for state in states:
        found += await _newest(shelf, state, f"No order was {state}")
    return found


async def order_counts(shelf: Shelf) -> list[Statement]:
    """Tell how many orders there are in each state."""
    found = []
    for scope in shelf.scopes():
        rows = await shelf.of_first("order_counts", scope)
        where = scope_words(scope)
        if not rows:
            found.append(Statement(text=f"There is no order{where}."))
            continue
        total = sum(row["orders"] for row in rows)
        states = ", ".join(f"{row['orders']} {row['state']}" for row in rows)
        found.append(
            Statement(
                text=f"There are {several(total, 'order')}{where}: {states}.",
                refs=tuple(ref_of(row) for row in rows[:_MOST]),
            )
        )
    return found


async def _newest(shelf: Shelf, state: str | None, nothing: str) -> list[Statement]:
    found = []
    side = shelf.question.side
    for scope in shelf.scopes():
        rows = await shelf.of_first(
            "last_orders",
            scope,
            state=state,
            side=None if side is None else side.value,
            limit=shelf.question.limit,
            **shelf.span,
        )
        found += [_told(row) for row in rows] or [
            Statement(text=f"{nothing}{scope_words(scope)}{shelf.when}.")
        ]
    return found


def _told(row: Row) -> Statement:
    ref = ref_of(row)
    return Statement(text=order_document(ref, row).text, refs=(ref,))
