"""Keep the list of downloads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fks_desk.adapters.storage.database import Database
from fks_desk.core.downloads import Download, DownloadId, DownloadState
from fks_desk.core.model import InstrumentId, Span, Timeframe

_SAVE = """
INSERT INTO downloads (
    id, instrument, timeframe, span_start, span_end, reached, state, fetched, stored, keeps_up,
    note, queued, updated
) VALUES (
    %(id)s, %(instrument)s, %(timeframe)s, %(span_start)s, %(span_end)s, %(reached)s, %(state)s,
    %(fetched)s, %(stored)s, %(keeps_up)s, %(note)s, %(queued)s, %(updated)s
)
ON CONFLICT (id) DO UPDATE SET
    span_start = excluded.span_start, span_end = excluded.span_end, reached = excluded.reached,
    state = excluded.state, fetched = excluded.fetched, stored = excluded.stored,
    keeps_up = excluded.keeps_up, note = excluded.note, updated = excluded.updated
"""
_ALL = "SELECT * FROM downloads ORDER BY queued, id"
_REMOVE = "DELETE FROM downloads WHERE id = ANY(%s)"


class DownloadTable:
    """Write each step of a download, so that a restart goes on with the next."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def downloads(self) -> Sequence[Download]:
        """Return every download, the one queued first in front."""
        return [_download(row) for row in await self._database.rows(_ALL)]

    async def save_downloads(self, downloads: Sequence[Download]) -> None:
        """Insert or update downloads."""
        async with self._database.writing() as connection:
            for one in downloads:
                await connection.execute(_SAVE, _fields(one))

    async def remove_downloads(self, ids: Sequence[DownloadId]) -> None:
        """Forget downloads; ids that are not known are left alone."""
        async with self._database.writing() as connection:
            await connection.execute(_REMOVE, [list(ids)])


def _fields(one: Download) -> dict[str, Any]:
    return {
        "id": one.id,
        "instrument": one.instrument,
        "timeframe": one.timeframe.value,
        "span_start": one.span.start,
        "span_end": one.span.end,
        "reached": one.reached,
        "state": one.state.value,
        "fetched": one.fetched,
        "stored": one.stored,
        "keeps_up": one.keeps_up,
        "note": one.note,
        "queued": one.queued,
        "updated": one.updated,
    }


def _download(row: dict[str, Any]) -> Download:
    return Download(
        id=DownloadId(row["id"]),
        instrument=InstrumentId(row["instrument"]),
        timeframe=Timeframe(row["timeframe"]),
        span=Span(start=row["span_start"], end=row["span_end"]),
        reached=row["reached"],
        state=DownloadState(row["state"]),
        fetched=row["fetched"],
        stored=row["stored"],
        keeps_up=row["keeps_up"],
        note=row["note"],
        queued=row["queued"],
        updated=row["updated"],
    )
