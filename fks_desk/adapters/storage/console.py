"""Answer questions of a person about any table, on connections that cannot write.

Each question is a transaction of its own, read-only and undone at its end, under a role
that may only read where the server lets us make one. The text goes by the protocol that
takes a single statement, so nothing can be appended to it.
"""

from __future__ import annotations

import re
from typing import Any

import psycopg
from psycopg import sql

from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.failures import translated
from fks_desk.adapters.storage.pool import Connection
from fks_desk.adapters.storage.table_pages import page_of
from fks_desk.core.clock import Clock
from fks_desk.core.console import (
    LONGEST_CELL,
    Column,
    ColumnKind,
    QueryAnswer,
    TableInfo,
    TableQuery,
)
from fks_desk.core.errors import DataError, StorageError, StorageUnavailable

READER = "fks_desk_reader"
TIMEOUT_S = 10.0
_WITH_CURSOR = re.compile(r"^[\s(]*(select|with|values|table)\b", re.IGNORECASE)
_KINDS = {
    **dict.fromkeys(("int2", "int4", "int8", "float4", "float8", "numeric"), ColumnKind.NUMBER),
    **dict.fromkeys(("timestamptz", "timestamp", "date", "time"), ColumnKind.MOMENT),
    **dict.fromkeys(("text", "varchar", "bpchar", "name"), ColumnKind.TEXT),
    "bool": ColumnKind.FLAG,
}
# A domain is shown as what it is made of.
_TABLES = """
SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns,
    coalesce(array_agg(a.attname::text) FILTER (WHERE a.attnotnull), '{}') AS filled,
    array_agg(coalesce(base.typname, t.typname)::text ORDER BY a.attnum) AS types,
    coalesce((
        SELECT array_agg(k.attname::text ORDER BY p.place)
        FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS p (attnum, place)
        JOIN pg_attribute k ON k.attrelid = i.indrelid AND k.attnum = p.attnum
        WHERE i.indrelid = c.oid AND i.indisprimary
    ), '{}') AS key,
    (SELECT coalesce(sum(greatest(leaf.reltuples, 0)), 0)::bigint FROM pg_class leaf
        WHERE leaf.oid = c.oid
            OR leaf.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = c.oid)) AS rows
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type base ON base.oid = nullif(t.typbasetype, 0)
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
    AND NOT c.relispartition
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
GROUP BY c.oid, c.relname ORDER BY c.relname
"""
_MAKE_READER = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{READER}') THEN
        CREATE ROLE {READER} NOLOGIN;
        GRANT pg_read_all_data TO {READER};
        GRANT {READER} TO CURRENT_USER;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""


# A view has no key of its own; this one shows a table row by row.
_VIEWS = {"candles": "ohlcv_data"}


