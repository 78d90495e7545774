"""Closed candles are stored in batches, and none is lost while the database is away."""

from __future__ import annotations

from fks_desk.core.errors import StorageError
from fks_desk.core.messages import CandleClosed, MarketTraded, NoticeRaised
from fks_desk.core.model import Timeframe
from fks_desk.market.recorder import Recorder
from fks_desk.resilience.metrics import Metrics
from tests.fakes.market import CandleTable, a_candle, a_trade, an_instrument, until


class Prints:
    def __init__(self) -> None:
        self.rows = []

    async def record_market_trades(self, trades):
        self.rows.extend(trades)
        return len(trades)


def close(recorder: Recorder, *numbers: int) -> None:
    for number in numbers:
        recorder.on_candle_closed(CandleClosed(candle=a_candle(number)))


def stored(table: CandleTable) -> int:
    return len(table.series(an_instrument().id, Timeframe.M1))


async def test_many_candles_become_one_batch():
    table, metrics = CandleTable(), Metrics()
    recorder = Recorder(candles=table, publish=print, metrics=metrics, batch_s=0.02)
    recorder.start()
    close(recorder, *range(50))
    await until(lambda: stored(table) == 50)
    await recorder.close()

    assert table.batches == [50]
    assert metrics.value("rows_stored_total", table="candles") == 50


async def test_rows_wait_for_the_database_and_are_stored_when_it_is_back(allow_warnings):
    table = CandleTable()
    table.is_away = True
    recorder = Recorder(candles=table, publish=print, batch_s=0.01)
    recorder.start()
    close(recorder, *range(5))
    await until(lambda: recorder.waiting == 5)
    close(recorder, *range(5, 9))
    table.is_away = False
    await until(lambda: stored(table) == 9)
    await recorder.close()

    assert recorder.waiting == 0


async def test_a_full_lane_keeps_the_newest(allow_warnings):
    table = CandleTable()
    recorder = Recorder(candles=table, publish=print, limit=3)
    close(recorder, *range(10))
    await recorder.close()

    assert stored(table) == 3
    assert table.series(an_instrument().id, Timeframe.M1)[-1] == a_candle(9)


async def test_rows_that_arrive_while_a_batch_is_written_are_not_lost():
    table = CandleTable()
    recorder = Recorder(candles=table, publish=print, limit=4)
    plain, numbers = table.upsert, iter([[4, 5], []])

    async def slow(candles):
        close(recorder, *next(numbers, []))
        return await plain(candles)

    recorder._candles._write = slow
    close(recorder, 0, 1, 2, 3)
    await recorder.close()

    assert stored(table) == 6


async def test_a_batch_that_can_never_be_stored_is_told_and_dropped(allow_warnings):
    told = []

    class Broken(CandleTable):
        async def upsert(self, candles):
            raise StorageError("no such table")

    recorder = Recorder(candles=Broken(), publish=told.append)
    close(recorder, 1)
    await recorder.close()

    assert recorder.waiting == 0
    assert [type(event) for event in told] == [NoticeRaised]
    assert "1 candles cannot be stored: no such table" in told[0].text


async def test_public_prints_are_recorded_only_when_wanted():
    prints = Prints()
    recorder = Recorder(candles=CandleTable(), trades=prints, publish=print)
    without = Recorder(candles=CandleTable(), publish=print)
    for one in (recorder, without):
        one.on_market_traded(MarketTraded(trade=a_trade(1)))
        await one.close()

    assert prints.rows == [a_trade(1)]
    assert without.waiting == 0
