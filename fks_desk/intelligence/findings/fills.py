"""Answer questions about the trader's own fills, their fees and results."""

from __future__ import annotations

from collections.abc import Sequence

from fks_desk.core.model import Side
from fks_desk.intelligence.findings.finding import (
    Row,
    Shelf,
    Statement,
    more_of,
    ref_of,
    scope_words,
)
from fks_desk.intelligence.questions.concept import Concept
from fks_desk.intelligence.writing import (
    moment,
    number,
    pair_of,
    percent,
    several,
    signed,
    symbol_of,
)

_MOST_LISTED = 6


async def last_fills(shelf: Shelf) -> list[Statement]:
    """Tell the newest fills."""
    return await _listed(shelf, "newest_fills", "last", "There is no trade")


async def first_fills(shelf: Shelf) -> list[Statement]:
    """Tell the oldest fills."""
    return await _listed(shelf, "first_fills", "first", "There is no trade")


async def largest_fills(shelf: Shelf) -> list[Statement]:
    """Tell the fills of the highest notional."""
    return await _listed(shelf, "largest_fills", "largest", "There is no trade")


async def smallest_fills(shelf: Shelf) -> list[Statement]:
    """Tell the fills of the lowest notional."""
    return await _listed(shelf, "smallest_fills", "smallest", "There is no trade")


async def best_fills(shelf: Shelf) -> list[Statement]:
    """Tell the closing fills that won most."""
    return await _listed(shelf, "biggest_wins", "best", "No closing trade made a profit")


async def worst_fills(shelf: Shelf) -> list[Statement]:
    """Tell the closing fills that lost most."""
    return await _listed(shelf, "biggest_losses", "worst", "No closing trade made a loss")


async def fill_count(shelf: Shelf) -> list[Statement]:
    """Tell how many fills there were."""
    found = []
    for scope in shelf.scopes():
        rows = await shelf.of_first("fill_count", scope, side=_side(shelf), **shelf.span)
        where = scope_words(scope) + shelf.when
        if not rows:
            found.append(Statement(text=f"There was no trade{where}."))
            continue
        row = rows[0]
        sides = f", {several(row['buys'], 'buy')} and {several(row['sells'], 'sell')}"
        noun = "trade" if row["fills"] == 1 else "trades"
        found.append(
            Statement(
                text=f"You made {row['fills']} {_noun(shelf)}{noun} (fills){where}"
                f"{sides if _side(shelf) is None else ''}, from {several(row['orders'], 'order')}; "
                f"the first on {moment(row['first'])}, the last on {moment(row['last'])}.",
                refs=(ref_of(row),),
                more=more_of(row),
            )
        )
    return found


async def win_rate(shelf: Shelf) -> list[Statement]:
    """Tell how many closing fills won."""
    found = []
    for scope in shelf.scopes():
        rows = await shelf.of_first("win_rate", scope, **shelf.span)
        where = scope_words(scope) + shelf.when
        if not rows:
            found.append(Statement(text=f"No position was reduced or closed{where} yet."))
            continue
        row = rows[0]
        found.append(
            Statement(
                text=f"Of {several(row['closings'], 'closing trade')}{where} {row['wins']} won and "
                f"{row['losses']} lost, after fees: a win rate of {percent(row['rate'])}.",
                refs=(ref_of(row),),
                more=more_of(row),
            )
        )
    return found


async def fees(shelf: Shelf) -> list[Statement]:
    """Tell what was paid in fees, by the currency they were taken in."""
    found = []
    for scope in shelf.scopes():
        rows = await shelf.of_first("fees_sum", scope, side=_side(shelf), **shelf.span)
        where = scope_words(scope) + shelf.when
        if not rows:
            found.append(Statement(text=f"No fees were paid{where}."))
        found += [
            Statement(
                text=f"You paid {number(row['fees'])} {row['currency']} in fees{where}, over "
                f"{several(row['fills'], 'trade')}.",
                refs=(ref_of(row),),
                more=more_of(row),
            )
            for row in rows
        ]
    if shelf.question.span is None and found and found[0].refs:
        found += await _fees_in_quote(shelf)
    return found


async def realised(shelf: Shelf) -> list[Statement]:
    """Tell the realised result after fees."""
    found = []
    for scope in shelf.scopes():
        rows = await shelf.of_first("realised_sum", scope, **shelf.span)
        where = scope_words(scope) + shelf.when
        if not rows:
            found.append(Statement(text=f"Nothing was realised{where}: there is no trade."))
            continue
        if len(rows) > 1:
            found += _totals(rows, where)
        found += [_realised_of(row, shelf.when) for row in rows[:_MOST_LISTED]]
    return found


async def realised_by_symbol(shelf: Shelf) -> list[Statement]:
    """Tell the realised result of each instrument, the asked end first."""
    rows = list(await shelf.ask("realised_sum", **shelf.span))
    if shelf.question.wants_worst:
        rows.reverse()
    if not rows:
        return [Statement(text=f"Nothing was realised{shelf.when}: there is no trade.")]
    end = "least" if shelf.question.wants_worst else "most"
    first = rows[0]
    lead = Statement(
        text=f"{symbol_of(first['instrument'])} brought {end}{shelf.when}: "
        f"{signed(first['realised'])} {first['currency']} realised after fees, over "
        f"{several(first['fills'], 'trade')}.",
        refs=(ref_of(first),),
        more=more_of(first),
    )
    return [lead, *(_realised_of(row, shelf.when) for row in rows[1:_MOST_LISTED])]


