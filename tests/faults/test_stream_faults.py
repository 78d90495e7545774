"""Rows W1 to W15: what goes wrong with an exchange's streams, through the real ccxt.

Each test is named by its row. Where executions are involved it ends with the venue's
ledger: every execution is heard or found, none twice (I2).

Elsewhere: W7's listenKey in the tests of the perpetuals' front; W9's machine that sleeps
in `test_whole_desk`, since only a stopped process shows it; W15's unit of time in
`tests/adapters/exchange/test_stamps.py`. Here a book follows numbers and never clocks.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from decimal import Decimal
from itertools import accumulate, takewhile

import psutil
import pytest

from fks_desk.adapters.exchange.gate import Gate
from fks_desk.adapters.exchange.library import open_client
from fks_desk.adapters.exchange.options import ExchangeOptions
from fks_desk.core.bus import Bus
from fks_desk.core.clock import EPOCH, SystemClock
from fks_desk.core.messages import (
    BookMoved,
    FeedMoved,
    FeedState,
    MarketTraded,
    WatchCandles,
    WatchMarket,
)
from fks_desk.core.model import Side, Timeframe, VenueId
from fks_desk.market.backfill import Backfill
from fks_desk.market.books import fault
from fks_desk.market.feeds import Feeds
from fks_desk.resilience.retry import Waits
from fks_desk.venue.faults import (
    FaultAction,
    FaultRule,
    FrameAction,
    FrameRule,
    Outage,
    OutageKind,
)
from fks_desk.venue.urls import ccxt_overrides
from tests.adapters.exchange.conftest import Listener
from tests.fakes.market import CandleTable, until
from tests.faults.place import DEPTH, opened

pytestmark = [pytest.mark.allow_warnings, pytest.mark.slow]

BOOK, TRADES, REPORTS = "btcusdt@depth*", "btcusdt@trade", "user@executionReport"
M1 = Timeframe.M1
SLOWLY = 60.0  # seconds that a busy machine may take


class Room:
    """Watch one market as the desk does, and remember what was told."""

    def __init__(self, place) -> None:
        self.place, self.bus, self.table = place, Bus(), CandleTable()
        self.states: list[tuple[str, FeedState]] = []
        self.books: dict[int, object] = {}
        self.trades: Counter[str] = Counter()
        self.bus.subscribe(FeedMoved, lambda told: self.states.append((told.stream, told.state)))
        self.bus.subscribe(BookMoved, self._see_book)
        self.bus.subscribe(MarketTraded, lambda told: self.trades.update([told.trade.trade_id]))
        self.feeds = Feeds(
            sources={VenueId("demo"): place.connection.market},
            lookup={place.btc.id: place.btc}.__getitem__,
            backfill=Backfill(
                sources={VenueId("demo"): place.connection.history},
                reader=self.table,
                writer=self.table,
                publish=self.bus.publish,
                depth=20,
            ),
            clock=SystemClock(),
            publish=self.bus.publish,
            waits=Waits(first_s=0.05, longest_s=0.5),
        )

    def _see_book(self, told: BookMoved) -> None:
        assert fault(told.book) is None
        self.books[told.book.sequence] = told.book

    def count(self, stream: str, state: FeedState) -> int:
        return self.states.count((stream, state))

    async def watch(self) -> None:
        await self.feeds.watch_market(WatchMarket(instrument=self.place.btc.id))
        await self.feeds.watch_candles(WatchCandles(instrument=self.place.btc.id, timeframe=M1))
        await until(self.is_live, SLOWLY)

    def is_live(self) -> bool:
        states = {stream.name.kind: stream.state for stream in self.feeds.streams}
        return set(states.values()) == {FeedState.LIVE} and len(states) == 4

    async def moves_on(self) -> None:
        """Wait until every stream is live and a new book and a new trade have come."""
        books, trades = len(self.books), len(self.trades)
        await until(
            lambda: self.is_live() and len(self.books) > books and len(self.trades) > trades,
            SLOWLY,
        )

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_error) -> None:
        await self.feeds.close()


@pytest.fixture
async def place(tmp_path):
    async with opened(tmp_path, timeout_s=5.0, venue={"message_rate": 40.0}) as one:
        yield one


async def as_the_venue_has_it(place, room: Room) -> None:
    """Compare one of our books with the venue's at the same number, level by level."""

    async with asyncio.timeout(SLOWLY):
        while True:
            url = f"http://127.0.0.1:{place.venue.port}/api/v3/depth?symbol=BTCUSDT&limit=20"
            async with place.session.get(url) as answer:
                told = await answer.json()
            await asyncio.sleep(0.3)
            ours = room.books.get(told["lastUpdateId"])
            if ours is not None:
                break
    for side in ("bids", "asks"):
        theirs = [(Decimal(price), Decimal(size)) for price, size in told[side]]
        assert [(level.price, level.size) for level in getattr(ours, side)] == theirs


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_w1_and_w15_lost_doubled_late_and_mixed_changes_leave_the_venues_book(place, seed):
    async with Room(place) as room:
        await room.watch()
        await place.script(
            seed=seed,
            frames=[
                FrameRule(on=BOOK, action=FrameAction.DUPLICATE, chance=0.2),
                FrameRule(on=BOOK, action=FrameAction.REORDER, chance=0.1),
                FrameRule(on=BOOK, action=FrameAction.DELAY, seconds=0.15, chance=0.1),
                FrameRule(on=BOOK, action=FrameAction.DROP, chance=0.05),
                FrameRule(on=TRADES, action=FrameAction.REORDER, every=3),
            ],
        )
        await asyncio.sleep(2.0)
        await place.script()
        await room.moves_on()

        await as_the_venue_has_it(place, room)
        times = [room.books[number].ts_event for number in sorted(room.books)]
        assert times == sorted(times)


