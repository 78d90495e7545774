import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from fks_desk.backtest.service import Backtests
from fks_desk.core.errors import StorageUnavailable
from fks_desk.core.frame import Frame
from fks_desk.core.messages import (
    BacktestDone,
    BacktestMoved,
    BacktestStopped,
    CancelBacktest,
    RunBacktest,
)
from fks_desk.core.model import RunId, Span, Timeframe
from tests.backtest.specs import SPOT, spec_of
from tests.fakes.candles import StoredCandles, walk

RUN = RunId("r-1")


class Reports:
    """Keep reports in memory behind the `BacktestStore` door, or refuse to."""

    def __init__(self):
        self.kept = []
        self.refusal = None

    async def record_backtest(self, report):
        if self.refusal:
            raise self.refusal
        self.kept.append(report)


class SlowCandles(StoredCandles):
    """Answer after a minute."""

    async def range(self, instrument, timeframe, span):
        await asyncio.sleep(60)
        return Frame.empty()


class Bench:
    """Hold a service, what it told and what it stored."""

    def __init__(self, worker, candles):
        self.told = []
        self.ended = asyncio.Event()
        self.store = Reports()
        self.service = Backtests(
            candles=candles, store=self.store, worker=worker, publish=self._hear
        )

    def _hear(self, event):
        self.told.append(event)
        if isinstance(event, BacktestDone | BacktestStopped):
            self.ended.set()

    async def finish(self, spec):
        await self.service.run(RunBacktest(run=RUN, spec=spec))
        return await self.end()

    async def end(self, seconds=10):
        await asyncio.wait_for(self.ended.wait(), seconds)
        await asyncio.sleep(0)
        return self.told[-1]


def stored(frame):
    return StoredCandles({(SPOT, Timeframe.M5): frame})


async def test_a_run_reads_tests_stores_and_tells(warm_worker):
    frame = walk(3000)
    bench = Bench(warm_worker, stored(frame))
    done = await bench.finish(spec_of(frame))
    fractions = [event.fraction for event in bench.told if isinstance(event, BacktestMoved)]

    assert isinstance(done, BacktestDone)
    assert bench.store.kept == [done.report]
    assert done.report.run == RUN
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 0.98)


async def test_nothing_stored_says_what_is_and_how_to_import(warm_worker):
    candles = StoredCandles({("demo:spot:ETH/USDT", Timeframe.M1): walk(10)})
    stopped = await Bench(warm_worker, candles).finish(spec_of(walk(10)))

    assert stopped == BacktestStopped(
        run=RUN,
        reason=(
            "no candles of binance:spot:BTC/USDT 5m are stored; stored are: "
            "demo:spot:ETH/USDT 1m; import: fks-desk import FILE --exchange binance "
            "--symbol BTC/USDT --timeframe 5m"
        ),
        was_cancelled=False,
    )


async def test_a_range_without_candles_says_which_range_has_some(warm_worker):
    frame, spec = walk(10), spec_of(walk(10))
    start = datetime(2020, 1, 1, tzinfo=UTC)
    bench = Bench(warm_worker, stored(frame))
    elsewhere = Span(start=start, end=start + timedelta(days=1))
    stopped = await bench.finish(type(spec)(**{**_fields(spec), "span": elsewhere}))

    assert stopped.reason == (
        "no candles of binance:spot:BTC/USDT 5m are stored between 2020-01-01 00:00 and "
        "2020-01-02 00:00; stored are 2024-03-01 00:00 to 2024-03-01 00:50 (UTC), "
        "so choose a range inside or import more"
    )


async def test_a_refused_specification_stops_with_its_sentence(warm_worker):
    frame = walk(100)
    bench = Bench(warm_worker, stored(frame))
    stopped = await bench.finish(spec_of(frame, params={"fast": 50, "slow": 20}))

    assert stopped.reason == "SMA cross: need 0 < fast < slow, were 50 and 20"
    assert not stopped.was_cancelled
    assert bench.store.kept == []


async def test_a_report_that_cannot_be_stored_stops_with_the_reason(warm_worker):
    frame = walk(100)
    bench = Bench(warm_worker, stored(frame))
    bench.store.refusal = StorageUnavailable("the database is out of reach")
    stopped = await bench.finish(spec_of(frame))

    assert stopped.reason == "the database is out of reach"


async def test_a_bug_stops_the_run_and_is_logged(warm_worker, allow_warnings):
    frame = walk(100)
    bench = Bench(warm_worker, stored(frame))
    bench.store.refusal = KeyError("bug")
    stopped = await bench.finish(spec_of(frame))

    assert stopped.reason == "the backtest failed: 'bug'; the log has the details"


async def test_a_cancel_while_testing_stops_within_a_second(light_worker):
    frame = walk(105_120)
    bench = Bench(light_worker, stored(frame))
    await bench.service.run(RunBacktest(run=RUN, spec=spec_of(frame)))
    while not any(isinstance(e, BacktestMoved) and e.fraction > 0.1 for e in bench.told):
        await asyncio.sleep(0.02)
    await bench.service.cancel(CancelBacktest(run=RUN))
    stopped = await bench.end(1)

    assert isinstance(stopped, BacktestStopped)
    assert stopped.was_cancelled
    assert bench.store.kept == []


@pytest.mark.parametrize("pause", [0.0, 0.05])
async def test_a_cancel_while_reading_candles_stops_at_once(warm_worker, pause):
    bench = Bench(warm_worker, SlowCandles())
    await bench.service.run(RunBacktest(run=RUN, spec=spec_of(walk(10))))
    if pause:
        await asyncio.sleep(pause)
    await bench.service.cancel(CancelBacktest(run=RUN))
    stopped = await bench.end(0.5)

    assert stopped == BacktestStopped(
        run=RUN, reason="the backtest was cancelled", was_cancelled=True
    )


async def test_the_same_run_asked_for_twice_is_run_once(warm_worker):
    frame = walk(300)
    bench = Bench(warm_worker, stored(frame))
    await bench.service.run(RunBacktest(run=RUN, spec=spec_of(frame)))
    await bench.finish(spec_of(frame))

    assert len(bench.store.kept) == 1


async def test_a_cancel_of_an_unknown_run_is_harmless(warm_worker):
    bench = Bench(warm_worker, StoredCandles())
    await bench.service.cancel(CancelBacktest(run=RUN))

    assert bench.told == []


async def test_closing_stops_every_run(light_worker):
    frame = walk(105_120)
    bench = Bench(light_worker, stored(frame))
    await bench.service.run(RunBacktest(run=RUN, spec=spec_of(frame)))
    await asyncio.sleep(0.1)
    await bench.service.close()

    assert (await bench.end(1)).was_cancelled


def _fields(spec):
    return {name: getattr(spec, name) for name in type(spec).__slots__}
