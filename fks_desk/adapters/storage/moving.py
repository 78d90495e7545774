"""Move a whole desk from one PostgreSQL to another, whatever their versions and extensions.

Both schemas are made by the same migrations; then rows go over as text, as of one moment
of the source, in one transaction of the target. Counts and checksums are compared table by
table before that transaction commits: a move happens whole or not at all.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from fks_desk.adapters.storage.backup import (
    advance_sequence,
    backup_database,
    empty_database,
    has_rows,
)
from fks_desk.adapters.storage.catalog import TableShape, count_rows, tables_in_order
from fks_desk.adapters.storage.failures import translated
from fks_desk.adapters.storage.migrate import current_revision, migrate
from fks_desk.adapters.storage.restore import restore_database
from fks_desk.adapters.storage.rollups import EVERY_DAY
from fks_desk.adapters.storage.side_schemas import (
    OWN,
    Prepare,
    empty_side_tables,
    other_schemas,
    prepare_schemas,
    quiet_triggers,
)
from fks_desk.adapters.storage.urls import for_psycopg
from fks_desk.core.clock import Clock
from fks_desk.core.errors import ConfigError, DataError, FKSException
from fks_desk.core.job import CancelToken

log = logging.getLogger(__name__)

TellRows = Callable[[str, int, int], None]

# The sum does not depend on the order of rows, and MD5 is the same on every server.
_CHECKSUM = """
SELECT count(*), coalesce(sum(('x' || substr(digest, 1, 15))::bit(60)::bigint), 0)
FROM (SELECT md5(ROW({columns})::text) AS digest FROM {table}) AS rows
"""
# Vectors are plain arrays on a server without pgvector; only their brackets differ.
_AS_ARRAY, _AS_VECTOR = "translate({}::text, '[]', '{{}}')", "translate({}::text, '{{}}', '[]')"


class MoveCancelled(FKSException):
    """Say that somebody stopped the move; the target is as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedTable:
    """Say how many rows of a table went over, and the sum that both sides agree on."""

    name: str
    rows: int
    checksum: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Say what was moved; `left` names schemas that nobody here knows."""

    tables: tuple[MovedTable, ...]
    left: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Return the number of rows of all tables together."""
        return sum(table.rows for table in self.tables)


def move_database(
    source: str,
    target: str,
    *,
    clock: Clock,
    schemas: Mapping[str, Prepare],
    progress: TellRows,
    cancel: CancelToken,
    replace_into: Path | None = None,
) -> Move:
    """Bring every row of the source to the target; block until done.

    `schemas` names those beside the desk's own and how each is made. A target that holds
    rows is refused, unless `replace_into` names a folder for a backup of it, which is put
    back if the move fails. The source stays as it is. Raises `DataError` if a checksum
    differs and `MoveCancelled` if asked to.
    """
    _require_apart(source, target)
    migrate(source, backups=None, clock=clock)
    kept = _ready_target(target, clock=clock, schemas=schemas, replace_into=replace_into)
    try:
        return _moved(source, target, schemas=schemas, progress=progress, cancel=cancel)
    except BaseException:
        if kept is not None:
            log.info("the move failed: the rows that it was to replace are put back")
            restore_database(target, kept, clock=clock, schemas=schemas)
        raise


def _moved(
    source: str,
    target: str,
    *,
    schemas: Mapping[str, Prepare],
    progress: TellRows,
    cancel: CancelToken,
) -> Move:
    with _opened(source) as reading:
        found = other_schemas(reading)
    known = {name: schemas[name] for name in found & schemas.keys()}
    prepare_schemas(target, known)
    names = [OWN, *sorted(known)]
    with _opened(source) as reading, _opened(target) as writing:
        reading.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        pairs = [pair for name in names for pair in _pairs(reading, writing, name)]
        total = sum(count_rows(reading, one) for one, _other in pairs)
        mover = _Mover(
            reading=reading, writing=writing, total=total, progress=progress, cancel=cancel
        )
        empty_side_tables(writing, [other for _one, other in pairs])
        tables = tuple(mover.move(one, other) for one, other in pairs)
        writing.execute(EVERY_DAY)
    return Move(tables=tables, left=tuple(sorted(found - schemas.keys())))


