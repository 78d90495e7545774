"""Fetch the candles that we lack, as often as asked, with the same result."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fks_desk.core.errors import DataError
from fks_desk.core.messages import CandlesRepaired
from fks_desk.core.model import Candle, Instrument, Span, Timeframe, VenueId
from fks_desk.core.ports import CandleReader, CandleWriter, HistorySource, Publish
from fks_desk.market.gaps import find_gaps, find_missing
from fks_desk.resilience.retry import retry

log = logging.getLogger(__name__)

_PAGE = 1000
_LONGEST_ABSENCE = 100_000  # candles

Gather = Callable[[Sequence[Candle]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """Say what a backfill did: rows that changed, and the holes nobody could fill."""

    rows: int
    gaps: tuple[Span, ...]


class Backfill:
    """Close the distance between what is stored and what the market has done.

    `depth` is how many candles a first start fetches and how far back holes are
    looked for; after an absence everything since the last stored candle is fetched.
    """

    def __init__(
        self,
        *,
        sources: Mapping[VenueId, HistorySource],
        reader: CandleReader,
        writer: CandleWriter,
        publish: Publish,
        depth: int = 1000,
    ) -> None:
        self._sources = sources
        self._reader = reader
        self._writer = writer
        self._publish = publish
        self._depth = depth

    async def repair(
        self,
        instrument: Instrument,
        timeframe: Timeframe,
        until: datetime,
        gather: Gather | None = None,
    ) -> Repair:
        """Fetch what is missing before `until`, the market's time now.

        `gather` gets each page too, for who keeps candles in memory.
        """
        rows, wanted = 0, await self._wanted(instrument, timeframe, until)
        stored = await self._reader.range(instrument.id, timeframe, wanted)
        for span in find_missing(stored, timeframe, wanted):
            rows += await self._fill(instrument, timeframe, span, gather)
        stored = await self._reader.range(instrument.id, timeframe, wanted)
        return Repair(rows=rows, gaps=tuple(find_gaps(stored, timeframe)))

    async def correct(self, instrument: Instrument, candle: Candle) -> None:
        """Store a candle that arrived late or with other numbers, and tell who shows it."""
        await self._store([candle], instrument, candle.timeframe)

    async def _wanted(self, instrument: Instrument, timeframe: Timeframe, until: datetime) -> Span:
        """Return the range to look at: the newest candles, and all since we were last here."""
        end = timeframe.floor(until)
        start = end - timeframe.delta * self._depth
        stored = await self._reader.extent(instrument.id, timeframe)
        if stored is not None and stored.end < start:
            start = max(stored.end, end - timeframe.delta * _LONGEST_ABSENCE)
        return Span(start=start, end=end)

    async def _fill(
        self, instrument: Instrument, timeframe: Timeframe, span: Span, gather: Gather | None
    ) -> int:
        rows, since = 0, span.start
        while since < span.end:
            page = await self._page(instrument, timeframe, since)
            wanted = [candle for candle in page if since <= candle.opened < span.end]
            if not wanted:
                break
            rows += await self._store(wanted, instrument, timeframe)
            if gather is not None:
                gather(wanted)
            since = wanted[-1].closes
        return rows

    async def _page(
        self, instrument: Instrument, timeframe: Timeframe, since: datetime
    ) -> Sequence[Candle]:
        source = self._sources.get(instrument.venue)
        if source is None:
            raise DataError(f"no history can be fetched from {instrument.venue}")
        return await retry(lambda: source.history(instrument, timeframe, since, _PAGE))

    async def _store(
        self, candles: Sequence[Candle], instrument: Instrument, timeframe: Timeframe
    ) -> int:
        count = await self._writer.upsert(candles)
        changed = count.inserted + count.revised
        if changed:
            span = Span(start=candles[0].opened, end=candles[-1].closes)
            self._publish(
                CandlesRepaired(
                    instrument=instrument.id, timeframe=timeframe, span=span, count=changed
                )
            )
        return changed
