"""Measure the compiled engine against numpy's own limit, and a whole warm run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from fks_desk.backtest.kernel import simulate
from fks_desk.backtest.runner import run_backtest
from fks_desk.backtest.worker import BacktestWorker
from fks_desk.core.model import RunId
from fks_desk.strategy.catalog import strategy
from tests.backtest.specs import COSTS, spec_of
from tests.benchmarks.measure import Measure, less_is_better, more_is_better
from tests.fakes.candles import walk

BARS = 1_000_000
YEAR = 105_120


def measures() -> Iterator[Measure]:
    """Yield each measure with its limit on this machine, taken in the same run."""
    frame = walk(BARS, swing=0.002)
    stances = strategy("sma_cross").stances(frame, {})
    kernel = BARS / _best(lambda: simulate(frame, stances, COSTS))
    limit = BARS / _best(lambda: _numpy_equity(frame, stances))
    against = "numpy, whole columns"
    yield more_is_better("backtest.kernel", kernel, "bars/s", against, limit, 0.5)
    year = walk(YEAR, swing=0.002)
    for name in ("sma_cross", "rsi_reversion", "macd_trend", "bollinger_breakout"):
        spec = spec_of(year, name)
        inside = _best(lambda spec=spec: run_backtest(spec, year))
        yield less_is_better(f"backtest.year_of_5m_{name}", inside, "s", "allowed", 3.0, 10)
    warm = asyncio.run(_through_the_worker(year))
    yield less_is_better("backtest.year_of_5m_warm_worker", warm, "s", "allowed", 3.0, 10)


def _numpy_equity(frame: Any, stances: Any) -> Any:
    """Work equity out in whole columns, which is the least that any engine has to do."""
    held = np.concatenate([[0], stances[:-1]])
    before = np.concatenate([[0], held[:-1]])
    last = np.concatenate([frame.open[:1], frame.close[:-1]])
    night = np.where(before == 1, frame.open / last, 1.0)
    day = np.where(held == 1, frame.close / frame.open, 1.0)
    buys, sells = (held == 1) & (before == 0), (held == 0) & (before == 1)
    costs = np.where(buys, 0.999 / 1.0002, 1.0) * np.where(sells, 0.9998 * 0.999, 1.0)
    return 10_000 * np.cumprod(night * day * costs)


async def _through_the_worker(frame: Any) -> float:
    worker = BacktestWorker()
    await worker.start()
    try:
        seconds = []
        for number in range(3):
            started = time.perf_counter()
            await worker.run(RunId(f"r-{number}"), spec_of(frame), frame)
            seconds.append(time.perf_counter() - started)
        return min(seconds)
    finally:
        await worker.close()


def _best(work: Callable[[], object], rounds: int = 5) -> float:
    work()
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


if __name__ == "__main__":
    for row in measures():
        print(row.line())
