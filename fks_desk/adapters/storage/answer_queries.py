"""Name the exact questions that the assistant asks beside those of the panes.

The same rules hold as in `fact_queries`: bound parameters, and a `ref` per row.
"""

from __future__ import annotations

from typing import LiteralString

from fks_desk.adapters.storage.fact_queries import FactQuery

_TIMEFRAMES: LiteralString = "ARRAY['1m', '3m', '5m', '15m', '30m', '1h', '4h', '1d']"
_REF_OF_CANDLE: LiteralString = """'candle:' || %(instrument)s || '/' || %(timeframe)s || '/'
        || (extract(epoch FROM ts) * 1000)::bigint"""

_FILLS = (
    FactQuery(
        name="fill_by_trade_id",
        asks="the fill that a venue knows by this id",
        sql="""SELECT 'trade:' || trade AS ref FROM fill_ids
            WHERE account = %(account)s AND instrument = %(instrument)s
            AND trade_id = %(trade_id)s""",
    ),
    FactQuery(
        name="fill_count",
        asks="how many fills and orders there were, by side",
        sql="""SELECT 'trade:' || max(id) AS ref,
            (array_agg('trade:' || id ORDER BY ts_event DESC, id DESC))[1:5] AS refs,
            count(*) AS fills, count(*) FILTER (WHERE side = 'buy') AS buys,
            count(*) FILTER (WHERE side = 'sell') AS sells,
            count(DISTINCT client_id) AS orders, min(ts_event) AS first, max(ts_event) AS last
            FROM trades WHERE (%(account)s::text IS NULL OR account = %(account)s)
            AND (%(instrument)s::text IS NULL OR instrument = %(instrument)s)
            AND (%(side)s::text IS NULL OR side = %(side)s)
            AND (%(start)s::timestamptz IS NULL OR ts_event >= %(start)s)
            AND (%(end)s::timestamptz IS NULL OR ts_event < %(end)s)
            HAVING count(*) > 0""",
    ),
    FactQuery(
        name="smallest_fills",
        asks="the fills of the smallest notional",
        sql="""SELECT 'trade:' || id AS ref, trades.*, price * size AS notional FROM trades
            WHERE (%(account)s::text IS NULL OR account = %(account)s)
            AND (%(instrument)s::text IS NULL OR instrument = %(instrument)s)
            AND (%(side)s::text IS NULL OR side = %(side)s)
            AND (%(start)s::timestamptz IS NULL OR ts_event >= %(start)s)
            AND (%(end)s::timestamptz IS NULL OR ts_event < %(end)s)
            ORDER BY price * size, id LIMIT %(limit)s""",
    ),
)

