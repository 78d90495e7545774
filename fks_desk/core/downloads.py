"""Name a download of history, what a person can do with it, and where it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from fks_desk.core.messages import Command, Event
from fks_desk.core.model import InstrumentId, Span, Timeframe

DownloadId = NewType("DownloadId", str)

UPDATE_JOB = "update_downloads"


class DownloadState(StrEnum):
    """Say where a download stands."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"


UNENDED = frozenset({DownloadState.WAITING, DownloadState.RUNNING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """Hold one series to fetch and how far it is.

    Everything before `reached` has been asked for. `fetched` counts candles that the
    exchange sent, `stored` those that were new or other than ours. A series that
    `keeps_up` is fetched again on schedule, from where it ended up to then.
    """

    id: DownloadId
    instrument: InstrumentId
    timeframe: Timeframe
    span: Span
    reached: datetime
    state: DownloadState = DownloadState.WAITING
    fetched: int = 0
    stored: int = 0
    keeps_up: bool = False
    note: str = ""
    queued: datetime
    updated: datetime

    def __post_init__(self) -> None:
        if not self.span.start <= self.reached <= self.span.end:
            raise ValueError(
                f"need start <= reached <= end, were {self.span.start}, {self.reached} "
                f"and {self.span.end}"
            )

    @property
    def fraction(self) -> float:
        """Return how much of the span has been asked for, from 0 to 1."""
        return (self.reached - self.span.start) / (self.span.end - self.span.start)

    @property
    def expected(self) -> int:
        """Return how many candles the whole span can have."""
        return int((self.span.end - self.span.start) / self.timeframe.delta)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDownloads(Command):
    """Fetch every instrument in every timeframe; without an end up to now.

    A series that is in the list already is extended to hold the new span too.
    """

    instruments: tuple[InstrumentId, ...]
    timeframes: tuple[Timeframe, ...]
    start: datetime
    end: datetime | None = None
    keeps_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseDownloads(Command):
    """Let these downloads rest where they are, also over a restart; none named means all."""

    ids: tuple[DownloadId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeDownloads(Command):
    """Go on with these downloads where they stand; none named means all."""

    ids: tuple[DownloadId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveDownloads(Command):
    """Take downloads off the list; candles that were stored stay."""

    ids: tuple[DownloadId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepUp(Command):
    """Fetch these series again on schedule, or no more."""

    ids: tuple[DownloadId, ...]
    wanted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadMoved(Event):
    """A download was queued, got further, paused, ended or failed."""

    download: Download

    @property
    def merge_key(self) -> object:
        """Return the download and its state, so that no change of state is lost."""
        return DownloadMoved, self.download.id, self.download.state


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadsRemoved(Event):
    """Downloads are no longer on the list."""

    ids: tuple[DownloadId, ...]


class DownloadReader(Protocol):
    """Read the list of downloads."""

    async def downloads(self) -> Sequence[Download]:
        """Return every download, the one queued first in front."""
        ...


class DownloadStore(DownloadReader, Protocol):
    """Keep the list of downloads, so that a restart goes on where they stood."""

    async def save_downloads(self, downloads: Sequence[Download]) -> None:
        """Insert or update downloads."""
        ...

    async def remove_downloads(self, ids: Sequence[DownloadId]) -> None:
        """Forget downloads; ids that are not known are left alone."""
        ...
