"""Answer questions about backtests and signals."""

from __future__ import annotations

from collections.abc import Sequence

from fks_desk.core.model import InstrumentId
from fks_desk.intelligence.documents import metric_text, signal_document
from fks_desk.intelligence.findings.finding import (
    Row,
    Shelf,
    Statement,
    more_of,
    ref_of,
    scope_words,
)
from fks_desk.intelligence.writing import minute, several, symbol_of

_MOST = 6
_NAMES = {
    "total_return": "return",
    "sharpe": "Sharpe ratio",
    "max_drawdown": "maximum drawdown",
    "win_rate": "win rate",
    "profit_factor": "profit factor",
    "trades": "trades",
    "buy_and_hold_return": "buy and hold",
    "sortino": "Sortino ratio",
    "calmar": "Calmar ratio",
    "cagr": "growth a year",
}
_SHOWN = ("total_return", "sharpe", "max_drawdown", "win_rate", "profit_factor", "trades")


async def last_backtest(shelf: Shelf) -> list[Statement]:
    """Tell the newest backtests."""
    return await _runs(shelf, "newest_backtests", "newest")


async def best_backtest(shelf: Shelf) -> list[Statement]:
    """Tell the backtests with the highest value of the asked metric."""
    return await _runs(shelf, "best_backtests", _end(shelf, "best"))


async def worst_backtest(shelf: Shelf) -> list[Statement]:
    """Tell the backtests with the lowest value of the asked metric."""
    return await _runs(shelf, "worst_backtests", _end(shelf, "worst"))


async def backtest_count(shelf: Shelf) -> list[Statement]:
    """Tell how many backtests are stored, by strategy."""
    rows = await shelf.ask_market("backtest_counts")
    if not rows:
        return [Statement(text="No backtest is stored.")]
    total = sum(row["runs"] for row in rows)
    parts = ", ".join(f"{row['strategy']} {row['runs']}" for row in rows)
    return [
        Statement(
            text=f"{several(total, 'backtest')} are stored: {parts}.",
            refs=tuple(ref_of(row) for row in rows[:_MOST]),
        )
    ]


async def last_signal(shelf: Shelf) -> list[Statement]:
    """Tell the newest signals."""
    found = []
    for scope in shelf.scopes():
        rows = await _asked(
            shelf, "newest_signals", scope, limit=shelf.question.limit, **shelf.span
        )
        for place, row in enumerate(rows):
            lead = "The last signal: " if place == 0 else "Before that: "
            ref = ref_of(row)
            found.append(Statement(text=lead + signal_document(ref, row).text, refs=(ref,)))
        if not rows:
            found.append(Statement(text=f"There is no signal{scope_words(scope)}{shelf.when}."))
    return found


async def signal_counts(shelf: Shelf) -> list[Statement]:
    """Tell how many signals of each stance there were, by strategy."""
    found = []
    for scope in shelf.scopes():
        rows = await _asked(shelf, "signal_counts", scope, **shelf.span)
        where = scope_words(scope) + shelf.when
        if not rows:
            found.append(Statement(text=f"There is no signal{where}."))
            continue
        total = sum(row["signals"] for row in rows)
        parts = ", ".join(f"{row['strategy']} {row['stance']} {row['signals']}" for row in rows)
        found.append(
            Statement(
                text=f"There were {several(total, 'signal')}{where}: {parts}.",
                refs=tuple(ref_of(row) for row in rows[:_MOST]),
                more=tuple(ref for row in rows for ref in more_of(row))[:_MOST],
            )
        )
    return found


async def _runs(shelf: Shelf, name: str, which: str) -> list[Statement]:
    found = []
    metric = shelf.question.metric
    arguments = {} if name == "newest_backtests" else {"metric": metric}
    for scope in shelf.scopes():
        rows = await _asked(
            shelf,
            name,
            scope,
            limit=shelf.question.limit,
            strategy=shelf.question.strategy,
            **arguments,
        )
        for place, row in enumerate(rows):
            lead = f"The {which} backtest" if place == 0 else "Next"
            found.append(Statement(text=_run_words(lead, row, metric), refs=(ref_of(row),)))
        if not rows:
            found.append(Statement(text=f"No backtest is stored{scope_words(scope)}."))
    return found


def _run_words(lead: str, row: Row, metric: str | None) -> str:
    shown = [name for name in (metric, *_SHOWN) if name and row["metrics"].get(name) is not None]
    numbers = ", ".join(
        f"{_NAMES.get(name, name)} {metric_text(name, row['metrics'][name])}"
        for name in dict.fromkeys(shown)
    )
    return (
        f"{lead}, {row['run']}: {row['strategy']} on {symbol_of(row['instrument'])} "
        f"{row['timeframe']}, {minute(row['span_start'])} to {minute(row['span_end'])}: {numbers}."
    )


async def _asked(
    shelf: Shelf, name: str, scope: Sequence[InstrumentId | None], **arguments: object
) -> Sequence[Row]:
    for instrument in scope:
        rows = await shelf.ask_market(name, instrument=instrument, **arguments)
        if rows:
            return rows
    return ()


def _end(shelf: Shelf, word: str) -> str:
    metric = shelf.question.metric
    return f"{word} (by {_NAMES.get(metric, metric)})" if metric else f"{word} (by return)"
