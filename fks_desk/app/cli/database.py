"""Look at, copy, restore and move the database."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fks_desk.app.cli.failing import exits_cleanly
from fks_desk.app.cli.options import Json
from fks_desk.app.cli.telling import (
    ProgressLine,
    note,
    patiently,
    tell,
    tell_json,
    tell_table,
)
from fks_desk.app.cli.workplace import Workplace, reached_server, run, workplace
from fks_desk.core.errors import ConfigError, StorageUnavailable

if TYPE_CHECKING:
    from fks_desk.adapters.storage.backup import Backup
    from fks_desk.core.clock import Clock

_CODES = (
    "Exit codes: 0 done, 1 the database or a backup cannot be used, 2 the command or the "
    "settings are wrong."
)
_START_WITHIN_S = 120.0
_OTHERS = """
SELECT count(*) AS clients FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend'
    AND pid <> pg_backend_pid()
"""

db = typer.Typer(
    name="db",
    help="Look at, copy, restore and move the database.",
    epilog=_CODES,
    no_args_is_help=True,
    rich_markup_mode=None,
)


@db.command(epilog=_CODES, short_help="Show which database is used, its size and rows.")
@exits_cleanly
def status(as_json: Json = False) -> None:
    """Show which database is used, its revision, extensions, size and rows."""
    # SQLAlchemy loads slowly; `--help` does without.
    from fks_desk.adapters.storage.backup import report_database  # noqa: PLC0415
    from fks_desk.adapters.storage.migrate import newest_revision  # noqa: PLC0415

    with workplace() as place, reached_server(place) as url:
        report = report_database(url)
        is_embedded = place.settings.database.url is None
    fields: dict[str, Any] = {
        "url": report.url,
        "embedded": is_embedded,
        "server": report.server,
        "revision": report.revision,
        "newest_revision": newest_revision(),
        "extensions": dict(report.extensions),
        "size_bytes": report.size_bytes,
        "rows": dict(report.rows),
    }
    if as_json:
        tell_json(fields)
    else:
        _tell_status(fields)


@db.command(epilog=_CODES, short_help="Copy every row into a folder of plain files.")
@exits_cleanly
def backup(
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", metavar="FOLDER", help="Where to; left out: backups in the data folder."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Copy every row, as of this moment, into a new folder of plain files."""
    from fks_desk.adapters.storage.backup import backup_database  # noqa: PLC0415  see above
    from fks_desk.app.database_move import SCHEMAS  # noqa: PLC0415  see above

    with workplace() as place, reached_server(place) as url, patiently("copying the rows"):
        made = backup_database(
            url, to or place.folders.backups, clock=place.clock, schemas=SCHEMAS.keys()
        )
    _tell_backup("wrote", made, as_json=as_json)


