"""Answer backtest tasks inside the worker process, one after the other."""

from __future__ import annotations

import traceback
from datetime import timedelta
from multiprocessing.connection import Connection

import numpy as np

from fks_desk.backtest.errors import BacktestCancelled
from fks_desk.backtest.runner import run_backtest
from fks_desk.backtest.wire import Answer, Cancel, Failed, Finished, Progress, Ready, Task
from fks_desk.core.clock import EPOCH
from fks_desk.core.errors import FKSException
from fks_desk.core.frame import Frame
from fks_desk.core.messages import BacktestSpec
from fks_desk.core.model import InstrumentId, RunId, Span, Timeframe
from fks_desk.strategy.catalog import strategies

_WARM_BARS = 200


def serve(pipe: Connection) -> None:
    """Warm up, say so, and run what is asked until the other end closes."""
    try:
        warm_up()
        pipe.send(Ready())
        while True:
            message = pipe.recv()
            # A cancel that comes after its run has ended has nothing left to stop.
            if isinstance(message, Task):
                pipe.send(answer(message, pipe))
    except (EOFError, OSError):
        return  # the desk is gone, and so is the reason to be here


def answer(task: Task, pipe: Connection) -> Answer:
    """Run the task, telling its progress through the pipe, and return how it ended."""

    def on_progress(fraction: float, note: str) -> None:
        pipe.send(Progress(run=task.run, fraction=fraction, note=note))

    def is_cancelled() -> bool:
        while pipe.poll():
            message = pipe.recv()
            if isinstance(message, Cancel) and message.run == task.run:
                return True
        return False

    try:
        report = run_backtest(task.spec, task.frame, on_progress, is_cancelled, run=task.run)
    except FKSException as error:
        was_cancelled = isinstance(error, BacktestCancelled)
        return Failed(run=task.run, reason=error.message, was_cancelled=was_cancelled)
    except (EOFError, OSError):
        raise
    except Exception as error:  # noqa: BLE001  top of a task: the desk logs it and tells the user
        reason = f"the backtest failed: {error}; the log has the details"
        return Failed(run=task.run, reason=reason, traceback=traceback.format_exc())
    return Finished(report=report)


def warm_up() -> None:
    """Load and compile everything that a run needs, by running every strategy once."""
    wave = 100 + np.sin(np.arange(_WARM_BARS) / 5)
    frame = Frame(
        time=np.arange(_WARM_BARS, dtype=np.int64) * Timeframe.D1.milliseconds,
        open=wave,
        high=wave,
        low=wave,
        close=wave,
        volume=wave,
    )
    for found in strategies():
        run_backtest(
            BacktestSpec(
                strategy=found.name,
                params={},
                instrument=InstrumentId("warm:spot:UP/NOW"),
                timeframe=Timeframe.D1,
                span=Span(start=EPOCH, end=EPOCH + timedelta(days=_WARM_BARS)),
            ),
            frame,
            run=RunId("warm-up"),
        )
