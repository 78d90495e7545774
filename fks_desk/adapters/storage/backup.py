"""Copy every row of the database into plain files, and back."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.errors import DeadlockDetected
from psycopg.rows import dict_row

from fks_desk.adapters.storage.catalog import (
    TableShape,
    count_rows,
    revision_of,
    tables_in_order,
)
from fks_desk.adapters.storage.failures import translated
from fks_desk.adapters.storage.features import FIND_FEATURES, features_of
from fks_desk.adapters.storage.side_schemas import (
    OWN,
    empty_side_tables,
    other_schemas,
    quiet_triggers,
)
from fks_desk.adapters.storage.urls import for_psycopg, shown
from fks_desk.core.clock import Clock
from fks_desk.core.errors import ConfigError, DataError, StorageError, StorageUnavailable
from fks_desk.core.storage_report import ServerFeatures

log = logging.getLogger(__name__)

FORMAT = 2
# Backups of format 1 hold the desk's own schema alone, and name none.
READABLE = (1, FORMAT)
MANIFEST = "manifest.json"
_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCopy:
    """Hold what a backup says of one table; the digest is of the uncompressed text."""

    name: str
    columns: list[str]
    rows: int
    digest: str
    split_by: str | None
    oldest: str | None
    newest: str | None
    schema: str = OWN

    @property
    def label(self) -> str:
        """Return the table's name, with its schema where that is not the desk's own."""
        return _label(self.schema, self.name)

    @property
    def file(self) -> str:
        """Return the name of the table's file."""
        return _file(self.schema, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """Hold where a backup lies and what is in it."""

    folder: Path
    revision: str
    created: str
    tables: tuple[TableCopy, ...]

    @property
    def rows(self) -> int:
        """Return the number of rows of all tables together."""
        return sum(table.rows for table in self.tables)

    @property
    def schemas(self) -> frozenset[str]:
        """Return the schemas beside the desk's own that are in it."""
        return frozenset(table.schema for table in self.tables) - {OWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseReport:
    """Say what a database is and holds, for `db status`."""

    url: str
    server: str
    features: ServerFeatures
    revision: str | None
    extensions: Mapping[str, str]
    size_bytes: int
    rows: Mapping[str, int]


def backup_database(url: str, folder: Path, *, clock: Clock, schemas: Collection[str]) -> Backup:
    """Copy all rows, as of one moment, into a new folder below `folder`; block until done.

    `schemas` names those beside the desk's own that are copied where they are there.
    The new folder appears under its name only when it is complete.
    """
    stamp = clock.now().strftime("%Y%m%dT%H%M%S%fZ")
    with _opened(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        revision = revision_of(connection)
        if revision is None:
            raise DataError("this database has no desk in it yet, so there is nothing to back up")
        whole, growing = folder / f"{stamp}-{revision}", folder / f".{stamp}.part"
        try:
            growing.mkdir(parents=True)
            tables = tuple(
                _copy_out(connection, shape, growing)
                for schema in (OWN, *sorted(other_schemas(connection) & set(schemas)))
                for shape in tables_in_order(connection, schema)
            )
            backup = Backup(folder=whole, revision=revision, created=stamp, tables=tables)
            (growing / MANIFEST).write_text(_manifest(backup), encoding="utf-8")
            growing.rename(whole)
        except OSError as error:
            shutil.rmtree(growing, ignore_errors=True)
            raise StorageError(
                f"the backup could not be written to {folder}: {error.strerror}; "
                "free some space or choose another folder"
            ) from error
    return backup


def read_backup(folder: Path) -> Backup:
    """Return what a backup's manifest says, or raise `DataError` if it cannot be used."""
    try:
        content = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if content["format"] not in READABLE:
            raise DataError(
                f"the backup {folder} has format {content['format']}, this desk reads up to "
                f"{FORMAT}; "
                "restore it with the desk that made it"
            )
        tables = tuple(TableCopy(**table) for table in content["tables"])
        return Backup(
            folder=folder, revision=content["revision"], created=content["created"], tables=tables
        )
    except FileNotFoundError:
        raise DataError(f"{folder} is no backup: it has no {MANIFEST}") from None
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"the manifest of the backup {folder} is damaged: {error}") from error


def check_backup(folder: Path) -> Backup:
    """Read every file of a backup and compare it with its checksum.

    Raises `DataError` naming the first file that is damaged.
    """
    backup = read_backup(folder)
    for table in backup.tables:
        digest = hashlib.sha256()
        for block in _blocks(folder / table.file):
            digest.update(block)
        if digest.hexdigest() != table.digest:
            raise DataError(f"{folder / table.file} is damaged: its checksum does not fit")
    return backup


def empty_database(url: str) -> None:
    """Drop everything the desk keeps in the database."""
    for tries_left in reversed(range(_TRIES)):
        try:
            with _opened(url) as connection:
                connection.execute("DROP SCHEMA public CASCADE")
                connection.execute("CREATE SCHEMA public")
        except StorageUnavailable as error:
            # TimescaleDB's own jobs read its catalogue while its tables are dropped; the
            # server then ends one of the two, and nothing of ours is half done.
            if not tries_left or not isinstance(error.__cause__, DeadlockDetected):
                raise
            log.info("a job of the server stood in the way of emptying it; trying again")
        else:
            return


def has_rows(url: str) -> bool:
    """Tell whether the desk keeps anything in the database."""
    with _opened(url) as connection:
        return any(count_rows(connection, shape) for shape in tables_in_order(connection))


def load_rows(url: str, backup: Backup) -> None:
    """Fill empty tables of the backup's own revision, all of them or none."""
    with _opened(url) as connection:
        revision = revision_of(connection)
        if revision != backup.revision:
            raise ConfigError(
                f"the backup is of revision {backup.revision}, the database is at {revision}"
            )
        shapes = [
            shape
            for schema in (OWN, *sorted(backup.schemas))
            for shape in tables_in_order(connection, schema)
        ]
        empty_side_tables(connection, shapes)
        copies = {(table.schema, table.name): table for table in backup.tables}
        for shape in shapes:
            copy = copies.pop((shape.schema, shape.name), None)
            if copy is not None:
                _copy_in(connection, shape, copy, backup.folder)
        lost = sorted(copy.label for copy in copies.values() if copy.rows)
        if lost:
            raise DataError(
                f"the database has no table for {', '.join(lost)} of the backup; nothing was "
                "changed, update the desk and try again"
            )


def report_database(url: str) -> DatabaseReport:
    """Return what the database is and holds; block until every table is counted."""
    with _opened(url) as connection:
        cursor = connection.cursor(row_factory=dict_row)
        features = features_of(cursor.execute(FIND_FEATURES.encode()).fetchone() or {})
        size = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        found = connection.execute("SELECT extname, extversion FROM pg_extension ORDER BY 1")
        return DatabaseReport(
            url=shown(url),
            server=features.server,
            features=features,
            revision=revision_of(connection),
            extensions=dict(found.fetchall()),
            size_bytes=int(size[0]) if size else 0,
            rows={
                shape.name: count_rows(connection, shape) for shape in tables_in_order(connection)
            },
        )


def _label(schema: str, name: str) -> str:
    return name if schema == OWN else f"{schema}.{name}"


def _file(schema: str, name: str) -> str:
    return f"{_label(schema, name)}.copy.gz"


def _copy_out(connection: psycopg.Connection[Any], shape: TableShape, folder: Path) -> TableCopy:
    digest, rows = hashlib.sha256(), 0
    command = sql.SQL("COPY ({}) TO STDOUT").format(shape.select())
    with (
        gzip.open(folder / _file(shape.schema, shape.name), "wb", compresslevel=1) as file,
        connection.cursor() as cursor,
        cursor.copy(command) as blocks,
    ):
        for block in blocks:
            digest.update(block)
            # Each row ends with the only newline in it: COPY escapes those in values.
            rows += bytes(block).count(b"\n")
            file.write(block)
    oldest, newest = _extent(connection, shape)
    return TableCopy(
        name=shape.name,
        columns=list(shape.columns),
        rows=rows,
        digest=digest.hexdigest(),
        split_by=shape.split_by,
        oldest=oldest,
        newest=newest,
        schema=shape.schema,
    )


def _copy_in(
    connection: psycopg.Connection[Any], shape: TableShape, table: TableCopy, folder: Path
) -> None:
    # A library that made a schema may have added columns since; we never do within a revision.
    more = set(shape.columns) - set(table.columns) if shape.schema == OWN else set()
    if more or set(table.columns) - set(shape.columns):
        raise DataError(f"the backup's table {table.label} has other columns than the database's")
    target = replace(shape, columns=tuple(table.columns))
    if table.oldest is not None:
        connection.execute(
            "SELECT ensure_partitions(%s, %s::timestamptz, %s::timestamptz)",
            [table.name, table.oldest, table.newest],
        )
    with quiet_triggers(connection, shape), connection.cursor() as cursor:
        with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(target.target())) as copy:
            for block in _blocks(folder / table.file):
                copy.write(block)
        if cursor.rowcount != table.rows:
            raise DataError(
                f"{table.file} brought {cursor.rowcount} rows, the manifest promises {table.rows}"
            )
    for column in table.columns:
        advance_sequence(connection, shape, column)


def advance_sequence(connection: psycopg.Connection[Any], shape: TableShape, column: str) -> None:
    """Let new rows be numbered after those that were copied in."""
    table = shape.identifier.as_string(connection)
    found = connection.execute("SELECT pg_get_serial_sequence(%s, %s)", [table, column]).fetchone()
    if found is None or found[0] is None:
        return
    query = sql.SQL("SELECT setval(%s::regclass, max({})) FROM {} HAVING max({}) IS NOT NULL")
    name = sql.Identifier(column)
    connection.execute(query.format(name, shape.identifier, name), [found[0]])


def _extent(
    connection: psycopg.Connection[Any], shape: TableShape
) -> tuple[str | None, str | None]:
    if shape.split_by is None:
        return None, None
    column = sql.Identifier(shape.split_by)
    query = sql.SQL("SELECT min({})::text, max({})::text FROM {}")
    row = connection.execute(query.format(column, column, sql.Identifier(shape.name))).fetchone()
    return (row[0], row[1]) if row else (None, None)


def _blocks(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path, "rb") as file:
            while block := file.read(1 << 18):
                yield block
    except FileNotFoundError:
        raise DataError(f"the backup is incomplete: {path} is missing") from None
    except (OSError, EOFError) as error:
        raise DataError(f"{path} is damaged: {error}") from error


def _manifest(backup: Backup) -> str:
    content = {
        "format": FORMAT,
        "revision": backup.revision,
        "created": backup.created,
        "tables": [asdict(table) for table in backup.tables],
    }
    return json.dumps(content, indent=1)


@contextmanager
def _opened(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Lend a connection in one transaction; times are text in UTC."""
    with (
        translated(),
        psycopg.connect(
            for_psycopg(url), connect_timeout=10, options="-c timezone=UTC -c statement_timeout=0"
        ) as connection,
    ):
        yield connection
