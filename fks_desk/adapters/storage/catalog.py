"""Ask the database itself which tables it holds, so that old schemas can be copied too."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

import psycopg
from psycopg import sql

VERSION_TABLE = "alembic_version"

# Only what the desk made: no partitions (their parent holds the rows), nothing of an extension.
_TABLES = """
SELECT c.oid::bigint AS oid, c.relname AS name, pg_get_partkeydef(c.oid) AS partitioned
FROM pg_class c
WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind IN ('r', 'p')
    AND NOT c.relispartition
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname
"""
_COLUMNS = """
SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
ORDER BY attnum
"""
_KEY = """
SELECT a.attname
FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
WHERE i.indrelid = %s AND i.indisprimary
ORDER BY k.place
"""
_PARENTS = """
SELECT DISTINCT confrelid::bigint FROM pg_constraint
WHERE contype = 'f' AND conrelid = %s AND confrelid <> conrelid
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableShape:
    """Hold a table's name, stored columns, key and, if it is split by time, that column.

    `types` names each column's type where it was asked for.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    split_by: str | None
    schema: str = "public"
    types: tuple[str, ...] = ()

    @property
    def identifier(self) -> sql.Identifier:
        """Return the table's name with its schema."""
        return sql.Identifier(self.schema, self.name)

    def select(self) -> sql.Composed:
        """Return a query for all rows in the order of the key."""
        query = sql.SQL("SELECT {} FROM {}").format(_names(self.columns), self.identifier)
        if not self.key:
            return query
        return query + sql.SQL(" ORDER BY {}").format(_names(self.key))

    def target(self) -> sql.Composed:
        """Return the table with its columns, as COPY and INSERT name it."""
        return sql.SQL("{} ({})").format(self.identifier, _names(self.columns))


def tables_in_order(
    connection: psycopg.Connection[Any], schema: str = "public"
) -> list[TableShape]:
    """Return the tables of a schema, each after those that it refers to."""
    shapes: dict[int, TableShape] = {}
    parents: dict[int, set[int]] = {}
    for oid, name, partitioned in connection.execute(_TABLES, [schema]).fetchall():
        if name == VERSION_TABLE:
            continue
        columns = connection.execute(_COLUMNS, [oid]).fetchall()
        shapes[oid] = TableShape(
            name=name,
            columns=tuple(row[0] for row in columns),
            types=tuple(row[1] for row in columns),
            schema=schema,
            key=tuple(row[0] for row in connection.execute(_KEY, [oid])),
            split_by=_inside(partitioned) if partitioned else None,
        )
        parents[oid] = {row[0] for row in connection.execute(_PARENTS, [oid])}
    ordered = TopologicalSorter({oid: sorted(parents[oid]) for oid in shapes}).static_order()
    return [shapes[oid] for oid in ordered if oid in shapes]


def revision_of(connection: psycopg.Connection[Any]) -> str | None:
    """Return the schema's revision, or None for a database without one."""
    known = connection.execute("SELECT to_regclass('public.alembic_version')").fetchone()
    if known is None or known[0] is None:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def count_rows(connection: psycopg.Connection[Any], shape: TableShape) -> int:
    """Return the number of rows of a table."""
    query = sql.SQL("SELECT count(*) FROM {}").format(shape.identifier)
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _names(columns: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _inside(definition: str) -> str:
    """Return the column in a definition such as `RANGE (ts)`."""
    return definition.partition("(")[2].rpartition(")")[0].strip()
