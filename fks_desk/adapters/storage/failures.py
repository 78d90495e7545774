"""Turn the driver's errors into the desk's, in one place."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from fks_desk.core.errors import DataError, FKSException, StorageError, StorageUnavailable

# SQLSTATE classes and codes, as PostgreSQL's appendix A lists them.
_CONNECTION = "08"
_BAD_VALUE = ("22", "23")
_AWAY = frozenset({"57P01", "57P02", "57P03", "57P05"})
_CROWDED = frozenset({"53300"})
_NO_FILE = "58P01"
_NO_RIGHT = frozenset({"42501", "28000", "28P01"})
_BUSY = (StorageUnavailable, "the database is busy with the same rows; it is tried again")
_DAMAGED = (
    StorageError,
    (
        "a page of the database is damaged on the disk; close the desk, check the disk, and put "
        "the newest backup back with `fks-desk db restore`"
    ),
)
_PLAIN: dict[str, tuple[type[StorageError], str]] = {
    "53100": (
        StorageError,
        "the disk of the database is full, nothing was written; free some space",
    ),
    "57014": (StorageError, "the database took too long, so the query was stopped; ask for less"),
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
    "40001": _BUSY,
    "40P01": _BUSY,
    "55P03": _BUSY,
}


@contextmanager
def translated() -> Iterator[None]:
    """Let no driver's error out: raise an `FKSException` that says what to do."""
    try:
        yield
    except _wrapping_errors() as error:
        original = getattr(error, "orig", None)
        raise failure_of(original if isinstance(original, psycopg.Error) else None) from error
    except psycopg.Error as error:
        raise failure_of(error) from error
    except UnicodeEncodeError as error:
        raise DataError(
            f"the text {error.object[:40]!r} has a character that cannot be stored"
        ) from error


def _wrapping_errors() -> tuple[type[Exception], ...]:
    """Return what SQLAlchemy wraps around the driver's errors, if it is loaded at all."""
    loaded = sys.modules.get("sqlalchemy.exc")
    return () if loaded is None else (loaded.DBAPIError,)


def failure_of(error: psycopg.Error | None) -> FKSException:
    """Return the desk's error for the driver's."""
    state = (error.sqlstate if error is not None else None) or ""
    said = _first_line(error)
    if state in _PLAIN:
        kind, sentence = _PLAIN[state]
        return kind(sentence, said=said)
    if state in _NO_RIGHT:
        return StorageError(f"the database refuses the login or the right: {said}", code=state)
    if state == _NO_FILE and "could not access file" in said:
        return StorageError(
            "the database was made with another version of an extension than its server has: "
            f"{said}; install the version that is named, or run ALTER EXTENSION ... UPDATE as the "
            "first statement of `psql -X`",
            code=state,
        )
    if state.startswith(_BAD_VALUE) or (not state and isinstance(error, psycopg.DataError)):
        return DataError(f"the database refuses a value: {said}", code=state)
    if _is_away(error, state):
        return StorageUnavailable("the database does not answer; it is tried again", said=said)
    return StorageError(f"the database cannot do this: {said}", code=state)


def _is_away(error: psycopg.Error | None, state: str) -> bool:
    if state.startswith(_CONNECTION) or state in _AWAY | _CROWDED:
        return True
    # Without a SQLSTATE the server said nothing: the line itself is broken.
    return not state and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)


def _first_line(error: psycopg.Error | None) -> str:
    return str(error).strip().partition("\n")[0] if error is not None else "no reason given"
