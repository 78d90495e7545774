"""Put a backup back and bring it to the schema of this desk."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import psycopg

from fks_desk.adapters.storage.backup import (
    Backup,
    backup_database,
    check_backup,
    empty_database,
    has_rows,
    load_rows,
)
from fks_desk.adapters.storage.failures import translated
from fks_desk.adapters.storage.migrate import current_revision, migrate
from fks_desk.adapters.storage.rollups import EVERY_DAY
from fks_desk.adapters.storage.side_schemas import Prepare, prepare_schemas
from fks_desk.adapters.storage.urls import for_psycopg
from fks_desk.core.clock import Clock
from fks_desk.core.errors import ConfigError

log = logging.getLogger(__name__)


def restore_database(
    url: str,
    folder: Path,
    *,
    clock: Clock,
    schemas: Mapping[str, Prepare],
    replace_into: Path | None = None,
) -> Backup:
    """Fill the database from a backup; block until done.

    Every file is checked before anything is touched. A database that holds rows is
    refused, unless `replace_into` names a folder: then its rows are backed up there
    first and replaced. `schemas` names those beside the desk's own and how each is made;
    one that the backup does not hold stays as it is. Raises `DataError` for a damaged
    backup.
    """
    backup = check_backup(folder)
    if unknown := sorted(backup.schemas - schemas.keys()):
        raise ConfigError(
            f"the backup holds {', '.join(unknown)}, which this desk does not know; update the "
            "desk and try again"
        )
    if current_revision(url) is not None:
        if has_rows(url):
            if replace_into is None:
                raise ConfigError(
                    "the database holds rows already; restore into an empty one, "
                    "or say that they may be replaced"
                )
            kept = backup_database(url, replace_into, clock=clock, schemas=schemas.keys())
            log.info("the rows that are replaced were copied to %s", kept.folder)
        empty_database(url)
    migrate(url, backups=None, clock=clock, to=backup.revision)
    prepare_schemas(url, {name: schemas[name] for name in backup.schemas})
    load_rows(url, backup)
    migrate(url, backups=None, clock=clock)
    with translated(), psycopg.connect(for_psycopg(url)) as connection:
        # The rows came by another way than our writer, which notes the days of its own.
        connection.execute(EVERY_DAY)
    return backup
