"""Move the desk between the embedded server, the container and any other server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fks_desk.adapters.storage.embedded import EmbeddedServer
from fks_desk.adapters.storage.moving import Move, TellRows, move_database
from fks_desk.app.container import WORD, container_url
from fks_desk.app.folders import Folders
from fks_desk.backtest import study_schema
from fks_desk.core.clock import Clock
from fks_desk.core.job import CancelToken
from fks_desk.tasks import schema as queue_schema

EMBEDDED = "embedded"
SCHEMAS = {
    queue_schema.SCHEMA: queue_schema.prepare_queue,
    study_schema.SCHEMA: study_schema.prepare_studies,
}


@contextmanager
def reached_target(place: str, folders: Folders) -> Iterator[str]:
    """Lend the URL of the place to move to: `embedded`, `container` or a URL."""
    if place == WORD:
        yield container_url(folders)
    elif place != EMBEDDED:
        yield place
    else:
        server = EmbeddedServer(folders.database)
        server.start()
        try:
            yield server.url
        finally:
            server.stop(only_if_idle=True)


def move_desk(
    source: str,
    target: str,
    *,
    clock: Clock,
    progress: TellRows,
    replace_into: Path | None,
    cancel: CancelToken | None = None,
) -> Move:
    """Bring the desk's rows, its task queue and its studies over; block until done."""
    return move_database(
        source,
        target,
        clock=clock,
        schemas=SCHEMAS,
        progress=progress,
        cancel=cancel or CancelToken(),
        replace_into=replace_into,
    )


def next_step(place: str, settings_file: Path) -> str:
    """Return what makes the desk use the place it was moved to."""
    if place == EMBEDDED:
        return (
            "leave FKS_DATABASE__URL and database.url out to use the embedded database from now on"
        )
    word = WORD if place == WORD else "the URL"
    value = WORD if place == WORD else "..."
    return (
        f'set FKS_DATABASE__URL to {word}, or write url = "{value}" under [database] in '
        f"{settings_file}, to use it from now on"
    )
