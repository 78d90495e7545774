"""Bring a database to the schema of this desk, with a backup first."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from fks_desk.adapters.storage.backup import backup_database
from fks_desk.adapters.storage.failures import translated
from fks_desk.adapters.storage.revision import migrations_folder
from fks_desk.adapters.storage.urls import for_sqlalchemy
from fks_desk.core.clock import Clock
from fks_desk.core.errors import ConfigError
from fks_desk.core.failpoints import reach

log = logging.getLogger(__name__)

_LOCK = 7265300


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """Say which revision a database came from, which it is at now, and where its backup lies."""

    before: str | None
    after: str
    backup: Path | None


def newest_revision() -> str:
    """Return the revision that this desk is written for."""
    head = _scripts().get_current_head()
    if head is None:
        raise ConfigError("the migrations are missing from this installation; install it again")
    return head


def current_revision(url: str) -> str | None:
    """Return the revision that a database is at, or None if it is new."""
    with _connected(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(
    url: str,
    *,
    backups: Path | None,
    clock: Clock,
    to: str = "head",
    schemas: Collection[str] = (),
) -> Migration:
    """Bring the database to the newest revision, whole or not at all; block until done.

    A database with rows is copied into `backups` before it is changed; None leaves
    that out. `schemas` names those beside the desk's own that are copied too. Raises
    `ConfigError` for a database that a newer desk has made, and
    `StorageUnavailable` when the server cannot be reached.
    """
    wanted = newest_revision() if to == "head" else to
    before = current_revision(url)
    _refuse_newer(before)
    if before == wanted:
        return Migration(before=before, after=wanted, backup=None)
    backup = None
    if backups is not None and before is not None:
        backup = backup_database(url, backups, clock=clock, schemas=schemas).folder
        log.info("the database was copied to %s before its upgrade", backup)
    with _connected(url) as connection, connection.begin():
        # Two desks may start at once on one server: the second waits and finds it done.
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, wanted)
        reach("migrate.mid")
    log.info("the database went from revision %s to %s", before, wanted)
    return Migration(before=before, after=wanted, backup=backup)


def _refuse_newer(revision: str | None) -> None:
    known = {script.revision for script in _scripts().walk_revisions()}
    if revision is not None and revision not in known:
        raise ConfigError(
            f"this database was made by a newer FKS Desk (its revision is {revision}, ours is "
            f"{newest_revision()}); update the desk, or restore the backup made before the upgrade"
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


@contextmanager
def _connected(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(for_sqlalchemy(url), poolclass=sa.NullPool)
    try:
        with translated(), engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
