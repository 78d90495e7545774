"""Answer exact questions, and show the row that a citation points at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from fks_desk.adapters.storage.answer_queries import ANSWER_FACTS
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.fact_queries import DEFAULT_LIMIT, FACTS, FactQuery
from fks_desk.adapters.storage.perpetual_queries import (
    FUNDING_ROW,
    PERPETUAL_FACTS,
    PERPETUAL_ROW,
)
from fks_desk.core.clock import from_ms
from fks_desk.core.errors import DataError
from fks_desk.core.model import RowRef

_CANDLE = """
SELECT i.instrument, c.* FROM candles c JOIN instruments i ON i.id = c.instrument_id
WHERE i.instrument = %s AND c.timeframe = %s AND c.ts = %s
"""
_BACKTEST = """
SELECT run, strategy, params, instrument, timeframe, span_start, span_end, cash, fee_bps,
    slippage_bps, metrics, digest, seconds, created FROM backtest_runs WHERE run = %s
"""
_BALANCE = """
SELECT *, free + locked AS total FROM balances WHERE account = %s AND currency = %s
"""
_MARKET_TRADE = """
SELECT i.instrument, m.* FROM market_trades m JOIN instruments i ON i.id = m.instrument_id
WHERE i.instrument = %s AND m.trade_id = %s
"""
_KNOWN: Mapping[str, FactQuery] = {**FACTS, **ANSWER_FACTS, **PERPETUAL_FACTS}
_ROWS: Mapping[str, str] = {
    "trade": "SELECT *, price * size AS notional FROM trades WHERE id = %s",
    "order": "SELECT * FROM orders WHERE client_id = %s ORDER BY created DESC LIMIT 1",
    "position": "SELECT * FROM positions WHERE account = %s AND instrument = %s ORDER BY side",
    "balance": _BALANCE,
    "signal": "SELECT * FROM signals WHERE id = %s",
    "backtest": _BACKTEST,
    "candle": _CANDLE,
    "market_trade": _MARKET_TRADE,
    "instrument": "SELECT * FROM instruments WHERE instrument = %s",
    "journal": "SELECT * FROM journal WHERE sequence = %s",
    "perpetual": PERPETUAL_ROW,
    "funding": FUNDING_ROW,
}


class FactBook:
    """Run named queries with bound parameters; no text of a question becomes SQL."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def ask(self, name: str, **arguments: Any) -> Sequence[Mapping[str, Any]]:
        """Return the rows of a named query; each has a `ref` such as `trade:12`.

        Raises `DataError` for a query or an argument that does not exist.
        """
        fact = _KNOWN.get(name)
        if fact is None:
            raise DataError(f"there is no fact {name!r}; known are {', '.join(sorted(_KNOWN))}")
        unknown = arguments.keys() - fact.parameters
        if unknown:
            raise DataError(
                f"the fact {name} takes {', '.join(sorted(fact.parameters))}, "
                f"not {', '.join(sorted(unknown))}"
            )
        values = {key: arguments.get(key) for key in fact.parameters}
        if "limit" in values and values["limit"] is None:
            values["limit"] = DEFAULT_LIMIT
        return await self._database.rows(fact.sql, values)

    async def row(self, ref: RowRef) -> Mapping[str, Any] | None:
        """Return the stored row that a citation points at, or None if it is gone."""
        query, keys = _ROWS.get(ref.kind), _KEYS.get(ref.kind, _plain)
        if query is None:
            raise DataError(f"no row is cited as {ref.kind}; known are {', '.join(sorted(_ROWS))}")
        try:
            arguments = keys(ref.key)
        except (ValueError, OverflowError) as error:
            raise DataError(f"the citation {ref} is not readable") from error
        found = await self._database.rows(query, arguments)
        return {**found[0], "ref": str(ref)} if found else None


def _plain(key: str) -> list[Any]:
    return [key]


def _number(key: str) -> list[Any]:
    return [int(key)]


def _pair(key: str) -> list[Any]:
    owner, slash, name = key.partition("/")
    if not slash:
        raise ValueError(key)
    return [owner, name]


def _print(key: str) -> list[Any]:
    instrument, slash, trade_id = key.rpartition("/")
    if not slash:
        raise ValueError(key)
    return [instrument, trade_id]


def _candle(key: str) -> list[Any]:
    instrument, timeframe, opened = key.rsplit("/", 2)
    return [instrument, timeframe, from_ms(int(opened))]


def _minute(key: str) -> list[Any]:
    instrument, opened = key.rsplit("/", 1)
    return [instrument, from_ms(int(opened))]


def _payment(key: str) -> list[Any]:
    account, currency, moment_us, instrument = key.split("/", 3)
    at = from_ms(int(moment_us) // 1000) + timedelta(microseconds=int(moment_us) % 1000)
    return [account, currency, at, instrument]


_KEYS: Mapping[str, Callable[[str], list[Any]]] = {
    "trade": _number,
    "journal": _number,
    "position": _pair,
    "balance": _pair,
    "candle": _candle,
    "market_trade": _print,
    "perpetual": _minute,
    "funding": _payment,
}
