"""Read database URLs as people write them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import conninfo_to_dict

from fks_desk.core.errors import ConfigError

if TYPE_CHECKING:
    import sqlalchemy as sa

_NAMES = frozenset({"postgresql", "postgres", "postgresql+psycopg"})
_PASSWORD = re.compile(r"(?<=://)([^:/@]*):[^@]*@")


def for_psycopg(url: str) -> str:
    """Return the URL as libpq reads it, or raise ConfigError naming what is wrong with it."""
    name, separator, rest = url.partition("://")
    plain = f"postgresql://{rest}"
    if not separator or not _is_readable(plain):
        raise ConfigError(
            "the database URL is not readable; write postgresql://user:password@host:5432/name"
        )
    if name not in _NAMES:
        raise ConfigError(
            f"the database must be PostgreSQL, was {name}; "
            "write postgresql://user:password@host:5432/name"
        )
    return plain


def for_sqlalchemy(url: str) -> sa.URL:
    """Return the URL with our driver; raises as `for_psycopg` does."""
    # Loaded for a migration, which most starts do not need.
    import sqlalchemy as sa  # noqa: PLC0415

    return sa.make_url(for_psycopg(url)).set(drivername="postgresql+psycopg")


def shown(url: str) -> str:
    """Return the URL without its password, for people and logs."""
    return _PASSWORD.sub(r"\1:***@", for_psycopg(url))


def _is_readable(plain: str) -> bool:
    try:
        conninfo_to_dict(plain)
    except psycopg.ProgrammingError:
        return False
    return True
