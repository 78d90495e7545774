"""The backfill fetches exactly what is missing, and twice is once."""

from __future__ import annotations

import pytest

from fks_desk.core.errors import DataError, FeedUnavailable
from fks_desk.core.model import Span, Timeframe, VenueId
from fks_desk.market.backfill import Backfill
from tests.fakes.market import START, CandleTable, FakeHistory, a_candle, an_instrument

M1 = Timeframe.M1


class Bench:
    def __init__(self, history: FakeHistory, depth: int = 100) -> None:
        self.history, self.table, self.told = history, CandleTable(), []
        self.backfill = Backfill(
            sources={VenueId("demo"): history},
            reader=self.table,
            writer=self.table,
            publish=self.told.append,
            depth=depth,
        )

    async def repair(self, number: int):
        return await self.backfill.repair(an_instrument(), M1, a_candle(number).opened)

    @property
    def numbers(self) -> list[int]:
        rows = self.table.series(an_instrument().id, M1)
        return [(row.opened - START) // M1.delta for row in rows]


async def test_a_first_start_fetches_the_default_depth_in_pages():
    bench = Bench(FakeHistory([a_candle(n) for n in range(500)], page=30))
    done = await bench.repair(400)

    assert bench.numbers == list(range(300, 400))
    assert (done.rows, done.gaps) == (100, ())
    assert sum(event.count for event in bench.told) == 100
    assert len(bench.history.asked) == 4


async def test_twice_is_once():
    bench = Bench(FakeHistory([a_candle(n) for n in range(50)]))
    await bench.repair(50)
    bench.told.clear()
    done = await bench.repair(50)

    assert done.rows == 0
    assert bench.told == []


async def test_a_candle_that_was_streamed_first_does_not_hide_that_the_rest_is_missing():
    bench = Bench(FakeHistory([a_candle(n) for n in range(500)]))
    await bench.table.upsert([a_candle(399)])
    await bench.repair(400)

    assert bench.numbers == list(range(300, 400))


async def test_after_an_absence_everything_since_the_last_candle_is_fetched():
    bench = Bench(FakeHistory([a_candle(n) for n in range(500)]), depth=10)
    await bench.table.upsert([a_candle(n) for n in range(3)])
    await bench.repair(500)

    assert bench.numbers == list(range(500))


async def test_only_what_came_after_the_last_stored_candle_is_fetched():
    bench = Bench(FakeHistory([a_candle(n) for n in range(100)]), depth=50)
    await bench.table.upsert([a_candle(n) for n in range(80)])
    await bench.repair(90)

    assert bench.numbers == list(range(90))
    assert bench.history.asked == [a_candle(80).opened]


async def test_a_hole_inside_is_filled_and_announced():
    bench = Bench(FakeHistory([a_candle(n) for n in range(100)]))
    await bench.table.upsert([a_candle(n) for n in range(90) if not 40 <= n < 45])
    done = await bench.repair(90)

    assert bench.numbers == list(range(90))
    assert [event.span for event in bench.told] == [
        Span(start=a_candle(40).opened, end=a_candle(45).opened)
    ]
    assert done.gaps == ()


async def test_a_hole_that_the_venue_has_too_is_reported():
    candles = [a_candle(n) for n in range(100) if n not in {50, 51}]
    done = await Bench(FakeHistory(candles)).repair(100)

    assert done.gaps == (Span(start=a_candle(50).opened, end=a_candle(52).opened),)


async def test_a_flicker_of_the_network_is_waited_out():
    bench = Bench(FakeHistory([a_candle(n) for n in range(10)]))
    bench.history.errors = [FeedUnavailable("gone")]

    assert (await bench.repair(10)).rows == 10


async def test_a_venue_without_history_is_named():
    with pytest.raises(DataError, match="no history can be fetched from binance"):
        await Bench(FakeHistory()).backfill.repair(
            an_instrument(venue="binance"), M1, a_candle(3).opened
        )


async def test_who_keeps_candles_in_memory_gets_each_page():
    bench, kept = Bench(FakeHistory([a_candle(n) for n in range(10)])), []
    await bench.backfill.repair(an_instrument(), M1, a_candle(10).opened, kept.extend)

    assert kept == [a_candle(n) for n in range(10)]
