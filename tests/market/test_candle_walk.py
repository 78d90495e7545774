"""A candle's whole way, on the real parts: venue, ccxt, feeds, recorder, repair."""

from __future__ import annotations

import asyncio
from collections import Counter

import aiohttp
import msgspec
import pytest

from fks_desk.core.bus import Bus
from fks_desk.core.clock import SystemClock
from fks_desk.core.messages import (
    CandleClosed,
    CandlesRepaired,
    FeedMoved,
    GapFound,
    MarketTraded,
    WatchCandles,
    WatchMarket,
)
from fks_desk.core.model import Timeframe, VenueId
from fks_desk.market.backfill import Backfill
from fks_desk.market.feeds import Feeds
from fks_desk.market.gaps import find_gaps
from fks_desk.market.recorder import Recorder
from fks_desk.resilience.retry import Waits
from fks_desk.venue.faults import Faults
from fks_desk.venue.front.admin import SECRET_HEADER
from fks_desk.venue.market.replay import ReplayOptions
from fks_desk.venue.server import VenueOptions
from tests.adapters.exchange.conftest import connected, running
from tests.fakes.candles import MINUTE_MS, walk
from tests.fakes.market import CandleTable, until

DEMO, M1 = VenueId("demo"), Timeframe.M1


class Room:
    """Wire the market room to a connection, as the desk does."""

    def __init__(self, connection, listed) -> None:
        self.bus, self.table, self.seen = Bus(), CandleTable(), Counter()
        self.events = []
        self.recorder = Recorder(candles=self.table, publish=self.bus.publish, batch_s=0.01)
        self.bus.subscribe(CandleClosed, self.recorder.on_candle_closed)
        self.bus.subscribe_all(self._see)
        self.feeds = Feeds(
            sources={DEMO: connection.market},
            lookup={one.id: one for one in listed}.__getitem__,
            backfill=Backfill(
                sources={DEMO: connection.history},
                reader=self.table,
                writer=self.table,
                publish=self.bus.publish,
                depth=50,
            ),
            clock=SystemClock(),
            publish=self.bus.publish,
            waits=Waits(first_s=0.05, longest_s=0.2),
        )

    def _see(self, event) -> None:
        self.seen[type(event)] += 1
        if not isinstance(event, MarketTraded):
            self.events.append(event)

    async def __aenter__(self):
        self.recorder.start()
        return self

    async def __aexit__(self, *_error):
        await self.feeds.close()
        await self.recorder.close()


async def tell(venue, what: str, body) -> None:
    url = f"http://127.0.0.1:{venue.port}/fks/admin/{what}"
    headers = {SECRET_HEADER: venue.secret}
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=msgspec.json.encode(body), headers=headers) as answer,
    ):
        assert answer.status == 200


@pytest.mark.slow
async def test_a_cut_feed_leaves_no_hole_and_the_rows_are_the_venues(tmp_path):
    # Long enough that a busy machine does not come to the file's end first.
    frame = walk(460, step_ms=MINUTE_MS, price=60_000)
    replay = ReplayOptions(
        symbol="BTC/USDT", timeframe=M1, frame=frame, speed=400, live_candles=400
    )
    options = VenueOptions(data_folder=tmp_path, replay=replay)
    async with (
        running(options) as venue,
        connected(venue, is_replayed=True, quiet_limit_s=0.6) as connection,
    ):
        listed = await connection.instruments()
        async with Room(connection, listed) as room:
            btc = listed[0]
            await room.feeds.watch_candles(WatchCandles(instrument=btc.id, timeframe=M1))
            await until(lambda: room.seen[CandleClosed] >= 3)
            await tell(venue, "faults", Faults(mute_market=True))
            await tell(venue, "drop", {})
            await asyncio.sleep(1.0)
            await tell(venue, "faults", Faults())
            await until(lambda: room.seen[GapFound] >= 1, 30)
            closed = room.seen[CandleClosed]
            await until(lambda: room.seen[CandleClosed] >= closed + 3, 30)
            await until(lambda: _is_whole(room.table, btc.id), 30)

        rows = room.table.series(btc.id, M1)
        told = await connection.history.history(btc, M1, rows[0].opened, 1000)

    by_open = {one.opened: one for one in told}
    assert room.seen[CandlesRepaired] >= 2
    assert room.seen[FeedMoved] >= 5
    assert len(rows) >= 55
    for row in rows:
        same = by_open[row.opened]
        assert (row.open, row.high, row.low, row.close) == (
            same.open,
            same.high,
            same.low,
            same.close,
        )


def _is_whole(table: CandleTable, instrument) -> bool:
    from fks_desk.core.frame import Frame

    return find_gaps(Frame.of(table.series(instrument, M1)), M1) == []


async def test_all_that_the_venue_sends_is_counted_at_the_end_of_the_path(tmp_path):
    options = VenueOptions(data_folder=tmp_path, history_days=1, message_rate=1000.0)
    async with running(options) as venue, connected(venue) as connection:
        listed = await connection.instruments()
        async with Room(connection, listed) as room:
            for one in listed:
                await room.feeds.watch_market(WatchMarket(instrument=one.id))
            await asyncio.sleep(1.5)
            await tell(venue, "faults", Faults(mute_market=True))
            await asyncio.sleep(0.3)
            async with (
                aiohttp.ClientSession(headers={SECRET_HEADER: venue.secret}) as session,
                session.get(f"http://127.0.0.1:{venue.port}/fks/admin/sent") as answer,
            ):
                sent = await answer.json()

            trades = sum(count for name, count in sent.items() if name.endswith("@trade"))
            tickers = sum(count for name, count in sent.items() if name.endswith("@ticker"))
            assert trades > 500
            assert room.seen[MarketTraded] == room.feeds.received["trades"] == trades
            assert room.feeds.received["tickers"] == tickers
