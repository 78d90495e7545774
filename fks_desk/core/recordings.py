"""Name a recording of prints and book changes, and what a person can do with it.

Rows are whole ticks and lots in order of arrival. A *recorder* is the wish to record one
instrument; a *recording* is one file of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fks_desk.core.messages import Command, Event
from fks_desk.core.model import Instrument, InstrumentId, Span

CLEAN_RECORDINGS_JOB = "clean_recordings"
SHORTEST_KEEP = timedelta(hours=1)


class RowKind(IntEnum):
    """Say what a row tells: a print by its taker's side, a level's new size, or a new book."""

    BOUGHT = 0
    SOLD = 1
    BID = 2
    ASK = 3
    BOOK = 4  # forget every level: what follows is the whole book


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecordedRows:
    """Hold rows column by column, all arrays of one length, oldest first.

    `time` is the venue's moment in microseconds since 1970, `price` in ticks, `size` in
    lots; a level of size zero is gone.
    """

    time: NDArray[np.int64]
    kind: NDArray[np.int8]
    price: NDArray[np.int64]
    size: NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.time.size)

    @property
    def prints(self) -> NDArray[np.bool_]:
        """Return which rows are prints."""
        return self.kind <= RowKind.SOLD


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecordedTape:
    """Hold a whole recording with the steps that its numbers count in."""

    instrument: InstrumentId
    tick: Decimal
    lot: Decimal
    rows: RecordedRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """Say what to record of an instrument and for how long to keep it."""

    instrument: InstrumentId
    with_book: bool = True
    keep: timedelta = timedelta(days=7)

    def __post_init__(self) -> None:
        if self.keep < SHORTEST_KEEP:
            raise ValueError(f"a recording is kept for an hour or more, was {self.keep}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Describe one file; one that `is_growing` is being written."""

    path: str
    instrument: InstrumentId
    span: Span
    prints: int
    changes: int
    bytes: int
    is_growing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderState:
    """Say how much an instrument tells and what recording it costs, on or not.

    The forecast counts the rows of the last minute at the size that rows had on disk.
    """

    instrument: InstrumentId
    recorder: Recorder | None
    prints_per_s: float
    changes_per_s: float
    bytes_per_day: float
    bytes_stored: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRecording(Command):
    """Record an instrument from now on, also after a restart."""

    recorder: Recorder


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRecording(Command):
    """Record an instrument no longer; what was recorded stays."""

    instrument: InstrumentId


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRecordings(Command):
    """Remove files for good."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRecording(Command):
    """Open a recording in a desk of its own; `speed` is market seconds per second."""

    path: str
    speed: float = 1.0

    def __post_init__(self) -> None:
        if self.speed <= 0:
            raise ValueError(f"a replay needs a speed above zero, was {self.speed}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordersMoved(Event):
    """What is recorded, or what it costs, changed."""

    states: tuple[RecorderState, ...]

    @property
    def merge_key(self) -> object:
        """Return one key: only the newest states matter."""
        return RecordersMoved


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingsMoved(Event):
    """A recording was begun, ended or removed; whoever shows them reads them again."""

    @property
    def merge_key(self) -> object:
        """Return one key: one look finds all."""
        return RecordingsMoved


class RecordingReader(Protocol):
    """Read what is recorded."""

    async def recordings(self) -> Sequence[Recording]:
        """Return every recording, newest first."""
        ...

    async def recorders(self) -> Sequence[RecorderState]:
        """Return every instrument that is watched, recorded or not."""
        ...


class RecordingSink(Protocol):
    """Take rows of one instrument into one file; blocks."""

    def append(self, rows: RecordedRows) -> int:
        """Write rows such that a crash loses none of them, and return the file's size."""
        ...

    def close(self) -> Recording:
        """Pack the file and return what it became."""
        ...


class RecordingShelf(Protocol):
    """Keep recordings as files; every call blocks."""

    def recover(self) -> int:
        """Pack what an earlier process left growing; return how many files."""
        ...

    def open(self, instrument: Instrument, began: datetime) -> RecordingSink:
        """Begin a file."""
        ...

    def all(self) -> Sequence[Recording]:
        """Return every recording, newest first."""
        ...

    def delete(self, paths: Sequence[str]) -> int:
        """Remove recordings, and only recordings; return how many."""
        ...
