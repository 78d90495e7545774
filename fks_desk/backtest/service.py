"""Answer the commands that start and stop backtests."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from enum import Enum, auto

from fks_desk.backtest.errors import BacktestCancelled
from fks_desk.backtest.worker import BacktestWorker
from fks_desk.core.errors import DataError, FKSException
from fks_desk.core.frame import Frame
from fks_desk.core.messages import (
    BacktestDone,
    BacktestMoved,
    BacktestReport,
    BacktestSpec,
    BacktestStopped,
    CancelBacktest,
    RunBacktest,
)
from fks_desk.core.model import RunId
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import BacktestStore, CandleReader, Publish

log = logging.getLogger(__name__)

_READ, _STORED = 0.05, 0.98
_LISTED = 5  # how many stored series an error names


class _Stage(Enum):
    """Say who has a run in hand, and so who can stop it."""

    READING = auto()
    TESTING = auto()
    STORING = auto()


@dataclass(slots=True)
class _Running:
    """Hold a run's coroutine and its stage."""

    task: asyncio.Task[None]
    stage: _Stage = _Stage.READING


class Backtests:
    """Read candles, have the worker test on them, store the report and tell of it all.

    Each accepted run ends with exactly one `BacktestDone` or `BacktestStopped`.
    """

    def __init__(
        self,
        *,
        candles: CandleReader,
        store: BacktestStore,
        worker: BacktestWorker,
        publish: Publish,
    ) -> None:
        self._candles = candles
        self._store = store
        self._worker = worker
        self._publish = publish
        self._nursery = Nursery()
        self._runs: dict[RunId, _Running] = {}

    async def run(self, command: RunBacktest) -> None:
        """Start the run and return at once; a run that is already going is left alone."""
        if command.run in self._runs:
            log.info("backtest %s is already running", command.run)
            return
        work = self._follow(command.run, command.spec)
        task = self._nursery.start(work, name=f"backtest {command.run}")
        self._runs[command.run] = _Running(task)
        # A callback, since a task cancelled before its first step runs none of its own lines.
        task.add_done_callback(lambda ended: self._ended(command.run, ended))

    async def cancel(self, command: CancelBacktest) -> None:
        """Stop the run; harmless if it has ended or is being stored already."""
        running = self._runs.get(command.run)
        if running is None:
            return
        if running.stage is _Stage.TESTING:
            self._worker.cancel(command.run)
        elif running.stage is _Stage.READING:
            running.task.cancel()

    async def close(self) -> None:
        """Stop every run; the worker is closed by whoever made it."""
        await self._nursery.close()

    async def _follow(self, run: RunId, spec: BacktestSpec) -> None:
        try:
            report = await self._tested(run, spec)
            await self._store.record_backtest(report)
            self._publish(BacktestDone(report=report))
        except BacktestCancelled as error:
            self._stop(run, error.message, was_cancelled=True)
        except FKSException as error:
            log.info("backtest %s stopped: %s", run, error)
            self._stop(run, error.message)
        except Exception as error:
            self._stop(run, f"the backtest failed: {error}; the log has the details")
            raise

    def _ended(self, run: RunId, task: asyncio.Task[None]) -> None:
        del self._runs[run]
        if task.cancelled():
            self._stop(run, "the backtest was cancelled", was_cancelled=True)

    async def _tested(self, run: RunId, spec: BacktestSpec) -> BacktestReport:
        def on_progress(fraction: float, note: str) -> None:
            # What the worker says late, after its run was told to be over, is old news.
            if run in self._runs:
                reached = _READ + fraction * (_STORED - _READ)
                self._publish(BacktestMoved(run=run, fraction=reached, note=note))

        self._publish(BacktestMoved(run=run, fraction=0.0, note="reading candles"))
        frame = await self._read(spec)
        self._runs[run].stage = _Stage.TESTING
        report = await self._worker.run(run, spec, frame, on_progress)
        self._runs[run].stage = _Stage.STORING
        self._publish(BacktestMoved(run=run, fraction=_STORED, note="storing the report"))
        return report

    async def _read(self, spec: BacktestSpec) -> Frame:
        frame = await self._candles.range(spec.instrument, spec.timeframe, spec.span)
        if not len(frame):
            raise DataError(await self._nothing_there(spec), instrument=spec.instrument)
        return frame

    async def _nothing_there(self, spec: BacktestSpec) -> str:
        """Say what is stored instead, and what to do about it."""
        wanted = f"{spec.instrument} {spec.timeframe}"
        extent = await self._candles.extent(spec.instrument, spec.timeframe)
        if extent is not None:
            return (
                f"no candles of {wanted} are stored between {spec.span.start:%Y-%m-%d %H:%M} and "
                f"{spec.span.end:%Y-%m-%d %H:%M}; stored are {extent.start:%Y-%m-%d %H:%M} to "
                f"{extent.end:%Y-%m-%d %H:%M} (UTC), so choose a range inside or import more"
            )
        stored = [f"{name} {timeframe}" for name, timeframe, _ in await self._candles.stored()]
        listed = ", ".join(stored[:_LISTED]) + (", ..." if len(stored) > _LISTED else "")
        venue, _, symbol = spec.instrument.partition(":")
        how = (
            f"fks-desk import FILE --exchange {venue} --symbol {symbol.partition(':')[2]} "
            f"--timeframe {spec.timeframe}"
        )
        return f"no candles of {wanted} are stored; stored are: {listed or 'none'}; import: {how}"

    def _stop(self, run: RunId, reason: str, *, was_cancelled: bool = False) -> None:
        self._publish(BacktestStopped(run=run, reason=reason, was_cancelled=was_cancelled))
