"""Look into candle files, bring them in and write candles out, for the window and the tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from fks_desk.adapters.files.layouts import Series, write_series
from fks_desk.adapters.files.reading import CandleFile
from fks_desk.adapters.files.sheets import open_sheet
from fks_desk.adapters.files.writing import write_bytes, write_rows
from fks_desk.adapters.storage.stores import Stores
from fks_desk.app.candle_import import ImportWish, read_file, store_file, wish_of
from fks_desk.app.import_report import ImportReport
from fks_desk.app.stored_candles import stored_frame, stored_span
from fks_desk.core.clock import Clock
from fks_desk.core.errors import DataError, FKSException
from fks_desk.core.frame import Frame
from fks_desk.core.job import Arguments, Job, JobContext, Queue
from fks_desk.core.messages import CandlesRepaired
from fks_desk.core.ports import CandleReader, Publish, WriteCount
from fks_desk.core.transfers import (
    EXPORT_JOB,
    IMPORT_JOB,
    ExportRequest,
    FilePreview,
    ImportRequest,
)

CANDLE_FILES = (".csv", ".csv.gz", ".zip", ".feather", ".parquet", ".json", ".json.gz", ".txt")
MOST_FILES = 2_000
_HEAD = 8
_DEADLINE_S = 6 * 3600.0
_NOTHING_YET = WriteCount(inserted=0, revised=0, unchanged=0)
# What bots keep beside candles.
_NO_CANDLES = ("-funding_rate", "-mark", "-trades", "-index", "-premiumIndex")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTransfers:
    """Own what the window can do with files; exports without a folder go to `exports`."""

    stores: Stores
    clock: Clock
    exports: Path
    publish: Publish

    async def found(self, place: str) -> Sequence[str]:
        """Return the candle files of a folder and those below it, or the file itself."""
        return await asyncio.to_thread(found_files, Path(place))

    async def preview(self, request: ImportRequest) -> FilePreview:
        """Return what a file has and what importing it would do; a fault is told, not raised."""
        preview = await asyncio.to_thread(_with_head, FilePreview(request=request))
        if preview.problem:
            return preview
        try:
            wish = _wish(request)
            preview = replace(preview, instrument=wish.instrument)
            file = await read_file(wish, self.clock)
        except FKSException as error:
            return replace(preview, problem=error.message)
        found = _found_in(file, wish, preview)
        return await _compared(found, file, self.stores.candles)

    async def write_table(
        self, name: str, columns: Sequence[str], rows: Sequence[Sequence[object]]
    ) -> str:
        """Write rows to a file of that name among the exports and return its path."""
        path = self.exports / Path(name).name
        records = [dict(zip(columns, row, strict=True)) for row in rows]
        await asyncio.to_thread(write_rows, path, records)
        return str(path)

    async def write_bytes(self, name: str, content: bytes) -> str:
        """Write a whole file of that name among the exports and return its path."""
        path = self.exports / Path(name).name
        await asyncio.to_thread(write_bytes, path, content)
        return str(path)

    def jobs(self) -> list[Job]:
        """Return the import and the export as background work."""
        return [
            Job(
                name=IMPORT_JOB,
                title="Import candle files",
                queue=Queue.DEFAULT,
                run=self.import_files,
                deadline_s=_DEADLINE_S,
            ),
            Job(
                name=EXPORT_JOB,
                title="Export candles",
                queue=Queue.DEFAULT,
                run=self.export_candles,
                deadline_s=_DEADLINE_S,
            ),
        ]

    async def import_files(self, context: JobContext, arguments: Arguments) -> Mapping[str, Any]:
        """Import each file, whole or not at all; one that is refused does not stop the others."""
        requests = [ImportRequest.read(one) for one in arguments.get("files", ())]
        result: dict[str, Any] = {"files": 0, "inserted": 0, "revised": 0, "unchanged": 0}
        refused: list[str] = []
        for done, request in enumerate(requests):
            if context.cancel.is_cancelled:
                break
            context.progress(done / len(requests), Path(request.path).name)
            try:
                report = await self._import(request)
            except DataError as error:
                refused.append(error.message)
                continue
            result["files"] += 1
            for name in ("inserted", "revised", "unchanged"):
                result[name] += getattr(report.count, name)
        if refused and not result["files"]:
            raise DataError("; ".join(refused))
        return {**result, "refused": refused}

    async def export_candles(self, context: JobContext, arguments: Arguments) -> Mapping[str, Any]:
        """Write stored candles in a layout; an older file of that name is replaced."""
        request = ExportRequest.read(arguments)
        reader = self.stores.candles
        span = await stored_span(
            reader, request.instrument, request.timeframe, request.start, request.end
        )
        context.progress(0.1, "reading candles")
        frame = await stored_frame(reader, request.instrument, request.timeframe, span)
        context.progress(0.5, f"writing {len(frame):,} candles")
        series = Series(instrument=request.instrument, timeframe=request.timeframe, frame=frame)
        target = self.exports / request.target
        paths = await asyncio.to_thread(write_series, series, request.layout, target)
        return {"candles": len(frame), "files": [str(path) for path in paths]}

    async def _import(self, request: ImportRequest) -> ImportReport:
        wish = _wish(request)
        file = await read_file(wish, self.clock)
        count = await store_file(self.stores, wish, file)
        report = ImportReport(instrument=wish.instrument, file=file, count=count)
        if report.span is not None and count.inserted + count.revised:
            self.publish(
                CandlesRepaired(
                    instrument=wish.instrument,
                    timeframe=file.timeframe,
                    span=report.span,
                    count=count.inserted + count.revised,
                )
            )
        return report


def found_files(place: Path) -> list[str]:
    """Return the candle files at a place, or raise `DataError` if there are none."""
    place = place.expanduser()
    if place.is_file():
        return [str(place)]
    if not place.is_dir():
        raise DataError(f"there is no file or folder {place}; check the path")
    files = sorted(
        str(path)
        for path in place.rglob("*")
        if path.name.lower().endswith(CANDLE_FILES)
        and not any(word in path.name for word in _NO_CANDLES)
        and path.is_file()
    )
    if not files:
        raise DataError(f"no candle file lies in {place} (wanted are {', '.join(CANDLE_FILES)})")
    if len(files) > MOST_FILES:
        raise DataError(f"{place} holds {len(files):,} files; choose a folder further down")
    return files


def _wish(request: ImportRequest) -> ImportWish:
    return wish_of(
        Path(request.path),
        exchange=request.exchange or None,
        symbol=request.symbol or None,
        timeframe=request.timeframe,
    )


def _with_head(preview: FilePreview) -> FilePreview:
    try:
        columns, rows = open_sheet(Path(preview.request.path)).head(_HEAD)
    except FKSException as error:
        return replace(preview, problem=error.message)
    return replace(preview, columns=columns, head=rows)


def _found_in(file: CandleFile, wish: ImportWish, preview: FilePreview) -> FilePreview:
    notes = (*file.notes, *([wish.doubt] if wish.doubt else []))
    frame = file.frame
    report = ImportReport(instrument=wish.instrument, file=file, count=_NOTHING_YET)
    return replace(
        preview,
        format=file.format,
        timeframe=file.timeframe,
        span=report.span,
        rows=file.rows,
        candles=len(frame),
        duplicates=file.duplicates,
        gaps=len(file.gaps),
        missing=file.missing,
        left_out=len(file.rejected),
        notes=notes,
    )


async def _compared(preview: FilePreview, file: CandleFile, reader: CandleReader) -> FilePreview:
    """Return the preview with what storing the candles would change."""
    if preview.span is None or preview.instrument is None:
        return preview
    stored = await reader.range(preview.instrument, file.timeframe, preview.span)
    fresh, revised, unchanged = changes(stored, file.frame)
    return replace(preview, fresh=fresh, revised=revised, unchanged=unchanged)


def changes(stored: Frame, coming: Frame) -> tuple[int, int, int]:
    """Return how many of the coming candles are new, other than stored, and the same."""
    _, ours, theirs = np.intersect1d(
        stored.time, coming.time, assume_unique=True, return_indices=True
    )
    same = np.ones(ours.size, dtype=np.bool_)
    for name in ("open", "high", "low", "close", "volume"):
        same &= getattr(stored, name)[ours] == getattr(coming, name)[theirs]
    unchanged = int(np.count_nonzero(same))
    return len(coming) - ours.size, ours.size - unchanged, unchanged
