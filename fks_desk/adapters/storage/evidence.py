"""Read everything that a drill judges a desk by, in one snapshot and as it is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg.rows import dict_row

Row = Mapping[str, Any]

_TABLES = {
    "orders": b"SELECT * FROM orders",
    "events": b"SELECT * FROM order_events ORDER BY id",
    "fills": b"SELECT * FROM trades ORDER BY ts_event, length(trade_id), trade_id",
    "positions": b"SELECT * FROM positions",
    "balances": b"SELECT * FROM balances",
    "instruments": b"SELECT * FROM instruments",
    # Every part as the seal reads it: as text.
    "journal": b"""
        SELECT sequence::text, type, version::text, extract(epoch FROM ts_event)::text AS event,
            extract(epoch FROM ts_init)::text AS init, account, origin, correlation, causation,
            payload::text AS payload, digest
        FROM journal ORDER BY journal.sequence
    """,
}


def read_tables(url: str) -> dict[str, Sequence[Row]]:
    """Return the rows of each table; blocks, and raises what psycopg raises."""
    with psycopg.connect(url, row_factory=dict_row) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return {name: connection.execute(query).fetchall() for name, query in _TABLES.items()}