@dataclass(slots=True, kw_only=True)
class _Mover:
    reading: psycopg.Connection[Any]
    writing: psycopg.Connection[Any]
    total: int
    progress: TellRows
    cancel: CancelToken
    done: int = 0

    def move(self, source: TableShape, target: TableShape) -> MovedTable:
        """Copy one table and compare both sides."""
        rows = count_rows(self.reading, source)
        self.progress(source.name, self.done, self.total)
        if rows:
            self._make_room(source)
            self._copy(source, target)
        self.progress(source.name, self.done, self.total)
        checksum = self._compare(source, target, rows)
        for column in target.columns:
            advance_sequence(self.writing, target, column)
        return MovedTable(name=source.name, rows=rows, checksum=checksum)

    def _make_room(self, shape: TableShape) -> None:
        if shape.schema != OWN:
            return
        column = shape.split_by or _TIME_OF.get(shape.name)
        if column is None:
            return
        name = sql.Identifier(column)
        query = sql.SQL("SELECT min({}), max({}) FROM {}").format(name, name, shape.identifier)
        row = self.reading.execute(query).fetchone()
        if row is not None:
            self.writing.execute(
                "SELECT ensure_partitions(%s, %s, %s)", [shape.name, row[0], row[1]]
            )

    def _copy(self, source: TableShape, target: TableShape) -> None:
        columns = sql.SQL(", ").join(_expressions(source, target))
        query = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(columns, source.identifier)
        named = TableShape(
            name=target.name,
            columns=source.columns,
            key=target.key,
            split_by=None,
            schema=target.schema,
        )
        with quiet_triggers(self.writing, target), self.reading.cursor() as out:
            into = sql.SQL("COPY {} FROM STDIN").format(named.target())
            with out.copy(query) as blocks, self.writing.cursor().copy(into) as copy:
                for block in blocks:
                    if self.cancel.is_cancelled:
                        raise MoveCancelled("the move was stopped; nothing was changed")
                    copy.write(block)
                    # Each row ends with the only newline in it: COPY escapes those in values.
                    self.done += bytes(block).count(b"\n")
                    self.progress(source.name, self.done, self.total)

    def _compare(self, source: TableShape, target: TableShape, rows: int) -> int | None:
        if _is_converted(source, target):
            if count_rows(self.writing, target) != rows:
                raise DataError(f"{source.name} arrived with another number of rows")
            return None
        here, there = _checksum(self.reading, source), _checksum(self.writing, source)
        if here != there:
            raise DataError(
                f"{source.name} did not arrive as it is: {here[0]:,} rows with checksum {here[1]} "
                f"here, {there[0]:,} with {there[1]} there; nothing was changed"
            )
        return here[1]


# A hypertable does not say that it is split, and its target may be split by partitions.
_TIME_OF = {
    "ohlcv_data": "ts",
    "market_trades": "ts_event",
    "trades": "ts_event",
    "balance_history": "ts",
}


def _require_apart(source: str, target: str) -> None:
    with _opened(source) as one, _opened(target) as other:
        identities = [_identity(one), _identity(other)]
    if identities[0] == identities[1]:
        raise ConfigError("the desk is in that database already")


def _identity(connection: psycopg.Connection[Any]) -> tuple[Any, ...]:
    row = connection.execute(
        "SELECT pg_postmaster_start_time(), current_database(), d.oid, "
        "current_setting('data_directory', true) "
        "FROM pg_database d WHERE datname = current_database()"
    ).fetchone()
    return tuple(row or ())


def _ready_target(
    target: str, *, clock: Clock, schemas: Mapping[str, Prepare], replace_into: Path | None
) -> Path | None:
    """Leave the target empty and at our revision; return where its rows were copied, if any."""
    kept = None
    if current_revision(target) is not None and has_rows(target):
        if replace_into is None:
            raise ConfigError(
                "the database to move to holds rows already; take an empty one, or say that "
                "they may be replaced"
            )
        kept = backup_database(target, replace_into, clock=clock, schemas=schemas.keys()).folder
        log.info("the rows that are replaced were copied to %s", kept)
        empty_database(target)
    migrate(target, backups=None, clock=clock)
    return kept


def _pairs(
    reading: psycopg.Connection[Any], writing: psycopg.Connection[Any], schema: str
) -> Iterator[tuple[TableShape, TableShape]]:
    there = {shape.name: shape for shape in tables_in_order(writing, schema)}
    for shape in tables_in_order(reading, schema):
        target = there.get(shape.name)
        if target is None and not count_rows(reading, shape):
            continue
        if target is None or not set(shape.columns) <= set(target.columns):
            raise ConfigError(
                f"the table {schema}.{shape.name} has no equal in the other database; "
                "update the desk and try again"
            )
        yield shape, target


def _expressions(source: TableShape, target: TableShape) -> list[sql.Composable]:
    types = dict(zip(target.columns, target.types, strict=True))
    made: list[sql.Composable] = []
    for name, kind in zip(source.columns, source.types, strict=True):
        column = sql.Identifier(name)
        if kind == "vector" and types[name] != "vector":
            made.append(sql.SQL(_AS_ARRAY).format(column))
        elif types[name] == "vector" and kind != "vector":
            made.append(sql.SQL(_AS_VECTOR).format(column))
        else:
            made.append(column)
    return made


def _is_converted(source: TableShape, target: TableShape) -> bool:
    types = dict(zip(target.columns, target.types, strict=True))
    return any(
        (kind == "vector") != (types[name] == "vector")
        for name, kind in zip(source.columns, source.types, strict=True)
    )


def _checksum(connection: psycopg.Connection[Any], shape: TableShape) -> tuple[int, int]:
    query = sql.SQL(_CHECKSUM).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, shape.columns)), table=shape.identifier
    )
    row = connection.execute(query).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


@contextmanager
def _opened(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Lend a connection in one transaction; times are text in UTC."""
    with (
        translated(),
        psycopg.connect(
            for_psycopg(url),
            connect_timeout=10,
            options="-c timezone=UTC -c statement_timeout=0 "
            "-c idle_in_transaction_session_timeout=0",
            application_name="fks-desk-move",
        ) as connection,
    ):
        yield connection
