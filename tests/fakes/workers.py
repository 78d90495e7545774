"""Stand in for the backtest worker's process when it misbehaves; each is spawned for real."""

from __future__ import annotations

import importlib
import os
import time

from fks_desk.backtest.wire import Cancel, Failed, Finished, Progress, Ready, Task
from fks_desk.core.messages import BacktestReport


def crawling(pipe):
    """Serve as the real one does, but so slowly that there is time to interfere."""
    kernel = importlib.import_module("fks_desk.backtest.kernel")
    serve = importlib.import_module("fks_desk.backtest.serve")
    trade = kernel._advance

    def slowly(*arguments):
        time.sleep(0.02)
        trade(*arguments)

    serve.warm_up()
    kernel.CHUNK = 200
    kernel._advance = slowly
    serve.warm_up = lambda: None
    serve.serve(pipe)


def deaf(pipe):
    """Take a task and never answer again."""
    pipe.send(Ready())
    pipe.recv()
    time.sleep(600)


def dying(pipe):
    """Die as soon as there is a task, as a native crash would."""
    pipe.send(Ready())
    pipe.recv()
    os._exit(7)


def stillborn(pipe):
    """Die before being ready."""
    os._exit(3)


def never_ready(pipe):
    """Start and say nothing."""
    time.sleep(600)


def buggy(pipe):
    """Answer every task with a bug of its own."""
    pipe.send(Ready())
    task = pipe.recv()
    pipe.send(Failed(run=task.run, reason="the backtest failed: a bug", traceback="ZeroDivision"))
    pipe.recv()


def light(pipe):
    """Keep the worker's manners without its engine: a step of 20 ms for every 300 bars."""
    pipe.send(Ready())
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        if isinstance(task, Task):
            pipe.send(_stepped(pipe, task))


def _stepped(pipe, task):
    steps = len(task.frame) // 300
    for step in range(steps):
        time.sleep(0.02)
        pipe.send(Progress(run=task.run, fraction=step / steps, note="stepping"))
        if pipe.poll() and isinstance(pipe.recv(), Cancel):
            return Failed(run=task.run, reason="the backtest was cancelled", was_cancelled=True)
    report = BacktestReport(
        run=task.run,
        spec=task.spec,
        equity_time=task.frame.time,
        equity=task.frame.close,
        trades=(),
        metrics={},
        digest="light",
        seconds=0.0,
    )
    return Finished(report=report)
