"""Decide what the recorder shows: what could be recorded, what is, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from PySide6.QtCore import QObject, Signal

from fks_desk.core.messages import EngineReady
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import Send
from fks_desk.core.recordings import (
    DeleteRecordings,
    Recorder,
    RecordersMoved,
    RecorderState,
    Recording,
    RecordingReader,
    RecordingsMoved,
    ReplayRecording,
    StartRecording,
    StopRecording,
)
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models.data.storage import size_text
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.text import tr

USUAL_DAYS = "7"


class RecorderModel(QObject):
    """Keep the newest state of each instrument and the list of recordings."""

    states_changed = Signal(object)  # list[RecorderState]
    recordings_changed = Signal(object)  # list[Recording]
    summary_changed = Signal(str)
    confirm_wanted = Signal(str, object)  # a sentence, and the recordings it is about
    notice_changed = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        *,
        recordings: RecordingReader,
        send: Send,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._reader = recordings
        self._send = send
        self._loader = Loader(nursery, self.failed.emit)
        self.states: list[RecorderState] = []

    def listen(self, bridge: Bridge) -> None:
        """Hear what is recorded."""
        bridge.subscribe(RecordersMoved, self.on_recorders_moved)
        bridge.subscribe(RecordingsMoved, lambda _event: self._read_recordings())
        bridge.subscribe(EngineReady, lambda _event: self.load())

    def load(self) -> None:
        """Read what is recorded and what could be."""
        self._loader.start(self._load_states, name="read recorders")
        self._read_recordings()

    def toggle(self, state: RecorderState | None, days: str, *, with_book: bool) -> None:
        """Record an instrument from now on, or no longer."""
        if state is None:
            self.notice_changed.emit(tr("Choose an instrument with the arrow keys."))
        elif state.recorder is not None:
            self._send(StopRecording(instrument=state.instrument))
            self.notice_changed.emit(tr("Stopped; what was recorded stays."))
        else:
            self._start(state, days, with_book=with_book)

    def ask_delete(self, chosen: Sequence[Recording]) -> None:
        """Ask for a confirmation before files go for good."""
        ended = [one for one in chosen if not one.is_growing]
        if not ended:
            self.notice_changed.emit(tr("Choose a finished recording with the arrow keys."))
            return
        total = size_text(sum(one.bytes for one in ended))
        text = tr("{count} recordings with {size} go for good.", count=len(ended), size=total)
        self.confirm_wanted.emit(text, ended)

    def delete(self, chosen: Sequence[Recording]) -> None:
        """Remove files, now that a person agreed."""
        self._send(DeleteRecordings(paths=tuple(one.path for one in chosen)))

    def replay(self, one: Recording | None) -> None:
        """Open a finished recording in a desk of its own."""
        if one is None or one.is_growing:
            self.notice_changed.emit(tr("Choose a finished recording with the arrow keys."))
            return
        self._send(ReplayRecording(path=one.path))
        self.notice_changed.emit(tr("It opens in a window of its own; this takes a moment."))

    def on_recorders_moved(self, event: RecordersMoved) -> None:
        """Show what is recorded now."""
        self._take(event.states)

    def _start(self, state: RecorderState, days: str, *, with_book: bool) -> None:
        try:
            keep = timedelta(days=float(days.strip()))
            recorder = Recorder(instrument=state.instrument, with_book=with_book, keep=keep)
        except (ValueError, OverflowError):
            text = tr("Keep is a number of days such as 7, was {text}.", text=repr(days))
            self.notice_changed.emit(text)
            return
        self._send(StartRecording(recorder=recorder))
        self.notice_changed.emit(
            tr(
                "Recording; about {size} a day, {total} until the oldest goes.",
                size=size_text(state.bytes_per_day),
                total=size_text(state.bytes_per_day * keep.total_seconds() / 86_400),
            )
        )

    def _take(self, states: Sequence[RecorderState]) -> None:
        self.states = list(states)
        self.states_changed.emit(self.states)
        active = [one for one in states if one.recorder is not None]
        kept = sum(
            one.bytes_per_day * one.recorder.keep.total_seconds() / 86_400
            for one in active
            if one.recorder is not None
        )
        self.summary_changed.emit(
            tr(
                "{count} recorded · {size} stored · about {day} a day, {kept} kept at most",
                count=len(active),
                size=size_text(sum(one.bytes_stored for one in states)),
                day=size_text(sum(one.bytes_per_day for one in active)),
                kept=size_text(kept),
            )
        )

    def _read_recordings(self) -> None:
        self._loader.start(self._load_recordings, name="read recordings")

    async def _load_states(self) -> None:
        self._take(await self._reader.recorders())

    async def _load_recordings(self) -> None:
        self.recordings_changed.emit(list(await self._reader.recordings()))
