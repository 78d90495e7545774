"""Name the exact questions that can be asked of perpetuals: mark, funding, open interest.

The same rules hold as in `fact_queries`: bound parameters, and a `ref` per row.
"""

from __future__ import annotations

from typing import LiteralString

from fks_desk.adapters.storage.fact_queries import FactQuery

_REF: LiteralString = """'perpetual:' || i.instrument || '/'
        || (extract(epoch FROM p.minute) * 1000)::bigint"""
_STATES: LiteralString = (
    "SELECT "  # noqa: S608  only constants of this file are joined
    + _REF
    + """ AS ref, i.instrument, p.mark, p.index_price, p.funding_rate, p.next_funding,
    p.open_interest, p.ts_event
    FROM perpetual_states p JOIN instruments i ON i.id = p.instrument_id
    WHERE i.instrument = %(instrument)s
    AND (%(start)s::timestamptz IS NULL OR p.minute >= %(start)s)
    AND (%(end)s::timestamptz IS NULL OR p.minute < %(end)s)
"""
)
_LIMIT: LiteralString = " LIMIT %(limit)s"

_FUNDING: LiteralString = """'funding:' || account || '/' || currency || '/'
        || (extract(epoch FROM ts) * 1000000)::bigint || '/' || reference"""

PERPETUAL_FACTS: dict[str, FactQuery] = {
    fact.name: fact
    for fact in (
        FactQuery(
            name="newest_perpetuals",
            asks="the newest states of a perpetual",
            sql=_STATES + "ORDER BY p.minute DESC" + _LIMIT,
        ),
        FactQuery(
            name="oldest_perpetuals",
            asks="the oldest states of a perpetual",
            sql=_STATES + "ORDER BY p.minute" + _LIMIT,
        ),
        FactQuery(
            name="highest_funding",
            asks="the states of a perpetual with the highest funding rate",
            sql=_STATES
            + "AND p.funding_rate IS NOT NULL ORDER BY p.funding_rate DESC, p.minute DESC"
            + _LIMIT,
        ),
        FactQuery(
            name="lowest_funding",
            asks="the states of a perpetual with the lowest funding rate",
            sql=_STATES
            + "AND p.funding_rate IS NOT NULL ORDER BY p.funding_rate, p.minute DESC"
            + _LIMIT,
        ),
        FactQuery(
            name="funding_sums",
            asks="the funding paid and received, by perpetual",
            sql="SELECT (array_agg("  # noqa: S608  only constants of this file are joined
            + _FUNDING
            + " ORDER BY ts DESC))[1] AS ref, (array_agg("
            + _FUNDING
            + """ ORDER BY ts DESC))[1:5] AS refs, reference AS instrument, currency,
            count(*) AS payments, sum(amount) AS amount,
            coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS received,
            coalesce(-sum(amount) FILTER (WHERE amount < 0), 0) AS paid,
            min(ts) AS first, max(ts) AS last
            FROM transfers WHERE kind = 'funding'
            AND (%(account)s::text IS NULL OR account = %(account)s)
            AND (%(instrument)s::text IS NULL OR reference = %(instrument)s)
            AND (%(start)s::timestamptz IS NULL OR ts >= %(start)s)
            AND (%(end)s::timestamptz IS NULL OR ts < %(end)s)
            GROUP BY reference, currency ORDER BY abs(sum(amount)) DESC, reference""",
        ),
    )
}

PERPETUAL_ROW: LiteralString = """
SELECT i.instrument, p.* FROM perpetual_states p JOIN instruments i ON i.id = p.instrument_id
WHERE i.instrument = %s AND p.minute = %s
"""
FUNDING_ROW: LiteralString = """
SELECT account, reference AS instrument, currency, amount, ts FROM transfers
WHERE account = %s AND currency = %s AND ts = %s AND reference = %s AND kind = 'funding'
"""