async def realised_by_day(shelf: Shelf) -> list[Statement]:
    """Tell the realised result by day, the asked end first."""
    found = []
    for scope in shelf.scopes():
        rows = list(await shelf.of_first("realised_by_day", scope, limit=400, **shelf.span))
        if shelf.question.wants_worst:
            rows.sort(key=lambda row: row["realised"])
        elif shelf.question.wants_best:
            rows.sort(key=lambda row: row["realised"], reverse=True)
        found += [
            Statement(
                text=f"On {row['day']} you realised {signed(row['realised'])} {row['currency']} "
                f"after fees{scope_words(scope)}, with "
                f"{several(row['closings'], 'closing trade')}.",
                refs=(ref_of(row),),
                more=more_of(row),
            )
            for row in rows[: max(3, shelf.question.limit)]
        ]
    return found or [Statement(text=f"Nothing was realised{shelf.when}: there is no trade.")]


async def volume(shelf: Shelf) -> list[Statement]:
    """Tell what was traded, by instrument, the most first."""
    found = []
    for scope in shelf.scopes():
        rows = await shelf.of_first("traded_volume", scope, side=_side(shelf), **shelf.span)
        found += [
            Statement(
                text=f"{symbol_of(row['instrument'])}: you traded {number(row['notional'])} "
                f"{pair_of(row['instrument'])[1]} ({number(row['size'])} "
                f"{pair_of(row['instrument'])[0]}){shelf.when}, in "
                f"{several(row['fills'], 'trade')}.",
                refs=(ref_of(row),),
                more=more_of(row),
            )
            for row in rows[:_MOST_LISTED]
        ]
    return found or [Statement(text=f"Nothing was traded{shelf.when}.")]


async def average_fill_price(shelf: Shelf) -> list[Statement]:
    """Tell the average price of buys and sells."""
    found = []
    for scope in shelf.one_scope():
        rows = await shelf.of_first("fill_sums", scope, side=_side(shelf), **shelf.span)
        for row in rows[:_MOST_LISTED]:
            base, quote = pair_of(row["instrument"])
            verb = "bought" if row["side"] == "buy" else "sold"
            found.append(
                Statement(
                    text=f"Over {several(row['fills'], 'trade')}{shelf.when} you {verb} "
                    f"{number(row['size'])} {base} for {number(row['notional'])} {quote}, at "
                    f"{number(row['average_price'])} {quote} on average.",
                    refs=(ref_of(row),),
                    more=more_of(row),
                )
            )
    return found


async def _listed(shelf: Shelf, name: str, which: str, nothing: str) -> list[Statement]:
    found = []
    for scope in shelf.scopes():
        rows = await shelf.of_first(
            name, scope, side=_side(shelf), limit=_count(shelf, name), **shelf.span
        )
        where = scope_words(scope) + shelf.when
        if not rows:
            found.append(Statement(text=f"{nothing}{where}."))
        for place, row in enumerate(rows):
            lead = f"Your {which} {_noun(shelf)}trade{where}: " if place == 0 else "Next: "
            found.append(Statement(text=lead + told(row), refs=(ref_of(row),)))
    return found


def _count(shelf: Shelf, name: str) -> int:
    """Return how many to list: of a span all that fit, unless the last one is asked for."""
    is_open = shelf.question.span is not None and Concept.LAST not in shelf.question.ideas
    limit = shelf.question.limit
    return max(limit, _MOST_LISTED) if name == "newest_fills" and is_open else limit


def told(row: Row) -> str:
    """Return one fill as the end of a sentence."""
    base, quote = pair_of(row["instrument"])
    verb = "bought" if row["side"] == "buy" else "sold"
    result = ""
    if row["realised"] is not None and row["is_closing"]:
        result = f", realised {signed(row['realised'])} {row['realised_currency']} after fees"
    return (
        f"{verb} {number(row['size'])} {base} at {number(row['price'])} {quote} for "
        f"{number(row['price'] * row['size'])} {quote} on {moment(row['ts_event'])}, fee "
        f"{number(row['fee'])} {row['fee_currency']}{result} (order {row['client_id']})."
    )


def _realised_of(row: Row, when: str) -> Statement:
    return Statement(
        text=f"{symbol_of(row['instrument'])}: {signed(row['realised'])} {row['currency']} "
        f"realised after fees{when}, over {several(row['fills'], 'trade')}.",
        refs=(ref_of(row),),
        more=more_of(row),
    )


def _totals(rows: Sequence[Row], where: str) -> list[Statement]:
    currencies = dict.fromkeys(row["currency"] for row in rows)
    found = []
    for currency in currencies:
        mine = [row for row in rows if row["currency"] == currency]
        total = sum(row["realised"] for row in mine)
        kind = "a profit" if total > 0 else "a loss"
        found.append(
            Statement(
                text=f"In all you realised {kind} of {signed(total)} {currency} after fees{where}.",
                refs=tuple(ref_of(row) for row in mine[:_MOST_LISTED]),
            )
        )
    return found


async def _fees_in_quote(shelf: Shelf) -> list[Statement]:
    found = []
    for scope in shelf.scopes():
        rows = await shelf.of_first("position_result", scope)
        found += [
            Statement(
                text=f"Counted in {row['fees_currency']}, the fees of "
                f"{symbol_of(row['instrument'])} come to {number(row['fees'])} "
                f"{row['fees_currency']}.",
                refs=(ref_of(row),),
            )
            for row in rows[:_MOST_LISTED]
        ]
    return found


def _side(shelf: Shelf) -> str | None:
    side = shelf.question.side
    return None if side is None else side.value


def _noun(shelf: Shelf) -> str:
    if shelf.question.side is None:
        return ""
    return "buying " if shelf.question.side is Side.BUY else "selling "
