"""Name the exact questions that can be asked of the trader's rows, as bound SQL.

Every query returns `ref`, the row that the answer rests on; a sum returns `refs`
as well, its newest rows. A parameter that is not given is NULL and filters nothing.
`start` is included, `end` is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import LiteralString

DEFAULT_LIMIT = 10
_PARAMETER = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True, kw_only=True)
class FactQuery:
    """Name one question and its SQL."""

    name: str
    asks: str
    sql: LiteralString

    @property
    def parameters(self) -> frozenset[str]:
        """Return the names that the question takes."""
        return frozenset(_PARAMETER.findall(self.sql))


_FILLS: LiteralString = (
    """
    FROM trades WHERE (%(account)s::text IS NULL OR account = %(account)s)
    AND (%(instrument)s::text IS NULL OR instrument = %(instrument)s)
    AND (%(side)s::text IS NULL OR side = %(side)s)
    """
    "AND (%(start)s::timestamptz IS NULL OR ts_event >= %(start)s) "
    "AND (%(end)s::timestamptz IS NULL OR ts_event < %(end)s) "
)
_FILL: LiteralString = """
SELECT 'trade:' || id AS ref, id, account, instrument, side, price, size, price * size AS notional,
    fee, fee_currency, liquidity, is_closing, realised, realised_currency, client_id, trade_id,
    ts_event
"""
_REFS: LiteralString = """
    'trade:' || max(id) AS ref,
    (array_agg('trade:' || id ORDER BY ts_event DESC, id DESC))[1:20] AS refs
"""
_ORDERS: LiteralString = """
    FROM orders WHERE (%(account)s::text IS NULL OR account = %(account)s)
    AND (%(instrument)s::text IS NULL OR instrument = %(instrument)s)
"""
_ORDER: LiteralString = "SELECT 'order:' || client_id AS ref, orders.* "
_SIGNALS: LiteralString = """
    FROM signals WHERE (%(instrument)s::text IS NULL OR instrument = %(instrument)s)
    AND (%(strategy)s::text IS NULL OR strategy = %(strategy)s)
    AND (%(timeframe)s::text IS NULL OR timeframe = %(timeframe)s)
    AND (%(start)s::timestamptz IS NULL OR ts_event >= %(start)s)
    AND (%(end)s::timestamptz IS NULL OR ts_event < %(end)s)
"""
_RUNS: LiteralString = """
SELECT 'backtest:' || run AS ref, run, strategy, params, instrument, timeframe, span_start,
    span_end, cash, fee_bps, slippage_bps, metrics, seconds, created,
    (SELECT count(*) FROM backtest_trades t WHERE t.run = r.run) AS trades
FROM backtest_runs r
WHERE (%(strategy)s::text IS NULL OR strategy = %(strategy)s)
    AND (%(instrument)s::text IS NULL OR instrument = %(instrument)s)
"""
_CANDLE: LiteralString = """
SELECT 'candle:' || i.instrument || '/' || c.timeframe || '/'
        || (extract(epoch FROM c.ts) * 1000)::bigint AS ref,
    i.instrument, c.timeframe, c.ts, c.open, c.high, c.low, c.close, c.volume,
    c.provenance, c.revision
FROM candles c JOIN instruments i ON i.id = c.instrument_id
WHERE i.instrument = %(instrument)s AND c.timeframe = %(timeframe)s
    AND (%(start)s::timestamptz IS NULL OR c.ts >= %(start)s)
    AND (%(end)s::timestamptz IS NULL OR c.ts < %(end)s)
"""
_LIMIT: LiteralString = " LIMIT %(limit)s"
_POSITION: LiteralString = """
SELECT 'position:' || account || '/' || instrument AS ref, positions.* FROM positions
WHERE (%(account)s::text IS NULL OR account = %(account)s)
    AND (%(instrument)s::text IS NULL OR instrument = %(instrument)s)
