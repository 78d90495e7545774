"""Run many symbols for a while through the desk's market room and count what arrives."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import aiohttp
import psutil

from fks_desk.adapters.exchange.connection import ExchangeConnection
from fks_desk.adapters.exchange.library import preload
from fks_desk.adapters.exchange.options import ExchangeOptions
from fks_desk.core.bus import Bus
from fks_desk.core.clock import SystemClock
from fks_desk.core.messages import (
    FeedMoved,
    FeedState,
    WatchCandles,
    WatchMarket,
)
from fks_desk.core.model import Instrument, Timeframe, VenueId
from fks_desk.market.backfill import Backfill
from fks_desk.market.feeds import Feeds
from fks_desk.venue.urls import ccxt_overrides
from tests.fakes.market import CandleTable, FakeHistory

VENUE = VenueId("demo")
SERVER = Path(__file__).parent / "stream_server.py"
SETTLE_S = 5.0


@dataclass
class Soaked:
    """Hold what was sent, what arrived, and the memory of this process in MiB."""

    sent: Counter[str] = field(default_factory=Counter)
    arrived: Counter[str] = field(default_factory=Counter)
    losses: int = 0
    megabytes: list[float] = field(default_factory=list)

    @property
    def lost(self) -> int:
        """Return how many messages were sent and not counted at the end of the way."""
        return sum((self.sent - self.arrived).values())

    @property
    def growth(self) -> float:
        """Return how much the memory grew from the first third to the last, in MiB."""
        third = max(1, len(self.megabytes) // 3)
        return max(self.megabytes[-third:]) - max(self.megabytes[:third])


def symbols(count: int) -> list[Instrument]:
    return [
        Instrument(
            venue=VENUE,
            symbol=f"C{number:03d}/USDT",
            base=f"C{number:03d}",
            quote="USDT",
            settle="USDT",
            tick=Decimal("0.01"),
            lot=Decimal("0.01"),
        )
        for number in range(count)
    ]


async def _know_already(_listed: Sequence[Instrument]) -> None:
    """Be told of the symbols by a room that looks none up."""


async def soak(
    seconds: float,
    *,
    count: int = 50,
    rate: float = 20.0,
    bus: Bus | None = None,
    collect: Callable[[], object] = gc.collect,
    learn: Callable[[Sequence[Instrument]], Awaitable[None]] = _know_already,
) -> Soaked:
    """Watch so many symbols at so many messages a second each, on a bus of its own or a desk's."""
    await asyncio.to_thread(preload)
    done, listed = Soaked(), {one.id: one for one in symbols(count)}
    async with _server(rate) as port, aiohttp.ClientSession() as session:
        options = ExchangeOptions(venue=VENUE, overrides=ccxt_overrides(port))
        connection = ExchangeConnection(options=options, clock=SystemClock())
        bus, table = bus or Bus(), CandleTable()
        bus.subscribe(FeedMoved, lambda event: _note(done, event))
        feeds = Feeds(
            sources={VENUE: connection.market},
            lookup=listed.__getitem__,
            backfill=Backfill(
                sources={VENUE: FakeHistory()}, reader=table, writer=table, publish=bus.publish
            ),
            clock=SystemClock(),
            publish=bus.publish,
        )
        await learn(tuple(listed.values()))
        for instrument in listed:
            await feeds.watch_market(WatchMarket(instrument=instrument))
            await feeds.watch_candles(WatchCandles(instrument=instrument, timeframe=Timeframe.M1))
        await asyncio.sleep(min(SETTLE_S, seconds / 3))
        await _watch_memory(done, seconds, collect)
        await _compare(done, feeds, connection, session, port)
        await feeds.close()
        await connection.close()
    return done


def _note(done: Soaked, event: FeedMoved) -> None:
    done.losses += event.state is FeedState.DOWN


async def _watch_memory(done: Soaked, seconds: float, collect: Callable[[], object]) -> None:
    me = psutil.Process()
    for _ in range(30):
        await asyncio.sleep(seconds / 30)
        collect()
        done.megabytes.append(me.memory_info().rss / 1024**2)


async def _compare(
    done: Soaked,
    feeds: Feeds,
    connection: ExchangeConnection,
    session: aiohttp.ClientSession,
    port: int,
) -> None:
    async with session.get(f"http://127.0.0.1:{port}/told?mute=1") as answer:
        await answer.json()
    for _ in range(100):
        await asyncio.sleep(0.2)
        async with session.get(f"http://127.0.0.1:{port}/told?mute=1") as answer:
            done.sent = Counter(await answer.json())
        received = connection.streams.arrivals.received
        done.arrived = Counter(
            {
                "trade": feeds.received["trades"],
                "kline_1m": feeds.received["candles"],
                "ticker": feeds.received["tickers"],
                # States of a book may be merged; every change must have come in.
                "depth@100ms": received["depthUpdate"],
            }
        )
        if not done.lost:
            return


@asynccontextmanager
async def _server(rate: float) -> AsyncIterator[int]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, str(SERVER), str(rate), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert child.stdout
        yield int(await asyncio.wait_for(child.stdout.readline(), 60))
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