class Console:
    """Fulfil `core.console.TableBrowser` and `SqlConsole`.

    `database` must be a Database of its own, so that a slow question holds nobody up.
    """

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._role: str | None = None
        self._tables: dict[str, TableInfo] = {}
        self._filled: dict[str, set[str]] = {}

    async def tables(self) -> tuple[TableInfo, ...]:
        """Return every table of the desk with its columns."""
        rows = {row["name"]: row for row in await self._database.rows(_TABLES)}
        for view, table in _VIEWS.items():
            rows[view] |= {name: rows[table][name] for name in ("key", "rows")}
        found = [
            TableInfo(
                name=row["name"],
                columns=tuple(
                    Column(name=name, kind=_KINDS.get(kind, ColumnKind.OTHER))
                    for name, kind in zip(row["columns"], row["types"], strict=True)
                ),
                key=tuple(row["key"]),
                rows=row["rows"],
            )
            for row in rows.values()
        ]
        self._filled = {name: {*row["filled"], *row["key"]} for name, row in rows.items()}
        self._tables = {table.name: table for table in found}
        return tuple(found)

    async def browse(self, query: TableQuery) -> QueryAnswer:
        """Return a page of rows; raise `DataError` if a name or a text does not fit."""
        if query.table not in self._tables:
            await self.tables()
        table = self._tables.get(query.table)
        if table is None:
            raise DataError(f"there is no table {query.table!r}")
        text, values = page_of(table, query, self._filled[table.name])
        return await self._ask(text, values, query.limit)

    async def ask_sql(self, text: str, limit: int = 1000) -> QueryAnswer:
        """Return up to limit rows of one statement, or raise `DataError` with the reason."""
        plain = text.strip().rstrip(";").strip()
        if not plain:
            raise DataError("write a statement, such as SELECT * FROM orders")
        return await self._ask(sql.SQL(plain), None, max(1, limit))

    async def _ask(
        self, query: sql.Composable, values: list[Any] | None, limit: int
    ) -> QueryAnswer:
        role = await self._reader_role()
        began = self._clock.monotonic()
        with translated():
            async with self._database.reading() as connection:
                try:
                    async with connection.transaction(force_rollback=True):
                        await connection.execute("SET TRANSACTION READ ONLY")
                        if role:
                            await connection.execute(f"SET LOCAL ROLE {role}".encode())
                        columns, rows = await _fetched(connection, query, values, limit)
                except psycopg.Error as error:
                    raise _explained(error) from error
        return QueryAnswer(
            columns=columns,
            rows=tuple(tuple(map(_cell, row)) for row in rows[:limit]),
            is_cut=len(rows) > limit,
            seconds=self._clock.monotonic() - began,
        )

    async def _reader_role(self) -> str:
        """Return the role that may only read, or an empty text where we may not make one."""
        if self._role is None:
            try:
                async with self._database.writing() as connection:
                    await connection.execute(_MAKE_READER.encode())
                    await connection.execute(f"SET LOCAL ROLE {READER}".encode())
                self._role = READER
            except StorageUnavailable:
                raise
            except StorageError:
                self._role = ""
        return self._role


async def _fetched(
    connection: Connection, query: sql.Composable, values: list[Any] | None, limit: int
) -> tuple[tuple[Column, ...], list[tuple[Any, ...]]]:
    text = query.as_string(connection)
    plain = psycopg.rows.tuple_row
    if _WITH_CURSOR.match(text):
        # A cursor, so that a table of millions of rows is not brought here to be thrown away.
        async with connection.cursor("question", row_factory=plain) as asked:
            await asked.execute(text.encode(), values)
            rows = await asked.fetchmany(limit + 1)
            return _columns(asked.description), rows
    # The binary format brings about the protocol that takes one statement only.
    async with connection.cursor(binary=True, row_factory=plain) as cursor:
        await cursor.execute(text.encode(), values)
        if cursor.description is None:
            return (), []
        return _columns(cursor.description), await cursor.fetchmany(limit + 1)


def _columns(description: Any) -> tuple[Column, ...]:
    return tuple(
        Column(name=one.name, kind=_KINDS.get(_type_name(one.type_code), ColumnKind.OTHER))
        for one in description or ()
    )


def _type_name(oid: int) -> str:
    known = psycopg.adapters.types.get(oid)
    return known.name if known is not None else ""


def _cell(value: Any) -> Any:
    """Return a value as a pane can hold it: endless texts and raw bytes are cut."""
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, str) and len(value) > LONGEST_CELL:
        return value[:LONGEST_CELL] + " ..."
    return value


def _explained(error: psycopg.Error) -> Exception:
    """Return a sentence for what a person can correct, or the error itself."""
    state = error.sqlstate or ""
    first = str(error).strip().partition("\n")[0]
    if state in {"25006", "42501"}:
        return DataError(f"the console only reads: {first}")
    if state == "57014":
        return DataError(f"the question took longer than {TIMEOUT_S:.0f} s; ask for less")
    if state.startswith(("42", "22", "0A", "34", "25")):
        return DataError(f"the database does not understand: {first}")
    return error
