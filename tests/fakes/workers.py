"""Stand in for the backtest worker's process when it misbehaves; each is spawned for real."""

from __future__ import annotations

import importlib
import os
import time

from fks_desk.backtest.wire import Ready


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
    """Serve as the real one does, with a bug inside."""
    serve = importlib.import_module("fks_desk.backtest.serve")

    def broken(*_arguments, **_named):
        raise ZeroDivisionError("a bug")

    serve.warm_up = lambda: None
    serve.run_backtest = broken
    serve.serve(pipe)