"""

_FILL_FACTS = (
    FactQuery(
        name="newest_fills",
        asks="the newest fills",
        sql=_FILL + _FILLS + "ORDER BY ts_event DESC, id DESC" + _LIMIT,
    ),
    FactQuery(
        name="first_fills",
        asks="the oldest fills",
        sql=_FILL + _FILLS + "ORDER BY ts_event, id" + _LIMIT,
    ),
    FactQuery(
        name="largest_fills",
        asks="the fills of the largest notional",
        sql=_FILL + _FILLS + "ORDER BY price * size DESC, id" + _LIMIT,
    ),
    FactQuery(
        name="fill_sums",
        asks="how many fills, their size, notional and average price, by instrument and side",
        sql="SELECT"
        + _REFS
        + """, instrument, side, count(*) AS fills, sum(size) AS size,
            sum(price * size) AS notional, sum(price * size) / sum(size) AS average_price,
            min(ts_event) AS first, max(ts_event) AS last """
        + _FILLS
        + "GROUP BY instrument, side ORDER BY notional DESC, instrument, side",
    ),
    FactQuery(
        name="traded_volume",
        asks="the traded notional and size by instrument",
        sql="SELECT"
        + _REFS
        + """, instrument, count(*) AS fills, sum(size) AS size, sum(price * size) AS notional """
        + _FILLS
        + "GROUP BY instrument ORDER BY notional DESC, instrument",
    ),
    FactQuery(
        name="fees_sum",
        asks="the fees paid, by currency",
        sql="SELECT"
        + _REFS
        + ", fee_currency AS currency, sum(fee) AS fees, count(*) AS fills "
        + _FILLS
        + "GROUP BY fee_currency ORDER BY fee_currency",
    ),
    FactQuery(
        name="realised_sum",
        asks="the realised profit or loss after fees, by instrument",
        sql="SELECT"
        + _REFS
        + """, instrument, realised_currency AS currency, sum(realised) AS realised,
            count(*) AS fills """
        + _FILLS
        + """AND realised IS NOT NULL GROUP BY instrument, realised_currency
            ORDER BY realised DESC, instrument""",
    ),
    FactQuery(
        name="realised_by_day",
        asks="the realised profit or loss after fees, by UTC day",
        sql="SELECT"
        + _REFS
        + """, (ts_event AT TIME ZONE 'UTC')::date AS day, realised_currency AS currency,
            sum(realised) AS realised, count(*) FILTER (WHERE is_closing) AS closings """
        + _FILLS
        + """AND realised IS NOT NULL GROUP BY day, realised_currency
            ORDER BY day DESC"""
        + _LIMIT,
    ),
    FactQuery(
        name="win_rate",
        asks="how many closing fills won and lost",
        sql="SELECT"
        + _REFS
        + """, count(*) AS closings, count(*) FILTER (WHERE realised > 0) AS wins,
            count(*) FILTER (WHERE realised < 0) AS losses,
            round(count(*) FILTER (WHERE realised > 0)::numeric / nullif(count(*), 0), 4)
                AS rate """
        + _FILLS
        + "AND is_closing HAVING count(*) > 0",
    ),
    FactQuery(
        name="biggest_wins",
        asks="the closing fills with the highest profit",
        sql=_FILL + _FILLS + "AND is_closing AND realised > 0 ORDER BY realised DESC, id" + _LIMIT,
    ),
    FactQuery(
        name="biggest_losses",
        asks="the closing fills with the highest loss",
        sql=_FILL + _FILLS + "AND is_closing AND realised < 0 ORDER BY realised, id" + _LIMIT,
    ),
    FactQuery(
        name="fills_of_order",
        asks="the fills of one order",
        sql=_FILL + "FROM trades WHERE client_id = %(client_id)s ORDER BY ts_event, id",
    ),
)

_ORDER_FACTS = (
    FactQuery(
        name="open_orders",
        asks="the orders that still rest or are in doubt",
        sql=_ORDER
        + _ORDERS
        + """AND state IN ('persisted', 'sending', 'open', 'partial', 'cancel_pending', 'unknown')
            ORDER BY created DESC, client_id"""
        + _LIMIT,
    ),
    FactQuery(
        name="last_orders",
        asks="the newest orders, of one state if given",
        sql=_ORDER
        + _ORDERS
        + """AND (%(state)s::text IS NULL OR state = %(state)s)
            AND (%(side)s::text IS NULL OR side = %(side)s)
            AND (%(start)s::timestamptz IS NULL OR created >= %(start)s)
            AND (%(end)s::timestamptz IS NULL OR created < %(end)s)
            ORDER BY created DESC, client_id"""
        + _LIMIT,
    ),
    FactQuery(
        name="order_by_id",
        asks="one order",
        sql=_ORDER + "FROM orders WHERE client_id = %(client_id)s",
    ),
    FactQuery(
        name="order_history",
        asks="what became of one order, step by step",
        sql="""SELECT 'order:' || client_id AS ref, state, filled, average_price, reason, ts_event
            FROM order_events WHERE client_id = %(client_id)s ORDER BY id""",
    ),
    FactQuery(
        name="order_counts",
        asks="how many orders there are in each state",
        sql="""SELECT 'order:' || (array_agg(client_id ORDER BY created DESC))[1] AS ref,
            state, count(*) AS orders """
        + _ORDERS
        + "GROUP BY state ORDER BY orders DESC, state",
    ),
)

_HOLDING_FACTS = (
    FactQuery(
        name="position_now",
        asks="the position in an instrument, flat ones included",
        sql=_POSITION + "ORDER BY abs(size) > 0 DESC, updated DESC",
    ),
    FactQuery(
        name="open_positions",
        asks="the positions that are not flat",
        sql=_POSITION + "AND size <> 0 ORDER BY updated DESC, instrument",
    ),
    FactQuery(
        name="position_result",
        asks="the realised result and fees of each position since it was first opened",
        sql="""SELECT 'position:' || account || '/' || instrument AS ref, account, instrument,
            realised, realised_currency, fees, fees_currency, reporting_currency, rate, updated
            FROM positions WHERE (%(account)s::text IS NULL OR account = %(account)s)
            AND (%(instrument)s::text IS NULL OR instrument = %(instrument)s)
            ORDER BY realised DESC, instrument""",
    ),
    FactQuery(
        name="balances_now",
        asks="the newest balances",
        sql="""SELECT 'balance:' || account || '/' || currency AS ref, account, currency, free,
            locked, free + locked AS total, updated FROM balances
            WHERE (%(account)s::text IS NULL OR account = %(account)s)
            AND (%(currency)s::text IS NULL OR currency = %(currency)s)
            ORDER BY account, currency""",
    ),
    FactQuery(
        name="balance_history",
        asks="how a balance moved, newest first",
        sql="""SELECT 'balance:' || account || '/' || currency AS ref, account, currency, free,
            locked, free + locked AS total, ts FROM balance_history
            WHERE (%(account)s::text IS NULL OR account = %(account)s)
            AND (%(currency)s::text IS NULL OR currency = %(currency)s)
            AND (%(start)s::timestamptz IS NULL OR ts >= %(start)s)
            AND (%(end)s::timestamptz IS NULL OR ts < %(end)s)
            ORDER BY ts DESC, currency"""  # noqa: S608  only constants of this file are joined
        + _LIMIT,
    ),
)

_SIGNAL_FACTS = (
    FactQuery(
        name="newest_signals",
        asks="the newest signals",
        sql="SELECT 'signal:' || id AS ref, signals.* "
        + _SIGNALS
        + "ORDER BY ts_event DESC, id"
        + _LIMIT,
    ),
    FactQuery(
        name="signal_counts",
        asks="how many signals of each stance a strategy raised",
        sql="""SELECT 'signal:' || (array_agg(id ORDER BY ts_event DESC))[1] AS ref, strategy,
            stance, count(*) AS signals, max(ts_event) AS last """
        + _SIGNALS
        + "GROUP BY strategy, stance ORDER BY strategy, stance",
    ),
    FactQuery(
        name="newest_backtests",
        asks="the newest backtests",
        sql=_RUNS + "ORDER BY created DESC, run" + _LIMIT,
    ),
    FactQuery(
        name="best_backtests",
        asks="the backtests with the highest value of a metric, total_return if none is given",
        sql=_RUNS
        + """AND metrics ->> coalesce(%(metric)s::text, 'total_return') IS NOT NULL
            ORDER BY (metrics ->> coalesce(%(metric)s::text, 'total_return'))::float8 DESC, run"""
        + _LIMIT,
    ),
    FactQuery(
        name="worst_backtests",
        asks="the backtests with the lowest value of a metric, total_return if none is given",
        sql=_RUNS
        + """AND metrics ->> coalesce(%(metric)s::text, 'total_return') IS NOT NULL
            ORDER BY (metrics ->> coalesce(%(metric)s::text, 'total_return'))::float8, run"""
        + _LIMIT,
    ),
)

_CANDLE_FACTS = (
    FactQuery(
        name="newest_candles",
        asks="the newest closed candles",
        sql=_CANDLE + "ORDER BY c.ts DESC" + _LIMIT,
    ),
    FactQuery(
        name="highest_candles",
        asks="the candles with the highest high",
        sql=_CANDLE + "ORDER BY c.high DESC, c.ts" + _LIMIT,
    ),
    FactQuery(
        name="lowest_candles",
        asks="the candles with the lowest low",
        sql=_CANDLE + "ORDER BY c.low, c.ts" + _LIMIT,
    ),
    FactQuery(
        name="busiest_candles",
        asks="the candles with the highest volume",
        sql=_CANDLE + "ORDER BY c.volume DESC, c.ts" + _LIMIT,
    ),
    FactQuery(
        name="candle_change",
        asks="the open, high, low, close, volume and change over a span",
        sql="WITH c AS ("  # noqa: S608  only constants of this file are joined
        + _CANDLE
        + """)
        SELECT (array_agg(ref ORDER BY ts DESC))[1] AS ref,
            ARRAY[(array_agg(ref ORDER BY ts))[1], (array_agg(ref ORDER BY ts DESC))[1]] AS refs,
            min(instrument) AS instrument, min(timeframe) AS timeframe,
            (array_agg(open ORDER BY ts))[1] AS open, max(high) AS high, min(low) AS low,
            (array_agg(close ORDER BY ts DESC))[1] AS close, sum(volume) AS volume,
            count(*) AS candles, min(ts) AS first, max(ts) AS last,
            ((array_agg(close ORDER BY ts DESC))[1] / (array_agg(open ORDER BY ts))[1] - 1) * 100
                AS change_pct
        FROM c HAVING count(*) > 0""",
    ),
)

_JOURNAL_FACTS = (
    FactQuery(
        name="newest_entries",
        asks="the newest journal entries, of one type if given",
        sql="""SELECT 'journal:' || sequence AS ref, sequence, type, ts_event, account, origin,
            correlation, causation, payload FROM journal
            WHERE (%(account)s::text IS NULL OR account = %(account)s)
            AND (%(type)s::text IS NULL OR type = %(type)s)
            ORDER BY sequence DESC"""  # noqa: S608  only constants of this file are joined
        + _LIMIT,
    ),
    FactQuery(
        name="entries_of",
        asks="the journal entries that tell of one order or question",
        sql="""SELECT 'journal:' || sequence AS ref, sequence, type, ts_event, account, origin,
            correlation, causation, payload FROM journal
            WHERE correlation = %(correlation)s AND correlation <> '' ORDER BY sequence""",
    ),
)

FACTS: dict[str, FactQuery] = {
    fact.name: fact
    for fact in (
        *_FILL_FACTS,
        *_ORDER_FACTS,
        *_HOLDING_FACTS,
        *_SIGNAL_FACTS,
        *_CANDLE_FACTS,
        *_JOURNAL_FACTS,
    )
}
