"""Fetch long histories one page at a time, and go on after any interruption."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from fks_desk.core.clock import Clock
from fks_desk.core.downloads import (
    UNENDED,
    Download,
    DownloadId,
    DownloadMoved,
    DownloadsRemoved,
    DownloadState,
    DownloadStore,
    KeepUp,
    PauseDownloads,
    QueueDownloads,
    RemoveDownloads,
    ResumeDownloads,
)
from fks_desk.core.errors import DataError, FKSException
from fks_desk.core.messages import CandlesRepaired
from fks_desk.core.model import Candle, Instrument, InstrumentId, Span, Timeframe, VenueId
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import CandleReader, CandleWriter, HistorySource, Publish
from fks_desk.market.gaps import find_missing
from fks_desk.resilience.retry import Waits, retry

log = logging.getLogger(__name__)

PAGE = 1000  # candles
AT_ONCE = 2  # downloads; the exchange's budget, not the line, is what limits them
_ASKED_AGAIN = 3  # candles
_LOOKED_AT = 200_000  # candles whose presence is looked up in one read


class Downloads:
    """Work through a list of downloads.

    `lookup` finds an instrument or raises `DataError`; `held_s` tells for how many
    seconds the exchange wants no more requests, for the person who waits. Requests
    pass the same weight budget as every other of the desk's, inside `sources`.
    """

    def __init__(
        self,
        *,
        sources: Mapping[VenueId, HistorySource],
        lookup: Callable[[InstrumentId], Instrument],
        reader: CandleReader,
        writer: CandleWriter,
        store: DownloadStore,
        clock: Clock,
        publish: Publish,
        held_s: Callable[[VenueId], float] = lambda _venue: 0.0,
        market_now: Callable[[], datetime | None] = lambda: None,
        waits: Waits | None = None,
    ) -> None:
        self._sources = sources
        self._lookup = lookup
        self._reader = reader
        self._writer = writer
        self._store = store
        self._clock = clock
        self._publish = publish
        self._held_s = held_s
        self._market_now = market_now
        self._waits = waits or Waits(first_s=2.0, longest_s=60.0)
        self._all: dict[DownloadId, Download] = {}
        self._running: dict[DownloadId, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._nursery = Nursery()

    async def open(self) -> None:
        """Read the list and go on with what was not ended."""
        self._all = {one.id: one for one in await self._store.downloads()}
        for one in self._all.values():
            if one.state in UNENDED:
                self._start(one.id)

    async def close(self) -> None:
        """Stop; what has been fetched is stored and known."""
        await self._nursery.close()

    async def downloads(self) -> Sequence[Download]:
        """Return every download, the one queued first in front."""
        return sorted(self._all.values(), key=lambda one: (one.queued, one.id))

    async def queue(self, command: QueueDownloads) -> None:
        """Take series to fetch, or raise `DataError` if one of them cannot be had."""
        now = self._clock.now()
        end = command.end or self._market_now() or now
        for name in command.instruments:
            if self._lookup(name).venue not in self._sources:
                raise DataError(f"no history can be fetched from {name.partition(':')[0]}")
        if command.start >= end:
            raise DataError(
                f"a download needs a start before its end, were {command.start:%Y-%m-%d %H:%M} "
                f"and {end:%Y-%m-%d %H:%M}"
            )
        for name in command.instruments:
            for timeframe in command.timeframes:
                await self._queue_one(
                    name, timeframe, _whole(command.start, end, timeframe), command
                )

    async def pause(self, command: PauseDownloads) -> None:
        """Let downloads rest where they are."""
        for one in self._named(command.ids):
            if one.state in UNENDED:
                await self._stop(one.id)
                await self._move(self._all[one.id], state=DownloadState.PAUSED, note="")

    async def resume(self, command: ResumeDownloads) -> None:
        """Go on with paused and failed downloads."""
        for one in self._named(command.ids):
            if one.state in {DownloadState.PAUSED, DownloadState.FAILED}:
                await self._move(one, state=DownloadState.WAITING, note="")
                self._start(one.id)

    async def remove(self, command: RemoveDownloads) -> None:
        """Take downloads off the list; candles that were stored stay."""
        gone = tuple(one.id for one in self._named(command.ids)) if command.ids else ()
        for name in gone:
            await self._stop(name)
            del self._all[name]
        await self._store.remove_downloads(gone)
        self._publish(DownloadsRemoved(ids=gone))

    async def keep_up(self, command: KeepUp) -> None:
        """Fetch series again on schedule, or no more."""
        for one in self._named(command.ids):
            await self._move(one, keeps_up=command.wanted)

    async def update(self) -> int:
        """Queue again what keeps up, from where it ended up to now; return how many."""
        now = self._market_now() or self._clock.now()
        queued = 0
        for one in list(self._all.values()):
            end = one.timeframe.floor(now)
            if one.keeps_up and one.state is DownloadState.DONE and end > one.span.end:
                span = Span(start=one.span.start, end=end)
                # The newest bars may not have been complete when they were asked for.
                reached = max(one.span.start, one.span.end - one.timeframe.delta * _ASKED_AGAIN)
                await self._move(
                    one, span=span, reached=reached, state=DownloadState.WAITING, note=""
                )
                self._start(one.id)
                queued += 1
        return queued

    def _named(self, ids: Iterable[DownloadId]) -> list[Download]:
        wanted = tuple(ids) or tuple(self._all)
        return [self._all[name] for name in wanted if name in self._all]

    async def _queue_one(
        self, name: InstrumentId, timeframe: Timeframe, span: Span, command: QueueDownloads
    ) -> None:
        id_ = DownloadId(f"{name}/{timeframe.value}")
        known = self._all.get(id_)
        if known is not None:
            await self._stop(id_)
            known = self._all[id_]
            span = Span(start=min(known.span.start, span.start), end=max(known.span.end, span.end))
        now = self._clock.now()
        # What is stored already is passed over, so that starting anew costs no request.
        download = Download(
            id=id_,
            instrument=name,
            timeframe=timeframe,
            span=span,
            reached=span.start,
            keeps_up=command.keeps_up or (known is not None and known.keeps_up),
            queued=known.queued if known is not None else now,
            updated=now,
        )
        await self._save(download)
        self._start(id_)

    def _start(self, name: DownloadId) -> None:
        self._running[name] = self._nursery.start(self._run(name), name=f"download {name}")

    async def _stop(self, name: DownloadId) -> None:
        task = self._running.pop(name, None)
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait([task])

    async def _run(self, name: DownloadId) -> None:
        waits = iter(self._waits)
        async with self._slots:
            while self._all[name].state in UNENDED:
                try:
                    await self._fetch(name)
                    await self._move(self._all[name], state=DownloadState.DONE, note="")
                except FKSException as error:
                    if not error.retryable:
                        log.warning("the download %s failed: %s", name, error)
                        await self._fail(name, error)
                        return
                    note = f"{error.message}; it is tried again"
                    await self._tell(replace(self._all[name], note=note))
                    await asyncio.sleep(next(waits))

    async def _fail(self, name: DownloadId, error: FKSException) -> None:
        await self._move(self._all[name], state=DownloadState.FAILED, note=error.message)

    async def _fetch(self, name: DownloadId) -> None:
        """Fetch what is not stored between where we are and the end."""
        instrument = self._lookup(self._all[name].instrument)
        await self._move(self._all[name], state=DownloadState.RUNNING)
        while (one := self._all[name]).reached < one.span.end:
            end = min(one.span.end, one.reached + one.timeframe.delta * _LOOKED_AT)
            part = Span(start=one.reached, end=end)
            stored = await self._reader.range(one.instrument, one.timeframe, part)
            for missing in find_missing(stored, one.timeframe, part):
                await self._fill(name, instrument, missing)
            await self._move(self._all[name], reached=end)

    async def _fill(self, name: DownloadId, instrument: Instrument, span: Span) -> None:
        since = span.start
        while since < span.end:
            if (held := self._held_s(instrument.venue)) > 0:
                note = f"{instrument.venue} asked to wait {held:.0f} s"
                await self._tell(replace(self._all[name], note=note))
            page = await self._page(instrument, self._all[name].timeframe, since)
            wanted = [candle for candle in page if since <= candle.opened < span.end]
            # The exchange has nothing here: a listing that came later, or a halt.
            since = wanted[-1].closes if wanted else span.end
            stored = await self._write(wanted, self._all[name])
            one = self._all[name]
            await self._move(
                one,
                reached=max(one.reached, min(since, one.span.end)),
                fetched=one.fetched + len(wanted),
                stored=one.stored + stored,
                note="",
            )

    async def _page(
        self, instrument: Instrument, timeframe: Timeframe, since: datetime
    ) -> Sequence[Candle]:
        source = self._sources[instrument.venue]
        return await retry(lambda: source.history(instrument, timeframe, since, PAGE))

    async def _write(self, candles: Sequence[Candle], download: Download) -> int:
        if not candles:
            return 0
        count = await self._writer.upsert(candles)
        changed = count.inserted + count.revised
        if changed:
            span = Span(start=candles[0].opened, end=candles[-1].closes)
            self._publish(
                CandlesRepaired(
                    instrument=download.instrument,
                    timeframe=download.timeframe,
                    span=span,
                    count=changed,
                )
            )
        return changed

    async def _move(self, download: Download, **changes: object) -> None:
        moved = replace(download, updated=self._clock.now(), **changes)  # type: ignore[arg-type]  # passed through
        await self._save(moved)

    async def _save(self, download: Download) -> None:
        # Known here first: a row that cannot be stored now is stored with the next change.
        self._all[download.id] = download
        await self._store.save_downloads([download])
        self._publish(DownloadMoved(download=download))

    async def _tell(self, download: Download) -> None:
        self._all[download.id] = download
        self._publish(DownloadMoved(download=download))


def _whole(start: datetime, end: datetime, timeframe: Timeframe) -> Span:
    """Return the span from bar to bar, one bar long at least."""
    first = timeframe.floor(start)
    return Span(start=first, end=max(timeframe.floor(end), first + timeframe.delta))
