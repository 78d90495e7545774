"""Feeds run what somebody watches, count it, and mend what was missed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from fks_desk.core.clock import SystemClock
from fks_desk.core.errors import DataError, FeedUnavailable
from fks_desk.core.messages import (
    BookMoved,
    CandleClosed,
    CandleMoved,
    CandlesRepaired,
    FeedMoved,
    FeedState,
    GapFound,
    MarketTraded,
    WatchCandles,
    WatchMarket,
)
from fks_desk.core.model import BookLevel, InstrumentKind, OrderBook, Timeframe, VenueId
from fks_desk.core.perpetuals import PerpetualMoved, PerpetualState
from fks_desk.market.backfill import Backfill
from fks_desk.market.feeds import Feeds
from fks_desk.market.recorder import Recorder
from fks_desk.resilience.metrics import Metrics
from fks_desk.resilience.retry import Waits
from tests.fakes.market import (
    CandleTable,
    FakeHistory,
    FakeSource,
    a_candle,
    a_trade,
    an_instrument,
    until,
)

BTC = an_instrument()
CANDLES = "candles 1m BTC/USDT"
WATCH = WatchCandles(instrument=BTC.id, timeframe=Timeframe.M1)


class Bench:
    def __init__(self) -> None:
        self.source, self.table, self.told = FakeSource([BTC]), CandleTable(), []
        self.history, self.metrics = FakeHistory(), Metrics()
        self.recorder = Recorder(candles=self.table, publish=self.publish, batch_s=0.005)
        backfill = Backfill(
            sources={VenueId("demo"): self.history},
            reader=self.table,
            writer=self.table,
            publish=self.publish,
            depth=10,
        )
        self.feeds = Feeds(
            sources={VenueId("demo"): self.source},
            lookup=self.lookup,
            backfill=backfill,
            clock=SystemClock(),
            publish=self.publish,
            metrics=self.metrics,
            waits=Waits(first_s=0.001, longest_s=0.01),
        )

    def lookup(self, wanted):
        for one in (BTC, an_instrument(venue="binance")):
            if one.id == wanted:
                return one
        raise DataError(f"{wanted} is not known")

    def publish(self, event) -> None:
        self.told.append(event)
        if isinstance(event, CandleClosed):
            self.recorder.on_candle_closed(event)

    def of(self, kind) -> list:
        return [event for event in self.told if isinstance(event, kind)]

    @property
    def numbers(self) -> list[int]:
        first = a_candle(0).opened
        rows = self.table.series(BTC.id, Timeframe.M1)
        return [(row.opened - first) // Timeframe.M1.delta for row in rows]

    async def __aenter__(self):
        self.recorder.start()
        return self

    async def __aexit__(self, *_error):
        await self.feeds.close()
        await self.recorder.close()


async def test_a_watched_timeframe_moves_closes_and_is_stored():
    async with Bench() as bench:
        bench.history.candles = [a_candle(n) for n in range(20)]
        await bench.feeds.watch_candles(WATCH)
        bench.source.push(CANDLES, a_candle(20, closed=False), a_candle(20), a_candle(21))
        await until(lambda: bench.numbers == list(range(11, 22)))

    assert len(bench.of(CandleMoved)) == 1
    assert [event.candle for event in bench.of(CandleClosed)] == [a_candle(20), a_candle(21)]
    assert bench.of(GapFound) == []
    assert bench.feeds.received["candles"] == 3
    assert len(bench.feeds.window(BTC.id, Timeframe.M1)) == 11


async def test_a_hole_left_by_a_lost_connection_is_found_and_filled():
    async with Bench() as bench:
        await bench.feeds.watch_candles(WATCH)
        bench.source.push(CANDLES, a_candle(0), a_candle(1, closed=False), FeedUnavailable("gone"))
        await until(lambda: len(bench.source.begun) == 2)
        bench.history.candles = [a_candle(n) for n in range(6)]
        bench.source.push(CANDLES, a_candle(6, closed=False), a_candle(6))
        await until(lambda: bench.numbers == list(range(7)))

    assert [event.span.start for event in bench.of(GapFound)] == [a_candle(1).opened]
    assert bench.of(CandlesRepaired)[-1].span.end == a_candle(6).opened
    assert bench.metrics.value("feed_reconnects_total", stream="candles") == 1


async def test_watching_twice_is_watching_once():
    async with Bench() as bench:
        for _ in range(3):
            await bench.feeds.watch_candles(WATCH)
            await bench.feeds.watch_market(WatchMarket(instrument=BTC.id))
        await until(lambda: len(bench.source.begun) == 4)

    assert len(bench.source.begun) == 4


async def test_every_print_is_published():
    async with Bench() as bench:
        await bench.feeds.watch_market(WatchMarket(instrument=BTC.id))
        bench.source.push("trades BTC/USDT", *[a_trade(n) for n in range(3000)])
        await until(lambda: bench.feeds.received["trades"] == 3000)

    assert [event.trade.trade_id for event in bench.of(MarketTraded)] == [
        str(n) for n in range(3000)
    ]
    assert bench.metrics.value("feed_messages_total", stream="trades") == 3000


async def test_an_unknown_instrument_is_down_and_one_of_another_venue_is_left_alone():
    async with Bench() as bench:
        offline = an_instrument(venue="binance")
        await bench.feeds.watch_candles(WatchCandles(instrument=offline.id, timeframe=Timeframe.M5))
        await bench.feeds.watch_market(WatchMarket(instrument="demo:spot:NO/PE"))

    assert [(event.stream, event.state) for event in bench.of(FeedMoved)] == [
        ("tickers", FeedState.DOWN),
    ]


async def test_a_stream_that_was_refused_may_be_asked_for_again(allow_warnings):
    async with Bench() as bench:
        await bench.feeds.watch_candles(WATCH)
        bench.source.push(CANDLES, DataError("not now"))
        await until(lambda: not bench.feeds.streams)
        await bench.feeds.watch_candles(WATCH)
        bench.source.push(CANDLES, a_candle(0, closed=False))
        await until(lambda: bench.of(CandleMoved))

    assert bench.of(FeedMoved)[1].detail == "not now"


async def test_a_book_whose_stream_was_lost_is_kept_no_more():
    def side(price: int) -> tuple[BookLevel, ...]:
        return (BookLevel(price=Decimal(price), size=Decimal(1)),)

    moment = a_candle(0).opened
    book = OrderBook(
        instrument=BTC.id,
        bids=side(99),
        asks=side(100),
        sequence=1,
        ts_event=moment,
        ts_init=moment,
    )
    async with Bench() as bench:
        await bench.feeds.watch_market(WatchMarket(instrument=BTC.id))
        bench.source.push("books BTC/USDT", book)
        await until(lambda: bench.feeds.books.newest(BTC.id) == book)
        bench.source.push("books BTC/USDT", FeedUnavailable("gone"))
        await until(lambda: bench.feeds.books.newest(BTC.id) is None)

    assert [event.book for event in bench.of(BookMoved)] == [book]


async def test_a_bug_while_reading_is_loud_and_the_feed_is_down(allow_warnings):
    async with Bench() as bench:
        await bench.feeds.watch_candles(WATCH)
        bench.source.push(CANDLES, KeyError("a bug"))
        await until(lambda: not bench.feeds.streams)

    assert bench.of(FeedMoved)[-1].detail == "an error in the desk itself: KeyError"


async def test_a_repair_that_fails_leaves_the_feed_alive(allow_warnings):
    async with Bench() as bench:
        bench.history.errors = [DataError("no history")]
        await bench.feeds.watch_candles(WATCH)
        bench.source.push(CANDLES, a_candle(0), a_candle(1))
        await until(lambda: len(bench.of(CandleClosed)) == 2)

    assert bench.feeds.watched()[0][:2] == (BTC, Timeframe.M1)


async def test_a_late_bar_goes_in_its_place_and_is_told_as_a_repair():
    async with Bench() as bench:
        await bench.feeds.watch_candles(WATCH)
        bench.source.push(CANDLES, a_candle(0), a_candle(2), a_candle(1))
        await until(lambda: bench.numbers == [0, 1, 2], 30)
        bench.source.push(CANDLES, a_candle(1, close="105"))
        rows = bench.table.rows[BTC.id, Timeframe.M1]
        await until(lambda: rows[a_candle(1).opened].close == 105, 30)

    assert [event.candle for event in bench.of(CandleClosed)] == [a_candle(0), a_candle(2)]
    assert [event.span.start for event in bench.of(CandlesRepaired)] == [a_candle(1).opened] * 2
    assert bench.feeds.window(BTC.id, Timeframe.M1).find(a_candle(1).opened).close == 105
    assert bench.feeds.watched()[0][2] == a_candle(2).opened


@pytest.mark.slow
async def test_a_hole_is_asked_for_until_the_exchange_answers(allow_warnings):
    async with Bench() as bench:
        await bench.feeds.watch_candles(WATCH)
        bench.source.push(CANDLES, a_candle(0))
        await until(lambda: bench.numbers == [0], 30)
        bench.history.candles = [a_candle(n) for n in range(5)]
        bench.history.errors = [FeedUnavailable("out of reach") for _ in range(5)]
        bench.source.push(CANDLES, a_candle(4))
        await until(lambda: bench.numbers == list(range(5)), 60)

    assert bench.history.errors == []


async def test_a_late_bar_that_cannot_be_stored_is_asked_for_again(allow_warnings):
    async with Bench() as bench:
        await bench.feeds.watch_candles(WATCH)
        bench.source.push(CANDLES, a_candle(0), a_candle(2))
        await until(lambda: bench.numbers == [0, 2], 30)
        bench.history.candles = [a_candle(n) for n in range(3)]
        bench.table.is_away = True
        bench.source.push(CANDLES, a_candle(1))
        await until(lambda: bench.feeds.received["candles"] == 3, 30)
        bench.table.is_away = False
        await until(lambda: bench.numbers == [0, 1, 2], 60)


async def test_a_perpetuals_funding_comes_with_its_market_and_a_coin_has_none():
    perp = replace(BTC, kind=InstrumentKind.LINEAR)
    state = PerpetualState(
        instrument=perp.id,
        mark=Decimal(1),
        ts_event=a_candle(0).opened,
        ts_init=a_candle(0).opened,
    )

    class Perpetuals:
        def __init__(self) -> None:
            self.asked = []

        async def perpetual(self, instrument):
            self.asked.append(instrument)
            yield state
            await asyncio.Event().wait()

    async with Bench() as bench:
        source = Perpetuals()
        bench.feeds._perpetuals = {VenueId("demo"): source}
        bench.feeds._lookup = {BTC.id: BTC, perp.id: perp}.__getitem__
        for one in (BTC, perp):
            await bench.feeds.watch_market(WatchMarket(instrument=one.id))
        await until(lambda: bench.of(PerpetualMoved), 30)

    assert source.asked == [perp]
    assert bench.of(PerpetualMoved) == [PerpetualMoved(state=state)]
    assert bench.feeds.received["perpetual"] == 1
