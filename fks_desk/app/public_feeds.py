"""Follow the exchanges that the settings name, beside the venue that the desk trades at."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from fks_desk.adapters.exchange import library
from fks_desk.adapters.exchange.connection import ExchangeConnection
from fks_desk.adapters.exchange.gate import Gate
from fks_desk.adapters.exchange.options import ExchangeOptions
from fks_desk.adapters.exchange.unified.connection import PublicConnection
from fks_desk.adapters.exchange.unified.listing import unified_symbol
from fks_desk.app.settings import FeedSettings
from fks_desk.core.budget import BudgetStore
from fks_desk.core.clock import Clock
from fks_desk.core.errors import FKSException
from fks_desk.core.messages import HealthMoved, HealthState, WatchCandles, WatchMarket
from fks_desk.core.model import Instrument, Timeframe, VenueId
from fks_desk.core.nursery import Nursery
from fks_desk.core.perpetuals import PerpetualSource
from fks_desk.core.ports import HistorySource, MarketSource, Publish
from fks_desk.market.feeds import Feeds
from fks_desk.market.instruments import Instruments
from fks_desk.resilience.breaker import CircuitBreaker
from fks_desk.resilience.metrics import Metrics
from fks_desk.resilience.retry import Waits

log = logging.getLogger(__name__)

_HOT = "binance"  # its frames are read by the desk itself


@dataclass(slots=True)
class Sources:
    """Hold the ways to each venue; an exchange that opens later adds its own."""

    markets: dict[VenueId, MarketSource] = field(default_factory=dict)
    histories: dict[VenueId, HistorySource] = field(default_factory=dict)
    perpetuals: dict[VenueId, PerpetualSource] = field(default_factory=dict)
    gates: dict[VenueId, tuple[Gate, CircuitBreaker]] = field(default_factory=dict)


class PublicFeeds:
    """Open each exchange in its own time: none of them holds the desk or another up.

    What was listed the last time is followed at once; the exchange's own list
    follows when it answers.
    """

    def __init__(
        self,
        *,
        wanted: Sequence[FeedSettings],
        sources: Sources,
        instruments: Instruments,
        feeds: Feeds,
        metrics: Metrics,
        clock: Clock,
        publish: Publish,
        budget: BudgetStore,
        waits: Waits | None = None,
    ) -> None:
        self._wanted = wanted
        self._sources = sources
        self._instruments = instruments
        self._feeds = feeds
        self._metrics = metrics
        self._clock = clock
        self._publish = publish
        self._budget = budget
        self._waits = waits or Waits(first_s=2.0, longest_s=60.0)
        self._nursery = Nursery()
        self._open: list[ExchangeConnection | PublicConnection] = []

    def start(self) -> None:
        """Begin to open every exchange."""
        for feed in self._wanted:
            self._nursery.start(self._follow(feed), name=f"follow {feed.exchange}")

    async def close(self) -> None:
        """Close every socket."""
        await self._nursery.close()
        for connection in self._open:
            await connection.close()

    async def _follow(self, feed: FeedSettings) -> None:
        venue, missing = VenueId(feed.exchange), list(feed.symbols)
        self._tell(feed, HealthState.STARTING, "opening")
        try:
            source = await self._connect(feed)
            for wait in self._waits:
                problem = await self._list(venue, source)
                missing = await self._watch(feed)
                if not problem:
                    break
                self._tell(feed, HealthState.WARNING, problem, "It is asked again until it does.")
                await asyncio.sleep(wait)
        except FKSException as error:
            log.warning("%s is not followed: %s", venue, error)
            step = "Correct the feeds in the settings, then start the desk again."
            self._tell(feed, HealthState.BAD, error.message, step)
            return
        self._say_what_is_missing(feed, missing)

    async def _connect(self, feed: FeedSettings) -> MarketSource:
        venue = VenueId(feed.exchange)
        await asyncio.to_thread(library.preload, feed.exchange)
        options = ExchangeOptions(exchange=feed.exchange, venue=venue, overrides=feed.ccxt)
        if feed.exchange == _HOT:
            hot = ExchangeConnection(options=options, clock=self._clock, budget=self._budget)
            self._add(venue, hot, hot.history.breaker)
            return hot.market
        public = PublicConnection(options=options, clock=self._clock, budget=self._budget)
        self._sources.perpetuals[venue] = public.perpetuals
        self._add(venue, public, public.history.breaker)
        return public.market

    def _add(
        self,
        venue: VenueId,
        connection: ExchangeConnection | PublicConnection,
        breaker: CircuitBreaker,
    ) -> None:
        self._open.append(connection)
        self._sources.markets[venue] = connection.market
        self._sources.histories[venue] = connection.history
        self._sources.gates[venue] = connection.gate, breaker
        self._metrics.watch_breaker(breaker)

    async def _list(self, venue: VenueId, source: MarketSource) -> str:
        """Learn what the exchange lists; return why it could not be asked, or nothing."""
        try:
            await self._instruments.learn(await source.instruments())
        except FKSException as error:
            if not error.retryable:
                raise
            log.info("the instruments of %s stay as stored: %s", venue, error)
            return error.message
        return ""

    async def _watch(self, feed: FeedSettings) -> list[str]:
        """Watch what is known by now and return the symbols that are not."""
        by_symbol = {unified_symbol(one): one for one in self._known(feed)}
        missing = []
        for symbol in feed.symbols:
            found = by_symbol.get(symbol)
            if found is None:
                missing.append(symbol)
                continue
            await self._feeds.watch_market(WatchMarket(instrument=found.id))
            await self._feeds.watch_candles(
                WatchCandles(instrument=found.id, timeframe=Timeframe.M1)
            )
        return missing

    def _known(self, feed: FeedSettings) -> Iterable[Instrument]:
        return [one for one in self._instruments.all if one.venue == feed.exchange]

    def _say_what_is_missing(self, feed: FeedSettings, missing: Sequence[str]) -> None:
        if not missing:
            self._tell(feed, HealthState.GOOD, f"follows {', '.join(feed.symbols)}")
            return
        near = get_close_matches(
            missing[0], [unified_symbol(one) for one in self._known(feed)], n=3, cutoff=0.5
        )
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        detail = f"{feed.exchange} does not list {', '.join(missing)}{hint}"
        step = "Correct the symbols of this feed in the settings, then start the desk again."
        self._tell(feed, HealthState.WARNING, detail, step)

    def _tell(self, feed: FeedSettings, state: HealthState, detail: str, step: str = "") -> None:
        part = f"feed {feed.exchange}"
        self._publish(HealthMoved(part=part, state=state, detail=detail, next_step=step))
