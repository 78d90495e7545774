"""Measure the way of a market message: socket, ccxt, exact value, event."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import psutil

from fks_desk.adapters.exchange import wire
from fks_desk.adapters.exchange.connection import ExchangeConnection
from fks_desk.adapters.exchange.library import preload
from fks_desk.adapters.exchange.options import ExchangeOptions
from fks_desk.core.bus import Bus
from fks_desk.core.clock import SystemClock
from fks_desk.core.messages import MarketTraded, WatchCandles, WatchMarket
from fks_desk.core.model import InstrumentId, Timeframe, VenueId
from fks_desk.market.backfill import Backfill
from fks_desk.market.feeds import Feeds
from fks_desk.venue.urls import ccxt_overrides
from tests.benchmarks import feed_readers, feed_way
from tests.benchmarks.feed_frames import mixed_frames
from tests.benchmarks.measure import (
    Measure,
    less_is_better,
    more_is_better,
    none_lost,
    not_run,
)
from tests.fakes.market import CandleTable
from tests.fakes.soak import soak

TRADE = (
    b'{"e":"trade","E":1700000000123,"s":"BTCUSDT","t":29920030000203,"p":"57620.75000000",'
    b'"q":"0.04652000","T":1700000000122,"m":true,"M":true}'
)
FRAMES, ROUNDS = 200_000, 2
SOAK_S = float(os.environ.get("FKS_SOAK_S", "30"))
RATE = 1000.0
SECONDS = 12.0


def measures() -> Iterator[Measure]:
    """Yield each measure with its limit on this machine, taken in the same run."""
    yield from _readers()
    parsed = _rate(lambda: orjson.loads(TRADE))
    exact = _rate(lambda: wire.trade(orjson.loads(TRADE), BTC, NOW))
    unit = "messages/s"
    yield more_is_better("data.feed_trade_to_value", exact, unit, "orjson alone", parsed, 0.05)
    through = asyncio.run(_through_ccxt())
    yield more_is_better("data.feed_through_ccxt", through.rate, unit, "offered", RATE, 0.98)
    yield less_is_better("data.feed_engine_thread", through.busy, "cores", "allowed", 0.5)
    yield none_lost("data.feed_through_ccxt_kept", through.kept, through.sent, "messages")
    soaked = asyncio.run(soak(SOAK_S))
    sent = soaked.sent.total()
    yield none_lost("data.feed_soak_kept", sent - soaked.lost, sent, "messages")
    yield less_is_better("data.feed_soak_memory_growth", soaked.growth, "MiB", "allowed", 20.0)


def _readers() -> Iterator[Measure]:
    """Read the same frames in turns, by processor time: a busy machine says nothing of readers."""
    frames = _frames()
    rounds = [(feed_readers.hot(frames), feed_readers.ccxt(frames)) for _ in range(ROUNDS)]
    mine, theirs = (max(one, key=lambda read: read.rate) for one in zip(*rounds, strict=True))
    assert feed_readers.same_books(mine, theirs), "the final books differ"
    unit = "messages/s"
    name = "data.feed_hot_lane"
    yield more_is_better(name, mine.rate, unit, "ccxt.pro", theirs.rate, 4.0)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "frames.jsonl"
        file.write_text("\n".join(frames))
        peer = feed_readers.cryptofeed(file, ROUNDS)
    if isinstance(peer, str):
        yield not_run(name, unit, peer, 2.0, mine.rate)
    else:
        assert feed_readers.same_books(mine, peer), "the final books differ"
        yield more_is_better(name, mine.rate, unit, "cryptofeed", peer.rate, 2.0)
    passed, beside = feed_way.whole_way(frames), feed_readers.ccxt(frames)
    limit = "ccxt.pro's handlers"
    yield more_is_better("data.feed_whole_way", passed.rate, unit, limit, beside.rate, 1.0)
    yield none_lost("data.feed_whole_way_kept", passed.stored, passed.sent, "prints")


def _frames() -> list[str]:
    """Return frames of our own, or those in the file that FKS_BENCH_FRAMES names."""
    file = os.environ.get("FKS_BENCH_FRAMES")
    return Path(file).read_text().splitlines() if file else mixed_frames(FRAMES)


BTC = InstrumentId("demo:spot:BTC/USDT")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Through:
    """Hold messages a second, the share of a core they took, and how many of them came out."""

    rate: float
    busy: float
    kept: int
    sent: int


def _rate(work: Any, seconds: float = 0.5) -> float:
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        for _ in range(1000):
            work()
        count += 1000
    return count / (time.perf_counter() - start)


async def _through_ccxt() -> Through:
    preload()
    async with _venue() as port:
        connection = ExchangeConnection(
            options=ExchangeOptions(venue=VenueId("demo"), overrides=ccxt_overrides(port)),
            clock=SystemClock(),
        )
        try:
            return await _count(connection)
        finally:
            await connection.close()


async def _count(connection: ExchangeConnection) -> Through:
    bus, counted = Bus(), 0

    def on_trade(_event: MarketTraded) -> None:
        nonlocal counted
        counted += 1

    bus.subscribe(MarketTraded, on_trade)
    feeds = await _feeds(connection, bus)
    await asyncio.sleep(2.0)
    start, before, cpu = time.perf_counter(), counted, time.thread_time()
    await asyncio.sleep(SECONDS)
    took = time.perf_counter() - start
    busy, arrived = time.thread_time() - cpu, counted - before
    arrivals = connection.streams.arrivals
    waiting = sum(
        len(box)
        for name, boxes in arrivals.boxes.items()
        for box in boxes
        if name.endswith("@trade")
    )
    kept, sent = counted + waiting, arrivals.received["trade"]
    await feeds.close()
    return Through(rate=arrived / took, busy=busy / took, kept=kept, sent=sent)


async def _feeds(connection: ExchangeConnection, bus: Bus) -> Feeds:
    listed = {one.id: one for one in await connection.instruments()}
    table, venue = CandleTable(), VenueId("demo")
    feeds = Feeds(
        sources={venue: connection.market},
        lookup=listed.__getitem__,
        backfill=Backfill(
            sources={venue: connection.history}, reader=table, writer=table, publish=bus.publish
        ),
        clock=SystemClock(),
        publish=bus.publish,
    )
    for instrument in listed:
        await feeds.watch_market(WatchMarket(instrument=instrument))
        for timeframe in (Timeframe.M1, Timeframe.M5):
            await feeds.watch_candles(WatchCandles(instrument=instrument, timeframe=timeframe))
    return feeds


@asynccontextmanager
async def _venue() -> Any:
    """Run the venue as a process of its own, as the desk does."""
    code = (
        "import asyncio, pathlib, sys\n"
        "from fks_desk.core.clock import SystemClock\n"
        "from fks_desk.venue.server import VenueOptions, serve\n"
        "options = VenueOptions(data_folder=pathlib.Path(sys.argv[1]), history_days=3,"
        " message_rate=float(sys.argv[2]))\n"
        "ready = lambda one: print(one.port, flush=True)\n"
        "asyncio.run(serve(options, SystemClock(), ready, asyncio.Event()))\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            code,
            folder,
            str(RATE),
            stdout=asyncio.subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        try:
            assert child.stdout
            yield int(await asyncio.wait_for(child.stdout.readline(), 20))
        finally:
            psutil.Process(child.pid).kill()
            await child.wait()
