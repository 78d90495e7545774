"""Tell which revision this desk needs, without loading the tool that migrates.

The tool and what it brings along take a good part of a second to load, and most
starts find a database that is at the newest revision already.
"""

from __future__ import annotations

from pathlib import Path

import psycopg

from fks_desk.adapters.storage.failures import translated
from fks_desk.adapters.storage.urls import for_psycopg
from fks_desk.core.errors import ConfigError

_PACKAGE = Path(__file__).resolve().parents[2]
_CONNECT_TIMEOUT_S = 10


def migrations_folder() -> Path:
    """Return the folder of migrations: inside the package if installed, else the checkout's."""
    for folder in (_PACKAGE / "_alembic", _PACKAGE.parent / "alembic"):
        if (folder / "env.py").is_file():
            return folder
    raise ConfigError("the migrations are missing from this installation; install the desk again")


def is_newest(url: str) -> bool:
    """Tell whether the database is at the newest revision; anything unusual is a no.

    A migration's file is called by its number, the same that stands inside it.
    """
    numbers = [file.name[:4] for file in (migrations_folder() / "versions").glob("[0-9]*_*.py")]
    return bool(numbers) and _stored(url) == [max(numbers)]


def _stored(url: str) -> list[str]:
    with (
        translated(),
        psycopg.connect(for_psycopg(url), connect_timeout=_CONNECT_TIMEOUT_S) as connection,
    ):
        table = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
        if table is None or table[0] is None:
            return []
        return [row[0] for row in connection.execute("SELECT version_num FROM alembic_version")]