_MARKET = (
    FactQuery(
        name="known_instruments",
        asks="every instrument that any row names",
        sql="""SELECT 'instrument:' || instrument AS ref, instrument, venue, symbol, base
            FROM instruments ORDER BY instrument""",
    ),
    FactQuery(
        name="candle_coverage",
        asks="which timeframes of an instrument are stored, and from when to when",
        sql=f"""SELECT 'candle:' || i.instrument || '/' || t.timeframe || '/'
                || (extract(epoch FROM newest.ts) * 1000)::bigint AS ref,
            i.instrument, t.timeframe, oldest.ts AS first, newest.ts AS last
            FROM instruments i CROSS JOIN unnest({_TIMEFRAMES}) AS t (timeframe)
            CROSS JOIN LATERAL (SELECT ts FROM candles c WHERE c.instrument_id = i.id
                AND c.timeframe = t.timeframe ORDER BY ts LIMIT 1) AS oldest
            CROSS JOIN LATERAL (SELECT ts FROM candles c WHERE c.instrument_id = i.id
                AND c.timeframe = t.timeframe ORDER BY ts DESC LIMIT 1) AS newest
            WHERE (%(instrument)s::text IS NULL OR i.instrument = %(instrument)s)
            ORDER BY i.instrument, t.timeframe""",  # noqa: S608  only constants of this file are joined
    ),
    FactQuery(
        name="candle_spans",
        asks="the open, high, low, close and volume of each hour or day (UTC)",
        sql=f"""WITH c AS (
            SELECT date_trunc(%(unit)s, c.ts, 'UTC') AS span, {_REF_OF_CANDLE} AS ref,
                c.ts, c.open, c.high, c.low, c.close, c.volume
            FROM candles c JOIN instruments i ON i.id = c.instrument_id
            WHERE i.instrument = %(instrument)s AND c.timeframe = %(timeframe)s
            AND c.ts >= %(start)s AND c.ts < %(end)s)
            SELECT (array_agg(ref ORDER BY ts))[1] AS first_ref,
                (array_agg(ref ORDER BY ts DESC))[1] AS ref, span,
                %(instrument)s::text AS instrument, %(timeframe)s::text AS timeframe,
                (array_agg(open ORDER BY ts))[1] AS open, max(high) AS high, min(low) AS low,
                (array_agg(close ORDER BY ts DESC))[1] AS close, sum(volume) AS volume,
                count(*) AS candles, min(ts) AS first, max(ts) AS last,
                ((array_agg(close ORDER BY ts DESC))[1] / (array_agg(open ORDER BY ts))[1] - 1)
                    * 100 AS change_pct
            FROM c GROUP BY span ORDER BY span""",  # noqa: S608  only constants of this file are joined
    ),
    FactQuery(
        name="last_print",
        asks="the newest public print of an instrument",
        sql="""SELECT 'market_trade:' || i.instrument || '/' || m.trade_id AS ref, i.instrument,
            m.trade_id, m.side, m.price, m.size, m.ts_event
            FROM market_trades m JOIN instruments i ON i.id = m.instrument_id
            WHERE i.instrument = %(instrument)s
            ORDER BY m.ts_event DESC, m.trade_id DESC LIMIT 1""",
    ),
)

_RESEARCH = (
    FactQuery(
        name="backtest_counts",
        asks="how many backtests of each strategy are stored",
        sql="""SELECT 'backtest:' || (array_agg(run ORDER BY created DESC, run))[1] AS ref,
            strategy, count(*) AS runs, max(created) AS last FROM backtest_runs
            GROUP BY strategy ORDER BY runs DESC, strategy""",
    ),
)

_UNREAD = (
    FactQuery(
        name="undocumented",
        asks="the rows that have no document, or none with a vector of this model",
        sql="""SELECT ref FROM (
                SELECT 'trade' AS kind, id::text AS key, ts_event AS at FROM trades
                UNION ALL SELECT 'order', client_id, updated FROM orders
                UNION ALL SELECT 'position', account || '/' || instrument, updated FROM positions
                UNION ALL SELECT 'balance', account || '/' || currency, updated FROM balances
                UNION ALL SELECT 'signal', id, ts_event FROM signals
                UNION ALL SELECT 'backtest', run, created FROM backtest_runs
            ) AS stored CROSS JOIN LATERAL (SELECT kind || ':' || key AS ref) AS named
            WHERE NOT EXISTS (
                SELECT FROM documents d JOIN embeddings e ON e.document_id = d.id
                WHERE d.kind = stored.kind AND d.key = stored.key AND e.model = %(model)s)
            ORDER BY at DESC LIMIT %(limit)s""",
    ),
    FactQuery(
        name="newest_documents",
        asks="how far the documents of each instrument reach, for one kind",
        sql="""SELECT max(kind || ':' || key) AS ref, instrument, max(moment) AS last
            FROM documents WHERE kind = %(kind)s AND instrument IS NOT NULL
            AND EXISTS (SELECT FROM embeddings e
                WHERE e.document_id = documents.id AND e.model = %(model)s)
            GROUP BY instrument""",
    ),
)

ANSWER_FACTS: dict[str, FactQuery] = {
    fact.name: fact for fact in (*_FILLS, *_MARKET, *_RESEARCH, *_UNREAD)
}
