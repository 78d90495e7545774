"""Record prints and book changes of chosen instruments, and know beforehand what it costs."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from fks_desk.core.clock import Clock
from fks_desk.core.errors import DataError, FKSException
from fks_desk.core.messages import (
    BookMoved,
    FeedMoved,
    FeedState,
    MarketTraded,
    NoticeRaised,
    Severity,
)
from fks_desk.core.model import Instrument, InstrumentId
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import Publish
from fks_desk.core.recordings import (
    DeleteRecordings,
    Recorder,
    RecordersMoved,
    RecorderState,
    Recording,
    RecordingShelf,
    RecordingSink,
    RecordingsMoved,
    StartRecording,
    StopRecording,
)
from fks_desk.market.ticker_tape import TickerTape

log = logging.getLogger(__name__)

WRITE_EVERY_S = 2.0
NEW_FILE_AFTER = timedelta(hours=1)
USUAL_BYTES = 4.0  # a row, as packed files of liquid pairs have it
_ENOUGH_ROWS = 10_000  # of fewer, the file's own frame is most of the size
_DAY_S = 86_400.0
_RATED_OVER = 30  # rounds of writing, a minute

Load = Callable[[], Awaitable[Mapping[str, Any] | None]]  # JSON values
Save = Callable[[Mapping[str, Any]], Awaitable[Any]]  # what it returns is not asked for


class Recordings:
    """Own the recorders; every watched instrument is counted, the chosen ones are written.

    `lookup` finds an instrument or raises `DataError`; `load` and `save` keep the choice.
    """

    def __init__(
        self,
        *,
        shelf: RecordingShelf,
        lookup: Callable[[InstrumentId], Instrument],
        load: Load,
        save: Save,
        clock: Clock,
        publish: Publish,
    ) -> None:
        self._shelf = shelf
        self._lookup = lookup
        self._load = load
        self._save = save
        self._clock = clock
        self._publish = publish
        self._recorders: dict[InstrumentId, Recorder] = {}
        self._tapes: dict[InstrumentId, TickerTape] = {}
        self._rates: dict[InstrumentId, deque[tuple[float, int, float]]] = {}
        self._sinks: dict[InstrumentId, tuple[RecordingSink, datetime]] = {}
        self._notes: dict[InstrumentId, str] = {}
        self._stored: dict[InstrumentId, tuple[int, int]] = {}  # bytes and rows of closed files
        self._lock = asyncio.Lock()
        self._nursery = Nursery()

    async def open(self) -> None:
        """Pack what a crash left behind and go on with what was chosen."""
        try:
            await asyncio.to_thread(self._shelf.recover)
        except DataError as error:
            # Old recordings must not keep a desk from opening; they are tried the next time.
            log.warning("a recording stays as the last desk left it: %s", error)
        kept = await self._load() or {}
        for one in kept.get("recorders", ()):
            recorder = Recorder(
                instrument=InstrumentId(one["instrument"]),
                with_book=bool(one["with_book"]),
                keep=timedelta(seconds=float(one["keep_s"])),
            )
            self._recorders[recorder.instrument] = recorder
        await self._measure()
        self._nursery.start(self._write_for_ever(), name="write recordings")

    async def close(self) -> None:
        """Write what waits and pack the files."""
        await self._nursery.close()
        async with self._lock:
            await self._write()
            for name in list(self._sinks):
                await self._end(name)

    async def start(self, command: StartRecording) -> None:
        """Record an instrument from now on, or raise `DataError` if it is not known."""
        recorder = command.recorder
        self._lookup(recorder.instrument)
        async with self._lock:
            self._recorders[recorder.instrument] = recorder
            tape = self._tape(recorder.instrument)
            tape.is_on = True
            tape.begin()
            await self._keep_choice()
        self._tell()

    async def stop(self, command: StopRecording) -> None:
        """Record an instrument no longer; what was recorded stays."""
        async with self._lock:
            await self._write()
            self._recorders.pop(command.instrument, None)
            self._tape(command.instrument).is_on = False
            await self._end(command.instrument)
            await self._keep_choice()
        self._tell()

    async def delete(self, command: DeleteRecordings) -> None:
        """Remove files for good."""
        await asyncio.to_thread(self._shelf.delete, command.paths)
        await self._measure()

    async def clean(self) -> int:
        """Remove recordings that are older than their recorder keeps; return how many."""
        now = self._clock.now()
        old = [
            one.path
            for one in await asyncio.to_thread(self._shelf.all)
            if not one.is_growing
            and (recorder := self._recorders.get(one.instrument)) is not None
            and one.span.end < now - recorder.keep
        ]
        gone = await asyncio.to_thread(self._shelf.delete, old) if old else 0
        if gone:
            await self._measure()
        return gone

    async def recordings(self) -> Sequence[Recording]:
        """Return every recording, newest first."""
        return await asyncio.to_thread(self._shelf.all)

    async def recorders(self) -> Sequence[RecorderState]:
        """Return every instrument that is watched, recorded or not."""
        return self._states()

    def on_market_traded(self, event: MarketTraded) -> None:
        """Take a print."""
        self._tape(event.trade.instrument).trade(event.trade)

    def on_book_moved(self, event: BookMoved) -> None:
        """Take a book, of which only what changed is kept."""
        self._tape(event.book.instrument).book(event.book)

    def on_feed_moved(self, event: FeedMoved) -> None:
        """Begin a new book after a stream was lost: changes in between are not known."""
        if event.stream == "books" and event.state is FeedState.DOWN:
            self._tape(event.instrument).begin()

    def _tape(self, name: InstrumentId) -> TickerTape:
        tape = self._tapes.get(name)
        if tape is None:
            tape = self._tapes[name] = TickerTape(self._lookup(name))
            tape.is_on = name in self._recorders
        return tape

    async def _write_for_ever(self) -> None:
        while True:
            await asyncio.sleep(WRITE_EVERY_S)
            async with self._lock:
                await self._write()
            self._tell()

    async def _write(self) -> None:
        now = self._clock.monotonic()
        for name, tape in self._tapes.items():
            rows, prints, changes = tape.take(with_book=self._wants_book(name))
            self._rates.setdefault(name, deque(maxlen=_RATED_OVER)).append((now, prints, changes))
            if name in self._recorders and len(rows):
                is_new = name not in self._sinks
                try:
                    await asyncio.to_thread((await self._sink(name)).append, rows)
                    self._notes.pop(name, None)
                    if is_new:
                        self._publish(RecordingsMoved())
                except DataError as error:
                    self._fail(name, error)

    def _wants_book(self, name: InstrumentId) -> bool:
        recorder = self._recorders.get(name)
        return recorder is not None and recorder.with_book

    async def _sink(self, name: InstrumentId) -> RecordingSink:
        now = self._clock.now()
        known = self._sinks.get(name)
        if known is not None and now - known[1] < NEW_FILE_AFTER:
            return known[0]
        await self._end(name)
        sink = await asyncio.to_thread(self._shelf.open, self._lookup(name), now)
        self._sinks[name] = sink, now
        return sink

    async def _end(self, name: InstrumentId) -> None:
        known = self._sinks.pop(name, None)
        if known is None:
            return
        try:
            await asyncio.to_thread(known[0].close)
        except DataError as error:
            self._notes[name] = error.message
        # The next file starts with a whole book of its own.
        self._tape(name).begin()
        await self._measure()

    def _fail(self, name: InstrumentId, error: FKSException) -> None:
        if self._notes.get(name) != error.message:
            log.error("%s is not recorded: %s", name, error)
            self._publish(
                NoticeRaised(severity=Severity.ERROR, text=error.message, topic="recorder")
            )
        self._notes[name] = error.message

    async def _measure(self) -> None:
        stored: dict[InstrumentId, tuple[int, int]] = {}
        for one in await asyncio.to_thread(self._shelf.all):
            size, rows = stored.get(one.instrument, (0, 0))
            stored[one.instrument] = size + one.bytes, rows + one.prints + one.changes
        self._stored = stored
        self._publish(RecordingsMoved())

    async def _keep_choice(self) -> None:
        chosen = [
            {
                "instrument": one.instrument,
                "with_book": one.with_book,
                "keep_s": one.keep.total_seconds(),
            }
            for one in self._recorders.values()
        ]
        await self._save({"recorders": chosen})

    def _tell(self) -> None:
        self._publish(RecordersMoved(states=tuple(self._states())))

    def _states(self) -> list[RecorderState]:
        names = dict.fromkeys([*self._tapes, *self._recorders])
        return [self._state(name) for name in sorted(names)]

    def _state(self, name: InstrumentId) -> RecorderState:
        recorder = self._recorders.get(name)
        prints, changes = self._rate(name)
        size, rows = self._stored.get(name, (0, 0))
        each = size / rows if rows >= _ENOUGH_ROWS else USUAL_BYTES
        counted = prints + (changes if recorder is None or recorder.with_book else 0.0)
        return RecorderState(
            instrument=name,
            recorder=recorder,
            prints_per_s=prints,
            changes_per_s=changes,
            bytes_per_day=counted * each * _DAY_S,
            bytes_stored=size,
            note=self._notes.get(name, ""),
        )

    def _rate(self, name: InstrumentId) -> tuple[float, float]:
        rounds = self._rates.get(name)
        if not rounds or len(rounds) < 2:  # noqa: PLR2004  a rate needs two moments
            return 0.0, 0.0
        # What the first round counted came before its moment.
        seconds = rounds[-1][0] - rounds[0][0]
        prints = sum(one[1] for one in rounds) - rounds[0][1]
        changes = sum(one[2] for one in rounds) - rounds[0][2]
        return (prints / seconds, changes / seconds) if seconds > 0 else (0.0, 0.0)
