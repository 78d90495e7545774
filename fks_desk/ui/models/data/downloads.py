"""Decide what the download manager shows and asks for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from PySide6.QtCore import QObject, Signal

from fks_desk.core.clock import Clock
from fks_desk.core.downloads import (
    UNENDED,
    Download,
    DownloadId,
    DownloadMoved,
    DownloadReader,
    DownloadsRemoved,
    DownloadState,
    KeepUp,
    PauseDownloads,
    QueueDownloads,
    RemoveDownloads,
    ResumeDownloads,
)
from fks_desk.core.messages import EngineReady
from fks_desk.core.model import VenueId
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import Send
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.data.wishes import (
    Unreadable,
    read_moment,
    read_symbols,
    read_timeframes,
)
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.text import tr

_RATED_S = 3.0  # a rate over less says little


class DownloadsModel(QObject):
    """Keep the list of downloads and turn typed wishes into commands."""

    moved = Signal(object)  # list[Download]
    removed = Signal(object)  # tuple[DownloadId, ...]
    summary_changed = Signal(str)
    notice_changed = Signal(str)
    carried_out = Signal(str)  # what was done, which is no warning
    failed = Signal(str)

    def __init__(
        self,
        *,
        venue: VenueId,
        market: MarketModel,
        downloads: DownloadReader,
        send: Send,
        clock: Clock,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.venue = venue
        self._market = market
        self._reader = downloads
        self._send = send
        self._clock = clock
        self._loader = Loader(nursery, self.failed.emit)
        self._all: dict[DownloadId, Download] = {}
        self._begun: tuple[float, int] | None = None  # when the work began, and candles then

    def listen(self, bridge: Bridge) -> None:
        """Hear how downloads do."""
        bridge.subscribe(DownloadMoved, self.on_download_moved)
        bridge.subscribe(DownloadsRemoved, self.on_downloads_removed)
        bridge.subscribe(EngineReady, lambda _event: self.load())

    def load(self) -> None:
        """Read the list."""
        self._loader.start(self._load, name="read downloads")

    def queue(self, symbols: str, timeframes: str, start: str, end: str, keeps_up: bool) -> bool:
        """Ask for every symbol in every interval; tell what is wrong instead if something is."""
        now = self._clock.now()
        try:
            command = QueueDownloads(
                instruments=read_symbols(symbols, self._market.instruments(), self.venue),
                timeframes=read_timeframes(timeframes),
                start=read_moment(start, now, tr("From")),
                end=read_moment(end, now, tr("To")) if end.strip() else None,
                keeps_up=keeps_up,
            )
        except Unreadable as error:
            self.notice_changed.emit(str(error))
            return False
        if command.end is not None and command.end <= command.start:
            self.notice_changed.emit(tr("The range ends before it begins."))
            return False
        count = len(command.instruments) * len(command.timeframes)
        self.carried_out.emit(tr("{count} series queued.", count=count))
        self._send(command)
        return True

    def pause(self, chosen: Sequence[Download]) -> None:
        """Let downloads rest; none chosen means all."""
        self._send(PauseDownloads(ids=tuple(one.id for one in chosen)))

    def resume(self, chosen: Sequence[Download]) -> None:
        """Go on with downloads; none chosen means all."""
        self._send(ResumeDownloads(ids=tuple(one.id for one in chosen)))

    def remove(self, chosen: Sequence[Download]) -> None:
        """Take downloads off the list."""
        if not chosen:
            self.notice_changed.emit(tr("Choose a download with the arrow keys."))
            return
        self.carried_out.emit(tr("Taken off the list; stored candles stay."))
        self._send(RemoveDownloads(ids=tuple(one.id for one in chosen)))

    def keep_up(self, chosen: Sequence[Download]) -> None:
        """Fetch series again each hour, or no more if all of them are."""
        if not chosen:
            self.notice_changed.emit(tr("Choose a download with the arrow keys."))
            return
        wanted = not all(one.keeps_up for one in chosen)
        self.carried_out.emit(
            tr("Kept up to date each hour.") if wanted else tr("No longer kept up to date.")
        )
        self._send(KeepUp(ids=tuple(one.id for one in chosen), wanted=wanted))

    def on_download_moved(self, event: DownloadMoved) -> None:
        """Show a download's new state."""
        self._take([event.download])

    def on_downloads_removed(self, event: DownloadsRemoved) -> None:
        """Take rows out."""
        for name in event.ids:
            self._all.pop(name, None)
        self.removed.emit(event.ids)
        self.summary_changed.emit(self.summary())

    def summary(self) -> str:
        """Return how far everything is, how fast it goes and how long it may take."""
        every = list(self._all.values())
        if not every:
            return ""
        done = sum(one.state is DownloadState.DONE for one in every)
        stored = sum(one.stored for one in every)
        text = tr(
            "{done} of {all} series done · {stored} candles stored",
            done=done,
            all=len(every),
            stored=f"{stored:,}",
        )
        return f"{text}{self._pace(every)}"

    def _pace(self, every: Sequence[Download]) -> str:
        if not any(one.state in UNENDED for one in every):
            self._begun = None
            return ""
        fetched, now = sum(one.fetched for one in every), self._clock.monotonic()
        if self._begun is None:
            self._begun = (now, fetched)
        seconds, candles = now - self._begun[0], fetched - self._begun[1]
        if seconds < _RATED_S or candles <= 0:
            return ""
        left = sum(one.expected * (1 - one.fraction) for one in every if one.state in UNENDED)
        rate = candles / seconds
        return tr(
            " · {rate} candles/s · about {left} left",
            rate=f"{rate:,.0f}",
            left=fmt.duration(timedelta(seconds=left / rate)),
        )

    def _take(self, downloads: Sequence[Download]) -> None:
        self._all.update({one.id: one for one in downloads})
        self.moved.emit(list(downloads))
        self.summary_changed.emit(self.summary())

    async def _load(self) -> None:
        self._take(list(await self._reader.downloads()))
