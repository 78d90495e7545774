"""Keep the streams that somebody wants to see, and repair what they miss."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from fks_desk.core.clock import Clock
from fks_desk.core.errors import DataError, FKSException
from fks_desk.core.messages import (
    BookMoved,
    Event,
    FeedMoved,
    FeedState,
    GapFound,
    MarketTraded,
    TickerMoved,
    WatchCandles,
    WatchMarket,
)
from fks_desk.core.model import (
    Candle,
    Instrument,
    InstrumentId,
    InstrumentKind,
    MarketTrade,
    OrderBook,
    Ticker,
    Timeframe,
    VenueId,
)
from fks_desk.core.nursery import Nursery
from fks_desk.core.perpetuals import PerpetualMoved, PerpetualSource, PerpetualState
from fks_desk.core.ports import MarketSource, Publish
from fks_desk.market.backfill import Backfill
from fks_desk.market.books import Books
from fks_desk.market.builder import CandleBuilder
from fks_desk.market.stream import Stream, StreamName
from fks_desk.market.window import HotWindow
from fks_desk.resilience.metrics import Metrics
from fks_desk.resilience.retry import Waits

log = logging.getLogger(__name__)

T = TypeVar("T")
CandleKey = tuple[InstrumentId, Timeframe]

_EXPECTED_S = {"candles": 2.0, "tickers": 1.5, "trades": 5.0, "books": 1.0, "perpetual": 3.0}
_CHECK_S = 0.5


class Feeds:
    """Handle `WatchCandles` and `WatchMarket`: run streams, build candles, repair gaps.

    `received` counts what came out of the streams by kind; nothing is merged
    before it is counted and published. `lookup` finds an instrument or raises
    `DataError`.
    """

    def __init__(
        self,
        *,
        sources: Mapping[VenueId, MarketSource],
        lookup: Callable[[InstrumentId], Instrument],
        backfill: Backfill,
        clock: Clock,
        publish: Publish,
        metrics: Metrics | None = None,
        waits: Waits | None = None,
        with_books: bool = True,
        perpetuals: Mapping[VenueId, PerpetualSource] | None = None,
    ) -> None:
        self.received: Counter[str] = Counter()
        self.books = Books()
        self._sources = sources
        self._lookup = lookup
        self._backfill = backfill
        self._clock = clock
        self._publish = publish
        self._metrics = metrics
        self._waits = waits or Waits()
        self._with_books = with_books
        self._perpetuals = perpetuals if perpetuals is not None else {}
        self._streams: dict[StreamName, Stream[Any]] = {}
        self._builders: dict[CandleKey, CandleBuilder] = {}
        self._market_time: dict[CandleKey, datetime] = {}
        self._repairing: dict[CandleKey, bool] = {}
        self._repairs = asyncio.Semaphore(2)
        self._nursery = Nursery()
        self._age_check: asyncio.Task[Any] | None = None

    @property
    def streams(self) -> Sequence[Stream[Any]]:
        """Return every stream, for health and tests."""
        return tuple(self._streams.values())

    def watched(self) -> Sequence[tuple[Instrument, Timeframe, datetime]]:
        """Return every candle stream with the market's newest time there."""
        return [
            (self._lookup(instrument), timeframe, moment)
            for (instrument, timeframe), moment in self._market_time.items()
        ]

    def window(self, instrument: InstrumentId, timeframe: Timeframe) -> HotWindow | None:
        """Return the newest closed candles of a watched timeframe, or None."""
        builder = self._builders.get((instrument, timeframe))
        return builder.window if builder is not None else None

    async def watch_candles(self, command: WatchCandles) -> None:
        """Keep an instrument's candles of one timeframe coming."""
        name = StreamName(instrument=command.instrument, what=f"candles {command.timeframe.value}")
        found = self._find(name)
        if found is None:
            return
        instrument, source = found
        key = (command.instrument, command.timeframe)
        self._builders[key] = CandleBuilder(
            instrument=command.instrument, timeframe=command.timeframe, window=HotWindow()
        )
        self._start(
            name,
            lambda: source.candles(instrument, command.timeframe),
            partial(self._on_candle, key),
            again=partial(self._repair, key),
        )

    async def watch_market(self, command: WatchMarket) -> None:
        """Keep an instrument's ticker, trades and book coming, and a perpetual's funding."""

        def name(what: str) -> StreamName:
            return StreamName(instrument=command.instrument, what=what)

        found = self._find(name("tickers"))
        if found is None:
            return
        instrument, source = found
        self._start(name("tickers"), lambda: source.tickers([instrument]), self._on_ticker)
        self._start(name("trades"), lambda: source.trades(instrument), self._on_trade)
        if self._with_books:
            self._start(name("books"), lambda: source.books(instrument), self._on_book)
        told = self._perpetuals.get(instrument.venue)
        if told is not None and instrument.kind is not InstrumentKind.SPOT:
            self._start(name("perpetual"), lambda: told.perpetual(instrument), self._on_perpetual)

    async def close(self) -> None:
        """End every stream and repair."""
        await self._nursery.close()

    def _find(self, name: StreamName) -> tuple[Instrument, MarketSource] | None:
        """Return what a new stream needs; None if it runs already or cannot run."""
        if name in self._streams:
            return None
        try:
            instrument = self._lookup(name.instrument)
        except DataError as error:
            self._tell_down(name, error.message)
            return None
        source = self._sources.get(instrument.venue)
        # Imported candles of a venue that we are not connected to: nothing is down there.
        return None if source is None else (instrument, source)

    def _tell_moved(self, event: Event) -> None:
        """Pass a stream's news on; a book that is not live must not be traded on."""
        if isinstance(event, FeedMoved) and event.stream == "books":
            self.books.drop(event.instrument)
        self._publish(event)

    def _tell_down(self, name: StreamName, detail: str) -> None:
        self._publish(
            FeedMoved(
                instrument=name.instrument, stream=name.what, state=FeedState.DOWN, detail=detail
            )
        )

    def _start(
        self,
        name: StreamName,
        begin: Callable[[], AsyncIterator[T]],
        take: Callable[[T], None],
        again: Callable[[], None] = lambda: None,
    ) -> None:
        if name in self._streams:
            return

        def counted(value: T) -> None:
            self._count(name)
            take(value)

        stream = Stream(
            name=name,
            begin=begin,
            take=counted,
            again=partial(self._on_again, name, again),
            expected_s=_EXPECTED_S[name.kind],
            clock=self._clock,
            publish=self._tell_moved,
            waits=self._waits,
        )
        self._streams[name] = stream
        self._nursery.start(self._run(stream), name=f"{name.what} of {name.instrument}")
        if self._age_check is None:
            self._age_check = self._nursery.start(self._check_ages(), name="check feed ages")

    async def _run(self, stream: Stream[Any]) -> None:
        try:
            await stream.run()
        except FKSException as error:
            # The stream has told that it is down and why; a new command may try again.
            log.warning("%s of %s ended: %s", stream.name.what, stream.name.instrument, error)
        except Exception as error:
            stream.give_up(f"an error in the desk itself: {type(error).__name__}")
            raise
        finally:
            self._streams.pop(stream.name, None)

    def _count(self, name: StreamName) -> None:
        self.received[name.kind] += 1
        if self._metrics is not None:
            self._metrics.feed_messages.labels(name.kind).inc()

    def _on_again(self, name: StreamName, again: Callable[[], None]) -> None:
        if self._metrics is not None:
            self._metrics.feed_reconnects.labels(name.kind).inc()
        again()

    def _on_candle(self, key: CandleKey, candle: Candle) -> None:
        is_first = key not in self._market_time
        self._market_time[key] = max(candle.opened, self._market_time.get(key, candle.opened))
        if self._builders[key].corrects(candle):
            self._correct(key, candle)
            return
        for event in self._builders[key].take(candle):
            self._publish(event)
            if isinstance(event, GapFound):
                self._repair(key)
        if is_first:
            # Only now is the market's own time known: a replay lives in the past.
            self._repair(key)

    def _correct(self, key: CandleKey, candle: Candle) -> None:
        """Put a late or corrected bar in its place, in memory and in the database."""
        log.info("%s %s: the bar of %s came late or again", *key, candle.opened)
        self._builders[key].window.put(candle)
        work = self._backfill.correct(self._lookup(key[0]), candle)
        self._nursery.start(self._corrected(key, work), name=f"correct {key[0]} {key[1].value}")

    async def _corrected(self, key: CandleKey, work: Awaitable[None]) -> None:
        try:
            await work
        except FKSException as error:
            log.warning("a late candle of %s is not stored: %s", key[0], error)
            self._repair(key)

    def _on_ticker(self, ticker: Ticker) -> None:
        self._publish(TickerMoved(ticker=ticker))

    def _on_trade(self, trade: MarketTrade) -> None:
        self._publish(MarketTraded(trade=trade))

    def _on_perpetual(self, state: PerpetualState) -> None:
        self._publish(PerpetualMoved(state=state))

    def _on_book(self, book: OrderBook) -> None:
        if (reason := self.books.put(book)) is None:
            self._publish(BookMoved(book=book))
        else:
            log.debug("a book of %s is not used: %s", book.instrument, reason)

    def _repair(self, key: CandleKey) -> None:
        """Repair once; whoever asks meanwhile gets one more round, not one each."""
        if key in self._repairing:
            self._repairing[key] = True
            return
        self._repairing[key] = True
        self._nursery.start(self._repair_until_done(key), name=f"repair {key[0]} {key[1].value}")

    async def _repair_until_done(self, key: CandleKey) -> None:
        waits = iter(self._waits)
        try:
            while self._repairing[key]:
                self._repairing[key] = False
                async with self._repairs:
                    is_done = await self._repair_once(key)
                if not is_done:
                    # Nobody else would ask again before the next gap.
                    self._repairing[key] = True
                    await asyncio.sleep(next(waits))
        finally:
            del self._repairing[key]

    async def _repair_once(self, key: CandleKey) -> bool:
        """Repair; return False if trying again may help."""
        instrument, timeframe = key
        try:
            done = await self._backfill.repair(
                self._lookup(instrument),
                timeframe,
                self._market_time[key],
                self._builders[key].window.put_all,
            )
        except FKSException as error:
            log.warning("candles of %s %s stay incomplete: %s", instrument, timeframe, error)
            return not error.retryable
        for span in done.gaps:
            log.info("no candles are to be had for %s %s in %s", instrument, timeframe, span)
        return True

    async def _check_ages(self) -> None:
        while True:
            await asyncio.sleep(_CHECK_S)
            for stream in tuple(self._streams.values()):
                stream.check_age()
                if self._metrics is not None:
                    gauge = self._metrics.feed_age.labels(stream.name.what, stream.name.instrument)
                    gauge.set(stream.age_s)
