"""Find, empty and fill the schemas beside the desk's own: its task queue's, its optimiser's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from fks_desk.adapters.storage.catalog import TableShape
from fks_desk.adapters.storage.failures import translated
from fks_desk.adapters.storage.urls import for_psycopg

OWN = "public"

# Makes a schema's tables at a URL if they are not there.
Prepare = Callable[[str], None]

_OTHERS = """
SELECT nspname FROM pg_namespace
WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT LIKE '%timescaledb%'
    AND nspname NOT IN ('public', 'information_schema')
"""
# On insert or on delete.
_TRIGGERS = """
SELECT EXISTS (
    SELECT FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgtype & 12 <> 0
)
"""


def other_schemas(connection: psycopg.Connection[Any]) -> set[str]:
    """Return the names of all schemas that are not the desk's own or the server's."""
    return {str(row[0]) for row in connection.execute(_OTHERS.encode())}


def prepare_schemas(url: str, schemas: Mapping[str, Prepare]) -> None:
    """Make each of these schemas and its tables where they are missing; block until done."""
    for name in sorted(schemas):
        with translated(), psycopg.connect(for_psycopg(url)) as connection:
            connection.execute(
                sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(name))
            )
        schemas[name](url)


def empty_side_tables(connection: psycopg.Connection[Any], shapes: list[TableShape]) -> None:
    """Remove what preparing a schema put there, such as a list of versions, or older rows."""
    for shape in reversed(shapes):
        if shape.schema != OWN:
            with quiet_triggers(connection, shape):
                connection.execute(sql.SQL("DELETE FROM {}").format(shape.identifier))


@contextmanager
def quiet_triggers(connection: psycopg.Connection[Any], shape: TableShape) -> Iterator[None]:
    """Keep triggers from making rows of their own out of those that are copied or removed."""
    name = shape.identifier.as_string(connection)
    row = connection.execute(_TRIGGERS, [name]).fetchone()
    # Those of the desk's own schema are the server's: they keep chunks and aggregates.
    if shape.schema == OWN or row is None or not row[0]:
        yield
        return
    switch = sql.SQL("ALTER TABLE {} {} TRIGGER USER")
    connection.execute(switch.format(shape.identifier, sql.SQL("DISABLE")))
    yield
    connection.execute(switch.format(shape.identifier, sql.SQL("ENABLE")))
