"""Run one backtest from its specification and candles to its report."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from fks_desk.backtest.costs import Costs
from fks_desk.backtest.errors import BacktestCancelled
from fks_desk.backtest.kernel import (
    T_ENTRY_BAR,
    T_ENTRY_PRICE,
    T_EXIT_BAR,
    T_EXIT_PRICE,
    T_FEES,
    T_PNL,
    T_SIDE,
    T_SIZE,
    Simulation,
    simulate,
)
from fks_desk.backtest.metrics import Outcome, summarise
from fks_desk.core.errors import ConfigError, DataError
from fks_desk.core.frame import Frame
from fks_desk.core.messages import BacktestReport, BacktestSpec, BacktestTrade
from fks_desk.core.model import InstrumentKind, RunId
from fks_desk.strategy.catalog import Strategy, strategy
from fks_desk.strategy.stance import Stances

OnProgress = Callable[[float, str], None]

UNNAMED = RunId("backtest")
_FORMAT = b"fks backtest 1"  # raised whenever the rules of a run change
_SHOWN_AT_SIGNALS, _SHOWN_AT_TRADES, _SHOWN_AT_METRICS = 0.15, 0.35, 0.95


def run_backtest(
    spec: BacktestSpec,
    frame: Frame,
    on_progress: OnProgress = lambda _fraction, _note: None,
    is_cancelled: Callable[[], bool] = lambda: False,
    *,
    run: RunId = UNNAMED,
) -> BacktestReport:
    """Return the report of testing the specification on the frame.

    The same specification and candles give the same digest, in any process.
    Raises `ConfigError` if the specification cannot be run, `DataError` if the
    candles cannot be used, and `BacktestCancelled` if asked to stop.
    """
    started = time.perf_counter()
    found = strategy(spec.strategy)
    spec = replace(spec, params=found.check(spec.params))
    costs = _costs(spec)
    _require_usable(frame)
    _require_enough(found, spec, frame)
    _go_on(is_cancelled)
    on_progress(_SHOWN_AT_SIGNALS, f"computing signals over {len(frame)} bars")
    stances = found.stances(frame, spec.params)
    _require_sellable(spec, stances)
    on_progress(_SHOWN_AT_TRADES, "trading")
    simulation = _simulated(frame, stances, costs, on_progress, is_cancelled)
    on_progress(_SHOWN_AT_METRICS, "measuring")
    outcome = Outcome(
        frame=frame, simulation=simulation, costs=costs, bar_ms=spec.timeframe.milliseconds
    )
    return BacktestReport(
        run=run,
        spec=spec,
        equity_time=frame.time,
        equity=simulation.equity,
        trades=_trades(frame, simulation),
        metrics=summarise(outcome),
        digest=digest(spec, frame, simulation),
        seconds=time.perf_counter() - started,
    )


def digest(spec: BacktestSpec, frame: Frame, simulation: Simulation) -> str:
    """Return the SHA-256 over everything that went in and everything that came out."""
    seal = hashlib.sha256(_FORMAT)
    seal.update(_canonical(spec))
    columns = (frame.time, frame.open, frame.high, frame.low, frame.close, frame.volume)
    for array in (*columns, simulation.equity, simulation.trades):
        seal.update(np.ascontiguousarray(array).tobytes())
    return seal.hexdigest()


def _canonical(spec: BacktestSpec) -> bytes:
    fields = {
        "strategy": spec.strategy,
        "params": dict(spec.params),
        "instrument": spec.instrument,
        "timeframe": spec.timeframe.value,
        "start": spec.span.start.isoformat(),
        "end": spec.span.end.isoformat(),
        "cash": f"{spec.cash.normalize():f}",
        "fee_bps": f"{spec.fee_bps.normalize():f}",
        "slippage_bps": f"{spec.slippage_bps.normalize():f}",
    }
    return json.dumps(fields, sort_keys=True).encode()


def _simulated(
    frame: Frame,
    stances: Stances,
    costs: Costs,
    on_progress: OnProgress,
    is_cancelled: Callable[[], bool],
) -> Simulation:
    def go_on(done: float) -> bool:
        reached = _SHOWN_AT_TRADES + done * (_SHOWN_AT_METRICS - _SHOWN_AT_TRADES)
        on_progress(reached, f"trading bar {round(done * len(frame))} of {len(frame)}")
        return not is_cancelled()

    simulation = simulate(frame, stances, costs, go_on)
    if simulation is None:
        raise BacktestCancelled("the backtest was cancelled")
    return simulation


def _go_on(is_cancelled: Callable[[], bool]) -> None:
    if is_cancelled():
        raise BacktestCancelled("the backtest was cancelled")


def _costs(spec: BacktestSpec) -> Costs:
    try:
        return Costs.of(spec)
    except ValueError as error:
        raise ConfigError(f"the backtest cannot run: {error}") from error


def _require_usable(frame: Frame) -> None:
    """Raise `DataError` naming the first row that no market could have made."""
    prices = np.stack([frame.open, frame.high, frame.low, frame.close])
    with np.errstate(invalid="ignore"):
        is_good = np.isfinite(prices).all(axis=0) & (prices > 0).all(axis=0)
        is_good &= (frame.low <= prices.min(axis=0)) & (frame.high >= prices.max(axis=0))
    if not is_good.all():
        row = int(np.argmin(is_good))
        raise DataError(
            f"candle {row} cannot be used: open {frame.open[row]}, high {frame.high[row]}, "
            f"low {frame.low[row]}, close {frame.close[row]}; import the file again",
            time_ms=int(frame.time[row]),
        )
    rises = np.diff(frame.time) > 0
    if not rises.all():
        row = int(np.argmin(rises)) + 1
        raise DataError(
            f"candle {row} does not open after the one before it; import the file again",
            time_ms=int(frame.time[row]),
        )


def _require_enough(found: Strategy, spec: BacktestSpec, frame: Frame) -> None:
    # One bar to decide on after the warm-up, and one more to trade at.
    needed = found.warmup(spec.params) + 2
    if len(frame) < needed:
        raise DataError(
            f"{found.title} needs at least {needed} candles with these parameters, the range "
            f"has {len(frame)}; choose a longer range or shorter periods"
        )


def _require_sellable(spec: BacktestSpec, stances: Stances) -> None:
    kind = spec.instrument.split(":")[1] if spec.instrument.count(":") > 1 else ""
    if kind == InstrumentKind.INVERSE:
        raise ConfigError(f"{spec.instrument} is inverse; backtests know spot and linear so far")
    if kind == InstrumentKind.SPOT and (stances < 0).any():
        raise ConfigError(
            f"{spec.instrument} is spot and cannot be sold short; set the parameter short to 0"
        )


def _trades(frame: Frame, simulation: Simulation) -> tuple[BacktestTrade, ...]:
    """Return the trades; a time is the open of the bar in which the fill happened."""
    return tuple(
        BacktestTrade(
            entry_time=int(frame.time[int(row[T_ENTRY_BAR])]),
            exit_time=int(frame.time[int(row[T_EXIT_BAR])]),
            side="long" if row[T_SIDE] > 0 else "short",
            entry_price=row[T_ENTRY_PRICE],
            exit_price=row[T_EXIT_PRICE],
            size=row[T_SIZE],
            pnl=row[T_PNL],
            fees=row[T_FEES],
        )
        for row in simulation.trades.tolist()
    )
