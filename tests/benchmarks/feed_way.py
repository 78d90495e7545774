"""Send frames the whole way: decoder, builder, bus, database and bridge to the window."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from PySide6.QtCore import QCoreApplication, QTimer

from fks_desk.adapters.exchange.market import ExchangeMarket
from fks_desk.adapters.exchange.options import ExchangeOptions
from fks_desk.adapters.exchange.streams import Streams
from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.embedded import EmbeddedServer
from fks_desk.adapters.storage.migrate import migrate
from fks_desk.adapters.storage.stores import Stores, open_stores
from fks_desk.core.bus import Bus
from fks_desk.core.clock import SystemClock
from fks_desk.core.messages import CandleClosed, MarketTraded, WatchCandles, WatchMarket
from fks_desk.core.model import Instrument, Timeframe, VenueId
from fks_desk.market.backfill import Backfill
from fks_desk.market.feeds import Feeds
from fks_desk.market.recorder import Recorder
from fks_desk.ui.bridge.bridge import Bridge
from tests.benchmarks.feed_readers import SNAPSHOT
from tests.fakes.market import CandleTable, FakeHistory

VENUE = VenueId("binance")
BTC = Instrument(
    venue=VENUE,
    symbol="BTC/USDT",
    base="BTC",
    quote="USDT",
    settle="USDT",
    tick=Decimal("0.1"),
    lot=Decimal("0.00000001"),
)
_PUSHED = 500  # frames between two turns of the loop, as a full socket delivers them
_MOST_WAITING = 20_000


class Silent:
    """Be a ccxt object whose socket is the benchmark."""

    def __init__(self) -> None:
        self.clients: dict[str, Any] = {}

    def request_id(self, _url: str) -> int:
        return 1

    def get_ws_url(self, _kind: str, group: str) -> str:
        return f"ws://{group}"

    async def watch_multiple(self, *_asked: Any) -> None:
        await asyncio.Event().wait()

    async def publicGetDepth(self, _params: Any) -> dict[str, Any]:
        return SNAPSHOT


@dataclass(frozen=True)
class Passed:
    """Hold messages a second of this process' processor time, both threads', and prints."""

    rate: float
    sent: int
    stored: int


def whole_way(frames: list[str]) -> Passed:
    """Send the frames through, with the window's thread beside the engine's."""
    app = QCoreApplication.instance() or QCoreApplication([])
    bridge, result = Bridge(), []
    seen: Counter[str] = Counter()
    bridge.subscribe_all(lambda event: seen.update([type(event).__name__]))
    thread = threading.Thread(target=lambda: result.append(asyncio.run(_engine(frames, bridge))))
    watch = QTimer()
    watch.timeout.connect(lambda: None if thread.is_alive() else app.quit())
    watch.start(20)
    thread.start()
    app.exec()
    thread.join()
    bridge.close()
    assert seen["MarketTraded"] > 0
    assert seen["BookMoved"] > 0
    return result[0]


async def _engine(frames: list[str], bridge: Bridge) -> Passed:
    async with _stores() as stores:
        bus, prints = Bus(), sum('"e":"aggTrade"' in text for text in frames)
        recorder = Recorder(
            candles=stores.candle_writer, publish=bus.publish, trades=stores.market_trades
        )
        bus.subscribe(CandleClosed, recorder.on_candle_closed)
        bus.subscribe(MarketTraded, recorder.on_market_traded)
        bus.subscribe_all(bridge.post)
        streams = Streams(venue=VENUE, clock=SystemClock(), quiet_limit_s=3600)
        streams.attach(Silent())
        feeds = await _feeds(streams, bus)
        recorder.start()
        await asyncio.sleep(0.2)
        began = time.process_time()
        await _push(frames, streams, recorder)
        while feeds.received["trades"] < prints or recorder.waiting:
            await asyncio.sleep(0.002)
        seconds = time.process_time() - began
        await feeds.close()
        await recorder.close()
        await streams.close()
        rows = await stores.reading.rows("SELECT count(*) AS count FROM market_trades")
    return Passed(len(frames) / seconds, prints, rows[0]["count"])


async def _push(frames: list[str], streams: Streams, recorder: Recorder) -> None:
    socket = SimpleNamespace(url="ws://one")
    hear = streams.arrivals.on_frame
    for start in range(0, len(frames), _PUSHED):
        for text in frames[start : start + _PUSHED]:
            assert hear(socket, text)
        await asyncio.sleep(0)
        while recorder.waiting > _MOST_WAITING:
            await asyncio.sleep(0.002)


async def _feeds(streams: Streams, bus: Bus) -> Feeds:
    options = ExchangeOptions(venue=VENUE, prints="aggTrade")
    clock, table = SystemClock(), CandleTable()
    market = ExchangeMarket(options=options, clock=clock, client=Silent(), streams=streams)
    feeds = Feeds(
        sources={VENUE: market},
        lookup=lambda _id: BTC,
        backfill=Backfill(
            sources={VENUE: FakeHistory()}, reader=table, writer=table, publish=bus.publish
        ),
        clock=clock,
        publish=bus.publish,
    )
    await feeds.watch_market(WatchMarket(instrument=BTC.id))
    await feeds.watch_candles(WatchCandles(instrument=BTC.id, timeframe=Timeframe.M1))
    return feeds


class _Open(SimpleNamespace):
    stores: Stores
    reading: Database


@asynccontextmanager
async def _stores() -> AsyncIterator[Any]:
    home = Path(tempfile.mkdtemp(prefix="fks-bench-"))
    home.chmod(0o755)
    server = EmbeddedServer(home / "server")
    try:
        await asyncio.to_thread(server.start)
        await asyncio.to_thread(migrate, server.url, backups=None, clock=SystemClock())
        database = Database(server.url)
        stores = await open_stores(database=database, clock=SystemClock())
        yield _Open(
            candle_writer=stores.candle_writer,
            market_trades=stores.market_trades,
            reading=database,
        )
        await database.close()
    finally:
        await asyncio.to_thread(server.stop)
        shutil.rmtree(home, ignore_errors=True)
