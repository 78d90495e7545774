"""Read database URLs as people write them."""

from __future__ import annotations

import sqlalchemy as sa

from fks_desk.core.errors import ConfigError

_NAMES = frozenset({"postgresql", "postgres", "postgresql+psycopg"})


def for_sqlalchemy(url: str) -> sa.URL:
    """Return the URL with our driver, or raise ConfigError naming what is wrong with it."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise ConfigError(
            "the database URL is not readable; write postgresql://user:password@host:5432/name"
        ) from None
    if parsed.drivername not in _NAMES:
        raise ConfigError(
            f"the database must be PostgreSQL, was {parsed.drivername}; "
            "write postgresql://user:password@host:5432/name"
        )
    return parsed.set(drivername="postgresql+psycopg")


def for_psycopg(url: str) -> str:
    """Return the URL as libpq reads it."""
    plain = for_sqlalchemy(url).set(drivername="postgresql")
    return plain.render_as_string(hide_password=False)


def shown(url: str) -> str:
    """Return the URL without its password, for people and logs."""
    return for_sqlalchemy(url).set(drivername="postgresql").render_as_string(hide_password=True)