async def test_w2_a_gap_takes_the_book_away_at_once_and_asks_for_few_snapshots(place):
    async with Room(place) as room:
        await room.watch()
        began = time.monotonic()
        await place.script(frames=[FrameRule(on=BOOK, action=FrameAction.DROP, every=4)])
        await until(lambda: room.count("books", FeedState.DOWN) >= 1, SLOWLY)
        assert room.feeds.books.newest(place.btc.id) is None
        await asyncio.sleep(6.0)
        asked = (await place.calls()).get(DEPTH, 0)
        lasted = time.monotonic() - began
        await place.script()
        await room.moves_on()

        await as_the_venue_has_it(place, room)
    assert asked <= lasted / 5 + 1


@pytest.mark.parametrize("kind", [OutageKind.MUTE, OutageKind.HANG])
async def test_w3_an_open_connection_that_says_nothing_is_stale_and_made_anew(tmp_path, kind):
    async with (
        opened(tmp_path, timeout_s=2.0, quiet_limit_s=6.0, venue={"message_rate": 40.0}) as place,
        Room(place) as room,
    ):
        await room.watch()
        await place.script(outages=[Outage(kind=kind, for_s=9)])
        await until(lambda: room.count("books", FeedState.STALE) >= 1, SLOWLY)
        await until(lambda: room.count("books", FeedState.DOWN) >= 1, SLOWLY)
        assert room.feeds.books.newest(place.btc.id) is None
        await room.moves_on()

        await as_the_venue_has_it(place, room)


async def test_w3_a_half_open_line_is_given_up_and_taken_up_again(tmp_path):
    async with (
        opened(tmp_path, is_proxied=True, quiet_limit_s=1.5, venue={"message_rate": 40.0}) as place,
        Room(place) as room,
    ):
        await room.watch()
        place.proxy.be(is_half_open=True)
        await until(lambda: room.count("trades", FeedState.DOWN) >= 1, SLOWLY)
        place.proxy.be()
        place.proxy.cut()
        await room.moves_on()

        await as_the_venue_has_it(place, room)


async def found(place) -> set[str]:
    """Return the venue's executions as a look at the account finds them."""
    fills = await place.connection.account.fills(place.btc.id, EPOCH)
    return {str(fill.trade_id) for fill in fills}


async def in_the_ledger(place) -> set[str]:
    return {str(fill["id"]) for fill in (await place.admin("ledger"))["fills"]}


async def test_w4_what_filled_while_nobody_listened_is_found_by_asking(place):
    async with Listener(place.broker) as listener:
        await place.script(outages=[Outage(kind=OutageKind.CUT, for_s=1.5)])
        await listener.until(lambda one: one.connections >= 2, SLOWLY)
        heard_before = len(listener.fills)
    await place.script()
    for _ in range(5):
        await place.broker.submit(place.intent(size="0.001"))

    assert heard_before == 0
    assert await found(place) == await in_the_ledger(place)
    assert len(await found(place)) >= 5


BAD_BOOKS = {
    "crossed": {"b": [["99999999", "1"]], "a": [["1", "1"]]},
    "negative": {"b": [["-5", "1"]], "a": []},
    "of no price": {"b": [["0", "1"]], "a": []},
    "not a number": {"b": [["NaN", "1"]], "a": [["1", "Infinity"]]},
    "of negative size": {"b": [["100", "-1"]], "a": []},
}


