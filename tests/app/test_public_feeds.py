"""Exchanges of the settings are followed beside the venue, and say what stands in their way."""

from __future__ import annotations

import asyncio
import contextlib

from fks_desk.adapters.exchange.budget_file import BudgetFiles
from fks_desk.app.public_feeds import PublicFeeds, Sources
from fks_desk.app.settings import FeedSettings
from fks_desk.core.bus import Bus
from fks_desk.core.clock import SystemClock
from fks_desk.core.messages import HealthMoved, HealthState, MarketTraded, TickerMoved
from fks_desk.core.perpetuals import PerpetualMoved
from fks_desk.market.backfill import Backfill
from fks_desk.market.feeds import Feeds
from fks_desk.market.instruments import Instruments
from fks_desk.resilience.metrics import Metrics
from fks_desk.resilience.retry import Waits
from tests.fakes.foreign_exchange import foreign_exchange
from tests.fakes.market import CandleTable, InstrumentTable, until


class Room:
    """Wire the market room to the exchanges of some settings."""

    def __init__(self, folder, *wanted: FeedSettings, listed=()) -> None:
        self.told, self.metrics, self.sources = [], Metrics(), Sources()
        self.bus, self.table = Bus(), InstrumentTable(listed)
        self.bus.subscribe_all(self.told.append)
        candles, clock = CandleTable(), SystemClock()
        self.instruments = Instruments(sources={}, store=self.table, publish=self.bus.publish)
        self.feeds = Feeds(
            sources=self.sources.markets,
            lookup=self.instruments.get,
            backfill=Backfill(
                sources=self.sources.histories,
                reader=candles,
                writer=candles,
                publish=self.bus.publish,
                depth=5,
            ),
            clock=clock,
            publish=self.bus.publish,
            perpetuals=self.sources.perpetuals,
        )
        self.public = PublicFeeds(
            wanted=wanted,
            sources=self.sources,
            instruments=self.instruments,
            feeds=self.feeds,
            metrics=self.metrics,
            clock=clock,
            publish=self.bus.publish,
            budget=BudgetFiles(folder),
            waits=Waits(first_s=0.05, longest_s=0.2),
        )

    def health(self, part: str) -> HealthMoved | None:
        found = [one for one in self.told if isinstance(one, HealthMoved) and one.part == part]
        return found[-1] if found else None

    def state(self, part: str) -> HealthState | None:
        found = self.health(part)
        return found and found.state

    def heard(self, kind, instrument: str) -> bool:
        return any(
            getattr(event, name, None) is not None and getattr(event, name).instrument == instrument
            for event in self.told
            if isinstance(event, kind)
            for name in ("trade", "ticker", "state")
        )

    async def __aenter__(self):
        await self.instruments.load()
        self.public.start()
        return self

    async def __aexit__(self, *_error):
        await self.feeds.close()
        await self.public.close()


@contextlib.asynccontextmanager
async def room(tmp_path, server, *, kraken=("BTC/USD",), futures=(), listed=()):
    wanted = []
    if kraken:
        wanted.append(FeedSettings(exchange="kraken", symbols=kraken, ccxt=server.kraken))
    if futures:
        wanted.append(FeedSettings(exchange="binanceusdm", symbols=futures, ccxt=server.futures))
    async with Room(tmp_path, *wanted, listed=listed) as one:
        yield one


async def test_several_exchanges_are_followed_at_once(tmp_path):
    async with (
        foreign_exchange() as server,
        room(tmp_path, server, futures=("BTC/USDT:USDT",)) as one,
    ):
        await until(lambda: one.heard(TickerMoved, "kraken:spot:BTC/USD"), 60)
        await until(lambda: one.heard(MarketTraded, "kraken:spot:BTC/USD"), 60)
        await until(lambda: one.heard(PerpetualMoved, "binanceusdm:linear:BTC/USDT"), 60)
        for part in ("feed kraken", "feed binanceusdm"):
            await until(lambda part=part: one.state(part) is HealthState.GOOD, 60)

        assert one.health("feed kraken").detail == "follows BTC/USD"
        assert {"kraken:spot:BTC/USD", "binanceusdm:linear:BTC/USDT"} <= one.table.rows.keys()
        assert one.metrics.value("breaker_state", breaker="kraken_api") == 0.0
        assert set(one.sources.gates) == {"kraken", "binanceusdm"}


async def test_what_was_listed_before_is_followed_while_the_list_cannot_be_had(tmp_path):
    async with foreign_exchange() as server:
        async with room(tmp_path, server) as first:
            await until(lambda: first.table.rows, 60)
            listed = list(first.table.rows.values())
        server.status = 503
        async with room(tmp_path, server, listed=listed) as one:
            await until(lambda: one.state("feed kraken") is HealthState.WARNING, 60)
            assert "out of reach" in one.health("feed kraken").detail
            assert any(stream.name.instrument == listed[0].id for stream in one.feeds.streams)
            server.status = 200
            await until(lambda: one.state("feed kraken") is HealthState.GOOD, 60)


async def test_a_symbol_that_is_not_listed_is_named_with_its_neighbours(tmp_path):
    async with (
        foreign_exchange() as server,
        room(tmp_path, server, kraken=("BTC/USD", "BTC/USDX")) as one,
    ):
        await until(lambda: one.state("feed kraken") is HealthState.WARNING, 60)

        detail = one.health("feed kraken").detail
        assert detail == "kraken does not list BTC/USDX; did you mean BTC/USD?"


async def test_an_exchange_that_ccxt_does_not_know_is_named(tmp_path, allow_warnings):
    feed = FeedSettings(exchange="krakn", symbols=("BTC/USD",))
    async with Room(tmp_path, feed) as one:
        await until(lambda: one.state("feed krakn") is HealthState.BAD, 60)
        await asyncio.sleep(0)

    assert "did you mean kraken" in one.health("feed krakn").detail
    assert "settings" in one.health("feed krakn").next_step
