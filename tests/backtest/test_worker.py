import asyncio
import os
import signal
from dataclasses import replace

import pytest

from fks_desk.backtest.errors import BacktestCancelled, WorkerStopped
from fks_desk.backtest.runner import run_backtest
from fks_desk.backtest.worker import BacktestWorker, WorkerOptions
from fks_desk.core.errors import FKSException
from fks_desk.core.model import RunId
from tests.backtest.specs import spec_of
from tests.fakes import workers
from tests.fakes.candles import walk

YEAR = 105_120
RUN = RunId("r-1")


async def test_a_year_of_5m_candles_gives_in_the_worker_what_it_gives_here(warm_worker):
    frame, told = walk(YEAR, swing=0.001), []
    spec = spec_of(frame)
    report = await warm_worker.run(RUN, spec, frame, lambda fraction, _note: told.append(fraction))

    assert report.run == RUN
    assert report.digest == run_backtest(spec, frame).digest
    assert told == sorted(told)
    assert told


async def test_a_refusal_reaches_the_caller_as_its_sentence(warm_worker):
    frame = walk(100)

    with pytest.raises(FKSException, match="need 0 < fast < slow, were 50 and 20"):
        await warm_worker.run(RUN, spec_of(frame, params={"fast": 50, "slow": 20}), frame)


async def test_a_cancel_ends_the_run_within_a_second_and_keeps_the_process(crawling_worker):
    frame, moved = walk(YEAR), asyncio.Event()
    assert crawling_worker.is_warm
    before = crawling_worker.process_id
    going = asyncio.ensure_future(
        crawling_worker.run(
            RUN,
            spec_of(frame),
            frame,
            lambda fraction, _note: moved.set() if fraction > 0.36 else None,
        )
    )
    await asyncio.wait_for(moved.wait(), 60)
    crawling_worker.cancel(RUN)
    with pytest.raises(BacktestCancelled):
        await going

    assert crawling_worker.process_id == before


async def test_a_waiting_run_is_cancelled_at_once_and_the_one_before_it_goes_on(light_worker):
    frame = walk(YEAR)
    first = asyncio.ensure_future(light_worker.run(RUN, spec_of(frame), frame))
    second = asyncio.ensure_future(light_worker.run(RunId("r-2"), spec_of(frame), frame))
    await asyncio.sleep(0.1)
    light_worker.cancel(RunId("r-2"))
    with pytest.raises(BacktestCancelled, match="before it started"):
        await asyncio.wait_for(second, 30)
    assert not first.done()
    light_worker.cancel(RUN)

    with pytest.raises(BacktestCancelled):
        await first


async def test_a_caller_that_goes_away_stops_its_run(light_worker):
    frame = walk(YEAR)
    going = asyncio.ensure_future(light_worker.run(RUN, spec_of(frame), frame))
    await asyncio.sleep(0.2)
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going

    short = walk(300)
    report = await asyncio.wait_for(light_worker.run(RunId("r-3"), spec_of(short), short), 30)
    assert report.run == "r-3"


def test_a_caller_whose_loop_closed_leaves_the_worker_fit_for_the_next(light_worker):
    frame, short = walk(YEAR), walk(300)

    async def leave():
        going = asyncio.ensure_future(light_worker.run(RUN, spec_of(frame), frame))
        await asyncio.sleep(0.3)
        going.cancel()
        await asyncio.wait([going])

    asyncio.run(leave())

    report = asyncio.run(
        asyncio.wait_for(light_worker.run(RunId("r-5"), spec_of(short), short), 30)
    )
    assert report.run == "r-5"


async def test_a_listener_that_fails_costs_the_process_and_not_the_next_run(light_worker):
    frame = walk(300)

    def broken(_task, _tell):
        raise ZeroDivisionError("a bug of ours")

    before = light_worker.process_id
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fks_desk.backtest.worker._heard", broken)
        with pytest.raises(ZeroDivisionError):
            await light_worker.run(RUN, spec_of(frame), frame)
    report = await light_worker.run(RUN, spec_of(frame), frame)

    assert report.run == RUN
    assert light_worker.process_id != before