@pytest.mark.parametrize("name", BAD_BOOKS)
async def test_w5_a_book_that_cannot_be_is_never_shown(place, name):
    async with Room(place) as room:
        await room.watch()
        number = max(room.books)
        bad = {"e": "depthUpdate", "E": 1, "s": "BTCUSDT", "U": number, "u": 10**12}
        text = json.dumps(bad | BAD_BOOKS[name])
        rule = FrameRule(on=BOOK, action=FrameAction.SAY, text=text, times=1)
        await place.script(frames=[rule])
        await until(lambda: room.count("books", FeedState.DOWN) >= 1, SLOWLY)
        await place.script()
        await room.moves_on()

        assert 10**12 not in room.books
        await as_the_venue_has_it(place, room)


async def test_w6_and_w13_lost_doubled_and_mixed_reports_are_found_by_a_look(place):
    async with Listener(place.broker) as listener:
        await place.script(
            frames=[
                FrameRule(on=REPORTS, action=FrameAction.DROP, every=5),
                FrameRule(on=REPORTS, action=FrameAction.REORDER, every=3),
                FrameRule(on=REPORTS, action=FrameAction.DUPLICATE, every=7),
            ]
        )
        for number in range(20):
            side = Side.SELL if number % 4 == 3 else Side.BUY
            await place.broker.submit(place.intent(side, size="0.001"))
        await place.script()
        await place.broker.submit(place.intent(size="0.001"))
        await listener.until(lambda one: len(one.fills) >= 12, SLOWLY)

    heard = {str(fill.trade_id) for fill in listener.fills}
    assert heard < await in_the_ledger(place)
    assert await found(place) == await in_the_ledger(place)


@pytest.mark.parametrize("kind", [OutageKind.REVOKE, OutageKind.SHUTDOWN])
async def test_w7_and_w8_a_private_stream_that_the_venue_ends_is_asked_for_again(place, kind):
    async with Listener(place.broker) as listener:
        await place.script(outages=[Outage(kind=kind)])
        await listener.until(lambda one: one.connections >= 2, SLOWLY)
        await place.script()
        await place.broker.submit(place.intent(size="0.001"))
        await listener.until(lambda one: len(one.fills) >= 1, SLOWLY)

    assert await found(place) == await in_the_ledger(place)


async def test_w8_connections_that_end_again_and_again_are_made_anew(tmp_path):
    async with (
        opened(tmp_path, venue={"message_rate": 40.0}) as place,
        Room(place) as room,
    ):
        await place.script(socket_life_s=0.8)
        await room.feeds.watch_market(WatchMarket(instrument=place.btc.id))
        await until(lambda: room.count("trades", FeedState.DOWN) >= 4, SLOWLY)
        await place.script()
        await place.admin("drop", {})
        await room.feeds.watch_candles(WatchCandles(instrument=place.btc.id, timeframe=M1))
        await room.moves_on()

        await as_the_venue_has_it(place, room)


def test_w8_a_dead_venue_is_connected_to_far_less_often_than_it_allows():
    """Binance ends with 300 connections in five minutes; a desk has a handful of lines."""
    moments = takewhile(lambda at: at < 300, accumulate(iter(Waits())))

    assert len(list(moments)) * 6 < 300


async def test_w7_a_listen_key_is_kept_alive_at_half_its_life_at_the_latest():
    options = ExchangeOptions(
        venue=VenueId("binanceusdm"), exchange="binanceusdm", overrides=ccxt_overrides(1)
    )
    client = open_client(options, Gate(venue="binanceusdm", clock=SystemClock()))
    refresh_ms = client.options["listenKeyRefreshRate"]
    await client.close()

    assert 0 < refresh_ms <= 60 * 60 * 1000 / 2


async def test_w10_a_flood_is_counted_to_the_last_message_and_reports_are_never_merged(place):
    async with Room(place) as room, Listener(place.broker) as listener:
        await room.watch()
        flood = FrameRule(on=TRADES, action=FrameAction.DUPLICATE, copies=2_000, times=10)
        await place.script(frames=[flood])
        for _ in range(10):
            await place.broker.submit(place.intent(size="0.001"))
        await until(lambda: max(room.trades.values(), default=0) >= 2_000, SLOWLY)
        await until(lambda: sum(count >= 2_000 for count in room.trades.values()) == 10, SLOWLY)
        await listener.until(lambda one: len(one.fills) >= 10, SLOWLY)

        heard = Counter(str(fill.trade_id) for fill in listener.fills)
        assert set(room.trades.values()) == {1, 2_000}
    assert set(heard) == await in_the_ledger(place)
    assert set(heard.values()) == {1}


