"""Turn closed candles into signals: pure, from a frame to what each strategy says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from fks_desk.core.clock import from_ms
from fks_desk.core.frame import Frame
from fks_desk.core.model import (
    InstrumentId,
    Signal,
    SignalId,
    Stance,
    StrategyName,
    Timeframe,
)
from fks_desk.strategy.catalog import strategy
from fks_desk.strategy.stance import newest


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyRun:
    """Name a strategy and the candles it watches; missing parameters are defaults."""

    strategy: StrategyName
    instrument: InstrumentId
    timeframe: Timeframe
    params: Mapping[str, float] = field(default_factory=dict)


def signals(runs: Sequence[StrategyRun], frame: Frame, *, ts_init: datetime) -> tuple[Signal, ...]:
    """Return what each run says after the newest bar of the frame they all watch.

    `confidence` is the share of the runs that lean the same way: how alone a
    strategy stands, not how likely it is to be right.
    """
    if not len(frame):
        return ()
    stances = [strategy(run.strategy).decide(frame, run.params) for run in runs]
    return tuple(
        _signal(run, frame, stance, stances.count(stance) / len(stances), ts_init)
        for run, stance in zip(runs, stances, strict=True)
    )


def split_by_readiness(
    runs: Sequence[StrategyRun], piece: Frame
) -> tuple[tuple[StrategyRun, ...], tuple[StrategyRun, ...]]:
    """Return the runs that an unbroken piece is long enough for, and those that it is not.

    A turn is seen from one bar to the next, so one more than the warm-up is needed.
    """
    ready = tuple(run for run in runs if len(piece) > strategy(run.strategy).warmup(run.params) + 1)
    return ready, tuple(run for run in runs if run not in ready)


def has_turned(run: StrategyRun, frame: Frame) -> bool:
    """Tell whether the newest bar changed the strategy's stance."""
    stances = strategy(run.strategy).stances(frame, run.params)
    return newest(stances) is not newest(stances[:-1])


def _signal(
    run: StrategyRun, frame: Frame, stance: Stance, confidence: float, ts_init: datetime
) -> Signal:
    opened = from_ms(int(frame.time[-1]))
    chosen = strategy(run.strategy)
    closes = opened + run.timeframe.delta
    return Signal(
        id=SignalId(f"{run.strategy}:{run.instrument}:{run.timeframe}:{opened:%Y%m%dT%H%M}"),
        strategy=run.strategy,
        instrument=run.instrument,
        timeframe=run.timeframe,
        stance=stance,
        rule=chosen.rule(run.params),
        inputs=_finite(chosen.inputs(frame, run.params)),
        price=Decimal(str(float(frame.close[-1]))),
        confidence=confidence,
        ts_event=closes,
        ts_init=ts_init,
        expires=closes + run.timeframe.delta,
    )


def _finite(inputs: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in inputs.items() if math.isfinite(value)}