async def test_a_killed_process_ends_its_run_and_the_next_run_gets_a_new_one(light_worker):
    frame, moved = walk(YEAR), asyncio.Event()
    going = asyncio.ensure_future(
        light_worker.run(RUN, spec_of(frame), frame, lambda *_: moved.set())
    )
    await asyncio.wait_for(moved.wait(), 60)
    killed = light_worker.process_id
    os.kill(killed, signal.SIGKILL)
    with pytest.raises(WorkerStopped, match=r"in the middle of the run \(exit code -9\)"):
        await asyncio.wait_for(going, 30)

    short = walk(300)
    report = await light_worker.run(RunId("r-4"), spec_of(short), short)
    assert report.run == "r-4"
    assert light_worker.process_id != killed


async def test_a_process_that_died_between_two_runs_is_replaced_unseen(light_worker):
    frame = walk(300)
    os.kill(light_worker.process_id, signal.SIGKILL)
    await asyncio.sleep(0.1)

    report = await light_worker.run(RUN, spec_of(frame), frame)
    assert report.run == RUN


async def test_a_process_that_ignores_a_cancel_is_ended():
    worker, frame = BacktestWorker(main=workers.deaf), walk(300)
    await worker.start()
    before = worker.process_id
    going = asyncio.ensure_future(worker.run(RUN, spec_of(frame), frame))
    await asyncio.sleep(0.2)
    worker.cancel(RUN)
    with pytest.raises(BacktestCancelled, match="its process ended"):
        await going

    assert worker.process_id != before
    await worker.close()


async def test_a_run_that_takes_too_long_is_ended():
    worker, frame = BacktestWorker(main=workers.deaf, options=WorkerOptions(run_s=0.3)), walk(300)
    with pytest.raises(WorkerStopped, match=r"took longer than 0.3 seconds"):
        await worker.run(RUN, spec_of(frame), frame)

    await worker.close()


async def test_a_crash_names_the_exit_code():
    worker, frame = BacktestWorker(main=workers.dying), walk(300)
    with pytest.raises(WorkerStopped, match=r"exit code 7\); run it again"):
        await worker.run(RUN, spec_of(frame), frame)

    await worker.close()


async def test_a_worker_that_cannot_start_says_so():
    stillborn = BacktestWorker(main=workers.stillborn)
    silent = BacktestWorker(main=workers.never_ready, options=WorkerOptions(start_s=0.5))

    with pytest.raises(WorkerStopped, match=r"could not start \(exit code 3\)"):
        await stillborn.start()
    with pytest.raises(WorkerStopped, match=r"was not ready after 0.5 s"):
        await silent.start()
    await stillborn.close()
    await silent.close()


async def test_a_bug_in_the_worker_is_told_and_logged(allow_warnings, caplog):
    worker, frame = BacktestWorker(main=workers.buggy), walk(300)
    with pytest.raises(FKSException, match="the backtest failed: a bug"):
        await worker.run(RUN, spec_of(frame), frame)

    assert "ZeroDivision" in caplog.text
    await worker.close()


async def test_closing_ends_a_run_and_its_process():
    worker, frame = BacktestWorker(main=workers.deaf), walk(300)
    await worker.start()
    child = worker.process_id
    going = asyncio.ensure_future(worker.run(RUN, spec_of(frame), frame))
    await asyncio.sleep(0.1)
    await worker.close()

    with pytest.raises(BacktestCancelled):
        await going
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
    assert worker.process_id is None


async def test_the_same_run_in_the_worker_twice_has_the_same_digest(warm_worker):
    frame = walk(2000)
    spec = replace(spec_of(frame, "macd_trend"), params={"fast": 5, "slow": 9})
    first = await warm_worker.run(RUN, spec, frame)
    second = await warm_worker.run(RunId("r-2"), spec, frame)

    assert first.digest == second.digest
    assert first.trades == second.trades