@db.command(epilog=_CODES, short_help="Put a backup back, checked file by file.")
@exits_cleanly
def restore(
    folder: Annotated[Path, typer.Argument(help="Folder that `db backup` or an upgrade made.")],
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Replace the rows that are there; they are copied first."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Put a backup back, checked file by file; close the desk first."""
    from fks_desk.adapters.storage.backup import check_backup  # noqa: PLC0415  see above
    from fks_desk.adapters.storage.restore import restore_database  # noqa: PLC0415  see above
    from fks_desk.app.database_move import SCHEMAS  # noqa: PLC0415  see above

    check_backup(folder)
    with workplace() as place, reached_server(place) as url, patiently("restoring the rows"):
        run(_require_alone(url))
        restored = restore_database(
            url,
            folder,
            clock=place.clock,
            schemas=SCHEMAS,
            replace_into=place.folders.backups if replace else None,
        )
    _tell_backup("restored", restored, as_json=as_json)


@db.command(epilog=_CODES, short_help="Start the database container.")
@exits_cleanly
def up() -> None:
    """Start the database container: PostgreSQL with TimescaleDB and pgvector.

    The password is kept in the keyring, or taken from FKS_CONTAINER_PASSWORD.
    `fks-desk db move --to container` brings the desk there.
    """
    from fks_desk.app.container import container_url, start_container  # noqa: PLC0415  see above

    with workplace() as place, patiently("starting the container"):
        start_container(place.folders)
        address = container_url(place.folders)
        _wait_for(address, clock=place.clock)
    tell("the database container runs")
    note("`fks-desk db move --to container` brings the desk there")


@db.command(epilog=_CODES, short_help="Bring the whole desk to another server.")
@exits_cleanly
def move(
    to: Annotated[
        str,
        typer.Option("--to", metavar="PLACE", help="embedded, container, or the URL of a server."),
    ],
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Replace the rows that are there; they are copied first."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring the whole desk to another server, checked table by table; close the desk first.

    Everything goes over or nothing does. The place it came from stays as it is.
    """
    from fks_desk.app.database_move import move_desk, next_step, reached_target  # noqa: PLC0415

    line = ProgressLine("moving")
    with (
        workplace() as place,
        reached_server(place) as source,
        reached_target(to, place.folders) as target,
    ):
        run(_require_alone(source))
        try:
            moved = move_desk(
                source,
                target,
                clock=place.clock,
                progress=line,
                replace_into=place.folders.backups if replace else None,
            )
        finally:
            line.close()
        advice = next_step(to, place.folders.settings_file)
    if as_json:
        tell_json(
            {
                "rows": moved.rows,
                "tables": {table.name: table.rows for table in moved.tables},
                "left": list(moved.left),
            }
        )
    else:
        tell(f"moved {moved.rows:,} rows of {len(moved.tables)} tables, each compared")
        note(advice)


@db.command(epilog=_CODES, short_help="Print the database's URL for psql.")
@exits_cleanly
def url() -> None:
    """Print the database's URL for psql; starts the embedded server and lets it run.

    `fks-desk db stop` ends it. The URL may hold a password: show it to nobody.
    """
    from fks_desk.app.database import start_server  # noqa: PLC0415  see above

    with workplace() as place, patiently("starting the database"):
        address, server = start_server(place.settings, place.folders)
    tell(address)
    if server is not None:
        note("the embedded server goes on running; `fks-desk db stop` ends it")


@db.command(epilog=_CODES, short_help="Stop the embedded server.")
@exits_cleanly
def stop() -> None:
    """Stop the embedded server, unless a desk or anybody else uses it."""
    with workplace() as place:
        is_stopped = _stop(place)
    tell("the embedded database is stopped" if is_stopped else "the embedded database did not run")


def _stop(place: Workplace) -> bool:
    from fks_desk.adapters.storage.embedded import EmbeddedServer  # noqa: PLC0415  see above

    if place.settings.database.url is not None:
        raise ConfigError(
            "FKS_DATABASE__URL names a server that is not ours to stop; stop it where it runs"
        )
    server = EmbeddedServer(place.folders.database)
    if not server.status().is_running:
        return False
    if not server.stop(only_if_idle=True):
        raise ConfigError("the database is in use; close the desk and other clients first")
    return True


def _wait_for(address: str, *, clock: Clock) -> None:
    """Wait until a server that was just started lets clients in."""
    from fks_desk.adapters.storage.revision import is_newest  # noqa: PLC0415  see above

    deadline = clock.monotonic() + _START_WITHIN_S
    while True:
        try:
            is_newest(address)
        except StorageUnavailable:
            if clock.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            return


async def _require_alone(url: str) -> None:
    from fks_desk.adapters.storage.database import Database  # noqa: PLC0415  see above

    database = Database(url, pool_size=1, name="fks-desk-restore")
    try:
        await database.open()
        clients = (await database.rows(_OTHERS))[0]["clients"]
    finally:
        await database.close()
    if clients:
        raise ConfigError(
            f"the database is in use by {clients} other connections; close the desk and other "
            "clients, then try again"
        )


def _tell_status(fields: dict[str, Any]) -> None:
    revision, newest = fields["revision"], fields["newest_revision"]
    state = "newest" if revision == newest else f"the newest is {newest}"
    extensions = ", ".join(f"{name} {version}" for name, version in fields["extensions"].items())
    tell(f"{'embedded ' if fields['embedded'] else ''}PostgreSQL {fields['server']}")
    tell(f"url         {fields['url']}")
    tell(f"revision    {f'{revision} ({state})' if revision else 'none: no desk was here yet'}")
    tell(f"extensions  {extensions}")
    tell(f"size        {fields['size_bytes'] / 1024**2:,.1f} MiB")
    rows = [(name, f"{count:,}") for name, count in fields["rows"].items() if count]
    tell_table(rows, numbers=frozenset({1}))
    if not rows:
        tell("no rows yet")


def _tell_backup(what: str, made: Backup, *, as_json: bool) -> None:
    if as_json:
        tell_json(
            {
                "folder": made.folder,
                "revision": made.revision,
                "created": made.created,
                "rows": made.rows,
                "tables": {table.label: table.rows for table in made.tables},
            }
        )
    else:
        tell(f"{what} {made.rows:,} rows of {len(made.tables)} tables: {made.folder}")
