"""Decide what the import and export of candles shows and asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath

from PySide6.QtCore import QObject, Signal

from fks_desk.core.clock import Clock
from fks_desk.core.messages import (
    CancelTask,
    CandlesRepaired,
    EngineReady,
    StartTask,
    TaskMoved,
    TaskRecord,
    TaskState,
)
from fks_desk.core.model import InstrumentId, Timeframe
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import CandleReader, Send
from fks_desk.core.transfers import (
    EXPORT_JOB,
    IMPORT_JOB,
    ExportRequest,
    FileDesk,
    FileLayout,
    FilePreview,
    ImportRequest,
)
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models.data.wishes import Unreadable, read_moment, read_timeframes
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.text import tr

_JOBS = frozenset({IMPORT_JOB, EXPORT_JOB})
_AT_ONCE = 2  # previews, so that the window's other reads go on
_UNENDED = frozenset({TaskState.WAITING, TaskState.RUNNING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Say how far the import or export is; `task` is None when none is under way."""

    task: int | None = None
    fraction: float = 0.0
    text: str = ""
    has_failed: bool = False


class FilesModel(QObject):
    """Hold the files looked into, the series that can be written, and the transfer under way."""

    previews_changed = Signal(object)  # list[FilePreview]
    removed = Signal(object)  # list[str] of paths
    stored_changed = Signal()
    transfer_changed = Signal(object)  # Transfer
    notice_changed = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        *,
        files: FileDesk,
        candles: CandleReader,
        send: Send,
        clock: Clock,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._files = files
        self._candles = candles
        self._send = send
        self._clock = clock
        self._loader = Loader(nursery, self.failed.emit)
        self._previews: dict[str, FilePreview] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self.stored: Mapping[InstrumentId, Sequence[Timeframe]] = {}
        self.transfer = Transfer()

    def listen(self, bridge: Bridge) -> None:
        """Hear of transfers and of candles that came."""
        bridge.subscribe(TaskMoved, self.on_task_moved)
        bridge.subscribe(CandlesRepaired, self.on_candles_repaired)
        bridge.subscribe(EngineReady, lambda _event: self.load())

    def load(self) -> None:
        """Read what can be written."""
        self._loader.start(self._load_stored, name="read stored series")

    def add(self, place: str) -> None:
        """Look into a file, or into every candle file of a folder."""
        if not place.strip():
            self.notice_changed.emit(tr("Type the path of a file or folder, or press Ctrl+O."))
            return
        self.notice_changed.emit(tr("Looking into {name} …", name=PurePath(place).name or place))
        self._loader.start(lambda: self._find(place.strip()), name=f"look into {place}")

    def take_as(
        self, chosen: Sequence[FilePreview], exchange: str, symbol: str, timeframe: str
    ) -> None:
        """Look again, taking the files for what a person says they are."""
        try:
            frames = read_timeframes(timeframe) if timeframe.strip() else (None,)
        except Unreadable as error:
            self.notice_changed.emit(str(error))
            return
        for one in chosen:
            request = replace(
                one.request, exchange=exchange.strip(), symbol=symbol.strip(), timeframe=frames[0]
            )
            self._look(request)

    def remove(self, chosen: Sequence[FilePreview]) -> None:
        """Take files off the list; the files themselves stay."""
        paths = [one.request.path for one in chosen]
        for path in paths:
            self._previews.pop(path, None)
        self.removed.emit(paths)

    def import_files(self, chosen: Sequence[FilePreview]) -> None:
        """Import the chosen files, or all; those with a problem are left out."""
        wanted = [one for one in (chosen or self._previews.values()) if not one.problem]
        if not wanted:
            self.notice_changed.emit(tr("No file here can be imported yet: add one with Ctrl+O."))
            return
        arguments = {"files": [one.request.arguments() for one in wanted]}
        self._begin(StartTask(job=IMPORT_JOB, arguments=arguments))
        self.notice_changed.emit(tr("Importing {count} files …", count=len(wanted)))

    def export(
        self,
        instrument: InstrumentId | None,
        timeframe: Timeframe | None,
        layout: FileLayout,
        span: tuple[str, str],
        target: str,
    ) -> None:
        """Write stored candles in a layout."""
        if instrument is None or timeframe is None:
            self.notice_changed.emit(tr("Nothing is stored yet: import or download candles first."))
            return
        try:
            start = self._moment(span[0], tr("From"))
            end = self._moment(span[1], tr("To"))
        except Unreadable as error:
            self.notice_changed.emit(str(error))
            return
        request = ExportRequest(
            instrument=instrument,
            timeframe=timeframe,
            layout=layout,
            target=target.strip() or ".",
            start=start,
            end=end,
        )
        self._begin(StartTask(job=EXPORT_JOB, arguments=request.arguments()))
        self.notice_changed.emit(tr("Exporting …"))

    def cancel(self) -> None:
        """Stop the transfer under way; a file half read is not stored."""
        if self.transfer.task is None:
            self.notice_changed.emit(tr("Nothing is under way."))
        else:
            self._send(CancelTask(task=self.transfer.task))

    def on_task_moved(self, event: TaskMoved) -> None:
        """Show how far a transfer is, and look again at files once it ended."""
        record = event.record
        if record.job not in _JOBS:
            return
        is_under_way = record.state in _UNENDED
        self.transfer = Transfer(
            task=record.task if is_under_way else None,
            fraction=record.progress,
            text=_words(record),
            has_failed=record.state is TaskState.FAILED,
        )
        self.transfer_changed.emit(self.transfer)
        if not is_under_way:
            self.load()
            if record.job == IMPORT_JOB:
                for preview in self._previews.values():
                    self._look(preview.request)

    def on_candles_repaired(self, event: CandlesRepaired) -> None:
        """Offer a series that came for the first time."""
        if event.timeframe not in self.stored.get(event.instrument, ()):
            self.load()

    def _begin(self, command: StartTask) -> None:
        self.transfer = Transfer(text=tr("waiting for its turn …"))
        self.transfer_changed.emit(self.transfer)
        self._send(command)

    def _moment(self, text: str, title: str) -> datetime | None:
        return read_moment(text, self._clock.now(), title) if text.strip() else None

    def _look(self, request: ImportRequest) -> None:
        self._loader.start(lambda: self._preview(request), name=f"preview {request.path}")

    async def _find(self, place: str) -> None:
        paths = await self._files.found(place)
        self.notice_changed.emit(tr("{count} files found.", count=len(paths)))
        for path in paths:
            self._look(ImportRequest(path=path))

    async def _preview(self, request: ImportRequest) -> None:
        async with self._slots:
            preview = await self._files.preview(request)
        self._previews[request.path] = preview
        self.previews_changed.emit([preview])

    async def _load_stored(self) -> None:
        found: dict[InstrumentId, list[Timeframe]] = {}
        for instrument, timeframe, _count in await self._candles.stored():
            found.setdefault(instrument, []).append(timeframe)
        self.stored = found
        self.stored_changed.emit()


def _words(record: TaskRecord) -> str:
    """Return how a transfer is, or how it ended, in one sentence."""
    if record.state in _UNENDED:
        return record.note or tr("waiting for its turn …")
    if record.state is TaskState.FAILED:
        return record.error.strip().splitlines()[-1] if record.error.strip() else tr("It failed.")
    if record.state is TaskState.CANCELED:
        return tr("Stopped; files that were imported before stay.")
    result = record.result
    if record.job == EXPORT_JOB:
        files = result.get("files", [])
        return tr(
            "{count} candles written to {file}",
            count=f"{result.get('candles', 0):,}",
            file=", ".join(files[:3]),
        )
    refused = result.get("refused", [])
    text = tr(
        "{files} files: {inserted} new, {revised} revised, {unchanged} unchanged",
        **{
            name: f"{result.get(name, 0):,}"
            for name in ("files", "inserted", "revised", "unchanged")
        },
    )
    return f"{text}; {refused[0]}" if refused else text