async def test_w11_connecting_again_and_again_leaves_nothing_behind(place):
    async with Room(place) as room:
        await room.watch()
        for _ in range(5):
            await place.admin("drop", {})
            await room.moves_on()
        process = psutil.Process()
        tasks, files = len(asyncio.all_tasks()), process.num_fds()
        for _ in range(25):
            await place.admin("drop", {})
            await room.moves_on()

        assert abs(len(asyncio.all_tasks()) - tasks) <= 10
        assert abs(process.num_fds() - files) <= 10


MALFORMED = {
    "no text": FrameRule(on="btcusdt@*", action=FrameAction.GARBAGE, times=4),
    "half": FrameRule(on="btcusdt@*", action=FrameAction.TRUNCATE, times=4),
    "deep": FrameRule(on="btcusdt@*", action=FrameAction.SAY, text="[" * 100_000, times=2),
    "large": FrameRule(
        on="btcusdt@*", action=FrameAction.SAY, text=json.dumps("x" * 700_000), times=2
    ),
    "nothing": FrameRule(on="btcusdt@*", action=FrameAction.SAY, text="null", times=4),
    "a list": FrameRule(on="btcusdt@*", action=FrameAction.SAY, text="[1,2,[3]]", times=4),
    "no fields": FrameRule(
        on="btcusdt@*", action=FrameAction.SAY, text='{"e":"trade","E":1}', times=4
    ),
    "another pair": FrameRule(
        on="btcusdt@*", action=FrameAction.SAY, times=4,
        text='{"e":"trade","E":1,"s":"NOPEUSDT","t":1,"p":"1","q":"1","T":1,"m":true}',
    ),
    "other types": FrameRule(
        on="btcusdt@*", action=FrameAction.SAY, times=4,
        text='{"e":"trade","E":"x","s":7,"t":{},"p":[],"q":null,"T":"y","m":3}',
    ),
    "an unknown event": FrameRule(
        on="btcusdt@*", action=FrameAction.SAY, text='{"e":"brandNew","E":1,"s":"BTCUSDT"}', times=4
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
async def test_w12_a_malformed_message_ends_nothing_for_good(tmp_path, name):
    # Where ccxt's reading ends on a message, the connection's silence is what tells.
    options = {"quiet_limit_s": 3.0, "venue": {"message_rate": 40.0}}
    async with opened(tmp_path, **options) as place, Room(place) as room:
        await room.watch()
        await place.script(frames=[MALFORMED[name]])
        await asyncio.sleep(0.5)
        await place.script()
        await room.moves_on()

        await as_the_venue_has_it(place, room)
        assert all(count == 1 for count in room.trades.values())


async def test_w14_subscriptions_keep_to_the_venues_pace(tmp_path):
    async with opened(tmp_path, venue={"symbols": tuple(SYMBOLS)}) as place:
        await place.script(messages_per_s=5)
        feeds = Feeds(
            sources={VenueId("demo"): place.connection.market},
            lookup={one.id: one for one in await place.connection.instruments()}.__getitem__,
            backfill=Backfill(
                sources={}, reader=CandleTable(), writer=CandleTable(), publish=lambda _: None
            ),
            clock=SystemClock(),
            publish=lambda _: None,
            with_books=False,
        )
        try:
            chance = random.Random(5)
            for one in chance.sample(list(await place.connection.instruments()), len(SYMBOLS)):
                await feeds.watch_market(WatchMarket(instrument=one.id))
                await asyncio.sleep(0.05)
            await until(
                lambda: all(stream.state is FeedState.LIVE for stream in feeds.streams), SLOWLY
            )

            assert [stream.losses for stream in feeds.streams] == [0] * 2 * len(SYMBOLS)
        finally:
            await feeds.close()


SYMBOLS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")


async def test_a_refused_subscription_is_tried_again(place):
    refusal = FaultRule(
        on="ws userDataStream.subscribe.signature", action=FaultAction.ERROR, status=500,
        code=-1000, text="Try again later.", times=2,
    )  # fmt: skip
    await place.script(refusal)
    async with Listener(place.broker, is_up=False) as listener:
        await listener.until(lambda one: one.connections >= 1, SLOWLY)
        await place.broker.submit(place.intent(size="0.001"))
        await listener.until(lambda one: len(one.fills) >= 1, SLOWLY)

    assert (await place.calls())["ws userDataStream.subscribe.signature"] == 3
