"""Keep a warm process that runs backtests, and outlive whatever happens to it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import TypeVar

from fks_desk.backtest import child
from fks_desk.backtest.errors import BacktestCancelled, WorkerStopped
from fks_desk.backtest.wire import Answer, Cancel, Failed, Finished, Progress, Ready, Task
from fks_desk.core.errors import FKSException
from fks_desk.core.frame import Frame
from fks_desk.core.messages import BacktestReport, BacktestSpec
from fks_desk.core.model import RunId

log = logging.getLogger(__name__)

T = TypeVar("T")

Main = Callable[[Connection], None]
Told = Callable[[float, str], None]

_NOT_STARTED = "the backtest was cancelled before it started"
_LOOK_S = 0.02  # how often a conversation looks up from the pipe


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """Say how patient the desk is with its worker, in seconds.

    `start_s` covers importing and, once per machine, compiling. `run_s` is the
    longest a run may take; `cancel_s` how long it may go on after a cancel
    before its process is ended.
    """

    start_s: float = 120.0
    run_s: float = 600.0
    cancel_s: float = 0.5


@dataclass(slots=True, kw_only=True)
class _Child:
    process: SpawnProcess
    pipe: Connection
    is_ready: bool = False
    is_busy: bool = False


class BacktestWorker:
    """Run backtests one at a time in a process of its own.

    Start it once. A process that dies, hangs or ignores a cancel is replaced;
    the run that it had ends with `WorkerStopped` or `BacktestCancelled`.
    """

    def __init__(
        self,
        *,
        options: WorkerOptions | None = None,
        main: Main = child.main,
    ) -> None:
        self._options = options or WorkerOptions()
        self._main = main
        # One thread owns the process and the pipe, so neither needs a lock.
        self._lane = ThreadPoolExecutor(max_workers=1, thread_name_prefix="backtest")
        self._child: _Child | None = None
        self._runs: dict[RunId, Future[BacktestReport]] = {}
        self._cancelled: set[RunId] = set()
        self._closing = threading.Event()

    async def start(self) -> None:
        """Start the process and wait until it is warm; `WorkerStopped` if it cannot start."""
        await asyncio.wrap_future(self._lane.submit(self._ready_child))

    async def run(
        self,
        run: RunId,
        spec: BacktestSpec,
        frame: Frame,
        on_progress: Told = lambda _fraction, _note: None,
    ) -> BacktestReport:
        """Return the report; progress is told on the calling loop.

        Raises `BacktestCancelled`, `WorkerStopped`, or what the run itself was
        refused for.
        """
        loop = asyncio.get_running_loop()

        def tell(fraction: float, note: str) -> None:
            # A caller whose loop has closed is told nothing, and its run still ends in order.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(on_progress, fraction, note)

        task = Task(run=run, spec=spec, frame=frame)
        future = self._lane.submit(self._converse, task, tell)
        self._runs[run] = future
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            if run in self._cancelled and future.cancelled():
                raise BacktestCancelled(_NOT_STARTED) from None
            self.cancel(run)
            raise
        finally:
            del self._runs[run]
            if future.done():
                self._cancelled.discard(run)

    def cancel(self, run: RunId) -> None:
        """Ask a run, waiting or running, to stop; harmless if there is none."""
        future = self._runs.get(run)
        if future is not None and not future.done():
            self._cancelled.add(run)
            future.cancel()

    @property
    def process_id(self) -> int | None:
        """Return the process's id, or None while there is none."""
        return None if self._child is None else self._child.process.pid

    @property
    def is_warm(self) -> bool:
        """Tell whether the process has imported and compiled what it needs."""
        return self._child is not None and self._child.is_ready

    async def close(self) -> None:
        """End the process and whatever it runs."""
        self._closing.set()
        await asyncio.to_thread(self._lane.shutdown, wait=True, cancel_futures=True)
        self._end_child()

    def _converse(self, task: Task, tell: Told) -> BacktestReport:
        """Hand the task over and follow it to its end; runs in the lane."""
        try:
            helper = self._ready_child(task.run)
            return self._followed(helper, task, tell)
        finally:
            self._cancelled.discard(task.run)

    def _followed(self, helper: _Child, task: Task, tell: Told) -> BacktestReport:
        deadline = time.monotonic() + self._options.run_s
        asked_at: float | None = None
        helper.is_busy = True
        try:
            helper.pipe.send(task)
            while True:
                if (report := _heard(helper, tell)) is not None:
                    return report
                if self._is_unwanted(task.run) and asked_at is None:
                    asked_at = time.monotonic()
                    helper.pipe.send(Cancel(run=task.run))
                self._require_patience(asked_at, deadline)
        except (EOFError, OSError) as error:
            raise self._death(helper, "stopped in the middle of the run") from error

    def _require_patience(self, asked_at: float | None, deadline: float) -> None:
        """End the process, and raise, if it ignores a cancel or takes too long."""
        now = time.monotonic()
        if asked_at is not None and now - asked_at > self._options.cancel_s:
            self._replace_child()
            raise BacktestCancelled("the backtest was cancelled and its process ended")
        if now > deadline:
            self._replace_child()
            raise WorkerStopped(
                f"the backtest took longer than {self._options.run_s:g} seconds and was ended; "
                "choose a shorter range"
            )

    def _ready_child(self, run: RunId | None = None) -> _Child:
        """Return a process that has said it is ready, a new one if there is none alive."""
        self._require_wanted(run)
        # One that is still busy has lost its listener, and would not hear a new task.
        if self._child is None or self._child.is_busy or not self._child.process.is_alive():
            self._end_child()
            self._child = self._launched()
        helper = self._child
        deadline = time.monotonic() + self._options.start_s
        try:
            while not helper.is_ready:
                self._require_wanted(run)
                if helper.pipe.poll(_LOOK_S):
                    helper.is_ready = isinstance(helper.pipe.recv(), Ready)
                elif time.monotonic() > deadline:
                    self._end_child()
                    raise WorkerStopped(
                        f"the backtest worker was not ready after {self._options.start_s:g} s; "
                        "try again when the machine is less busy"
                    )
        except (EOFError, OSError) as error:
            raise self._death(helper, "could not start", relaunch=False) from error
        return helper

    def _launched(self) -> _Child:
        spawn = multiprocessing.get_context("spawn")
        ours, theirs = spawn.Pipe()
        process = spawn.Process(
            target=self._main, args=(theirs,), name="fks-desk backtest worker", daemon=True
        )
        process.start()
        theirs.close()  # else the end of the process would not end the pipe
        log.info("backtest worker started", extra={"worker_pid": process.pid})
        return _Child(process=process, pipe=ours)

    def _death(self, helper: _Child, what: str, *, relaunch: bool = True) -> FKSException:
        """Return the error that tells of a dead process, with a new one on its way."""
        helper.process.join(1.0)
        code = helper.process.exitcode
        if relaunch and not self._closing.is_set():
            self._replace_child()
        else:
            self._end_child()
        return WorkerStopped(
            f"the backtest worker {what} (exit code {code}); run it again", exit_code=code
        )

    def _replace_child(self) -> None:
        """End the process and start its successor, which warms up while nobody waits."""
        self._end_child()
        self._child = self._launched()

    def _end_child(self) -> None:
        helper, self._child = self._child, None
        if helper is None:
            return
        helper.pipe.close()
        helper.process.kill()
        helper.process.join(5.0)
        helper.process.close()

    def _is_unwanted(self, run: RunId | None) -> bool:
        return run in self._cancelled or self._closing.is_set()

    def _require_wanted(self, run: RunId | None) -> None:
        if self._is_unwanted(run):
            raise BacktestCancelled(_NOT_STARTED)


def _heard(helper: _Child, tell: Told) -> BacktestReport | None:
    """Wait a moment for the worker and return its report, if that is what it sent."""
    if not helper.pipe.poll(_LOOK_S):
        return None
    answer: Answer = helper.pipe.recv()
    if isinstance(answer, Progress):
        tell(answer.fraction, answer.note)
        return None
    helper.is_busy = False
    if isinstance(answer, Failed):
        raise _error(answer)
    return answer.report if isinstance(answer, Finished) else None


def _error(answer: Failed) -> FKSException:
    if answer.was_cancelled:
        return BacktestCancelled(answer.reason)
    if answer.traceback:
        log.error("a backtest failed in its worker:\n%s", answer.traceback)
    return FKSException(answer.reason)
