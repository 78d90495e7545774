"""Look at every part now and then, and say what to do about one that is not well."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fks_desk.adapters.exchange.gate import Gate
from fks_desk.adapters.exchange.streams import Streams
from fks_desk.backtest.worker import BacktestWorker
from fks_desk.core.errors import FKSException
from fks_desk.core.job import Arguments, Job, JobContext, Queue
from fks_desk.core.messages import HealthMoved, HealthState
from fks_desk.core.model import VenueId
from fks_desk.core.ports import Publish
from fks_desk.resilience.breaker import BreakerState, CircuitBreaker

_GIGABYTE = 1024**3
_LOW_SPACE = 2 * _GIGABYTE
_NO_SPACE = _GIGABYTE // 4
_SKEW_WARNING_MS = 500.0
_SKEW_BAD_MS = 2_000.0

Check = Callable[[], Awaitable[HealthMoved]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthChecks:
    """Run named checks; one that cannot answer is bad, with its own sentence."""

    checks: Mapping[str, Check]
    publish: Publish

    async def run(self) -> Sequence[HealthMoved]:
        """Check every part, tell of each and return what was told."""
        told = []
        for part, check in self.checks.items():
            try:
                health = await check()
            except FKSException as error:
                health = HealthMoved(part=part, state=HealthState.BAD, detail=error.message)
            except OSError as error:
                detail = f"cannot be looked at: {error.strerror or error}"
                health = HealthMoved(part=part, state=HealthState.BAD, detail=detail)
            self.publish(health)
            told.append(health)
        return told


def health_job(checks: HealthChecks) -> Job:
    """Return the scheduled task that checks every part."""

    async def run(_context: JobContext, _arguments: Arguments) -> Mapping[str, Any]:
        return {
            health.part: {"state": health.state.value, "detail": health.detail}
            for health in await checks.run()
        }

    return Job(
        name="health_check",
        title="Check the desk's health",
        queue=Queue.DEFAULT,
        run=run,
        cron="*/5 * * * *",
        deadline_s=60.0,
    )


def clock_health(offset_ms: float) -> HealthMoved:
    """Judge the difference between the venue's clock and ours, in milliseconds."""
    size = abs(offset_ms)
    detail = f"{offset_ms:+.0f} ms against the exchange"
    if size < _SKEW_WARNING_MS:
        return HealthMoved(part="clock", state=HealthState.GOOD, detail=detail)
    state = HealthState.BAD if size >= _SKEW_BAD_MS else HealthState.WARNING
    return HealthMoved(
        part="clock",
        state=state,
        detail=detail,
        next_step="Let the operating system set its clock from the network.",
    )


def disk_health(folder: Path) -> HealthMoved:
    """Judge the space that is left for the database and the logs."""
    free = shutil.disk_usage(folder).free
    detail = f"{free / _GIGABYTE:.1f} GiB free"
    if free >= _LOW_SPACE:
        return HealthMoved(part="disk", state=HealthState.GOOD, detail=detail)
    return HealthMoved(
        part="disk",
        state=HealthState.BAD if free < _NO_SPACE else HealthState.WARNING,
        detail=detail,
        next_step=f"Free space on the disk that holds {folder}.",
    )


def worker_health(worker: BacktestWorker) -> HealthMoved:
    """Tell whether the process that runs backtests is there and warm."""
    if worker.is_warm:
        detail = f"process {worker.process_id} is warm"
        return HealthMoved(part="worker", state=HealthState.GOOD, detail=detail)
    return HealthMoved(part="worker", state=HealthState.STARTING, detail="warming up")


def limits_health(
    gates: Mapping[VenueId, tuple[Gate, CircuitBreaker]],
) -> HealthMoved:
    """Tell how much of each exchange's patience is used up, and which is left alone."""
    worst, details, steps = HealthState.GOOD, [], []
    for venue, (gate, breaker) in gates.items():
        used = f"{venue} {gate.used_weight:,} of {gate.weight_limit:,} weight"
        if gate.held_s > 0:
            worst = HealthState.BAD
            used = f"{venue} wants to be left alone for {gate.held_s:.0f} s more"
            steps.append(f"Nothing is asked of {venue} until then.")
        elif breaker.state is not BreakerState.CLOSED:
            worst = HealthState.WARNING if worst is HealthState.GOOD else worst
            used = f"{venue} failed {breaker.failures} times in a row and is asked less"
            steps.append(f"{venue} is tried again every {breaker.timeout:.0f} s.")
        details.append(used)
    return HealthMoved(
        part="limits", state=worst, detail="; ".join(details), next_step=" ".join(steps)
    )


def streams_health(streams: Streams, venue: VenueId) -> HealthMoved:
    """Tell how the venue's frames come in: by the fast decoder, or what it left to ccxt."""
    lane = streams.arrivals.lane
    detail = f"connected to {venue}"
    if lane.detail:
        return HealthMoved(
            part="feed",
            state=HealthState.WARNING,
            detail=f"{detail}; {lane.detail}",
            next_step="Every message still arrives; a newer desk may read them faster.",
        )
    if lane.read:
        detail += f", {lane.read:,} frames read"
    return HealthMoved(part="feed", state=HealthState.GOOD, detail=detail)
