"""Open the market room: the venue's feeds, those of other exchanges, and what is kept of both."""

from __future__ import annotations

from dataclasses import dataclass

from fks_desk.adapters.exchange.budget_file import BudgetFiles
from fks_desk.adapters.exchange.futures.connection import FuturesConnection
from fks_desk.adapters.storage.stores import Stores
from fks_desk.app.folders import Folders
from fks_desk.app.public_feeds import PublicFeeds, Sources
from fks_desk.app.settings import Settings
from fks_desk.app.venue_link import OpenVenue
from fks_desk.core.bus import Bus
from fks_desk.core.clock import Clock
from fks_desk.core.job import Job
from fks_desk.core.messages import CandleClosed, MarketTraded, OrderMoved
from fks_desk.core.model import VenueId
from fks_desk.core.perpetuals import PerpetualMoved
from fks_desk.market.backfill import Backfill
from fks_desk.market.feeds import Feeds
from fks_desk.market.instruments import Instruments
from fks_desk.market.jobs import market_jobs
from fks_desk.market.perpetuals import PerpetualRecorder
from fks_desk.market.recorder import Recorder
from fks_desk.market.relisting import Relisting
from fks_desk.resilience.metrics import Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """Hold the parts of the market room."""

    instruments: Instruments
    backfill: Backfill
    feeds: Feeds
    recorder: Recorder
    perpetuals: PerpetualRecorder
    public: PublicFeeds
    sources: Sources
    metrics: Metrics
    relisting: Relisting

    def jobs(self) -> list[Job]:
        """Return the market's background work."""
        return market_jobs(backfill=self.backfill, watched=self.feeds.watched)

    def start(self, bus: Bus) -> None:
        """Begin to record, and to follow the exchanges of the settings."""
        bus.subscribe(CandleClosed, self.recorder.on_candle_closed)
        bus.subscribe(MarketTraded, self.recorder.on_market_traded)
        bus.subscribe(PerpetualMoved, self.perpetuals.on_perpetual_moved)
        bus.subscribe(OrderMoved, self.relisting.on_order_moved)
        self.recorder.start()
        self.perpetuals.start()
        self.public.start()

    async def close(self) -> None:
        """End the streams, then write what waits."""
        await self.relisting.close()
        await self.feeds.close()
        await self.public.close()
        await self.recorder.close()
        await self.perpetuals.close()


def open_market(
    *,
    venue: OpenVenue,
    name: VenueId,
    stores: Stores,
    settings: Settings,
    folders: Folders,
    clock: Clock,
    bus: Bus,
) -> Market:
    """Return the room; nothing of it runs yet."""
    connection, metrics = venue.connection, Metrics()
    breaker = connection.history.breaker
    sources = Sources(
        markets={name: connection.market},
        histories={name: connection.history},
        gates={name: (connection.gate, breaker)},
    )
    if isinstance(connection, FuturesConnection):
        sources.perpetuals[name] = connection.perpetuals
    metrics.watch_breaker(breaker)
    instruments = Instruments(
        sources={name: connection.market}, store=stores.instruments, publish=bus.publish
    )
    backfill = Backfill(
        sources=sources.histories,
        reader=stores.candles,
        writer=stores.candle_writer,
        publish=bus.publish,
    )
    feeds = Feeds(
        sources=sources.markets,
        lookup=instruments.get,
        backfill=backfill,
        clock=clock,
        publish=bus.publish,
        metrics=metrics,
        perpetuals=sources.perpetuals,
    )
    public = PublicFeeds(
        # The venue that is traded at is followed already.
        wanted=[feed for feed in settings.feeds if feed.exchange != name],
        sources=sources,
        instruments=instruments,
        feeds=feeds,
        metrics=metrics,
        clock=clock,
        publish=bus.publish,
        budget=BudgetFiles(folders.venues),
    )

    async def relist(venue: VenueId) -> None:
        await instruments.relist(venue)
        connection.remember(instruments.all)

    recorder = Recorder(
        candles=stores.candle_writer,
        publish=bus.publish,
        trades=stores.market_trades,
        metrics=metrics,
    )
    return Market(
        instruments=instruments,
        backfill=backfill,
        feeds=feeds,
        recorder=recorder,
        perpetuals=PerpetualRecorder(stores.perpetuals),
        public=public,
        sources=sources,
        metrics=metrics,
        relisting=Relisting(relist=relist, clock=clock),
    )
