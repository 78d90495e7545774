"""Measure a portfolio's risk from its history: pure functions of arrays.

Value at risk and its tail mean are historical: the losses that happened, not those
of a bell curve. Returns are shares of one, oldest first. Series are set beside one
another by time, because a symbol may have holes where another has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Times = NDArray[np.int64]

_LEAST = 20  # fewer returns say nothing of a tail


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """Hold what was made in each period, named by the time it began; times rise."""

    times: Times
    made: Floats


def returns(closes: Floats) -> Floats:
    """Return the share by which each close differs from the one before."""
    if closes.size < 2:  # noqa: PLR2004  one close has no neighbour
        return np.empty(0)
    return np.asarray(closes[1:] / closes[:-1] - 1.0, dtype=np.float64)


def timed_returns(times_ms: Times, closes: Floats, period_ms: int) -> Returns:
    """Return what each period made whose own and earlier close are known.

    The first close after a hole has no neighbour: what happened meanwhile is no return
    of one period, and would be set beside one of another series that had no hole.
    """
    if closes.size < 2:  # noqa: PLR2004  one close has no neighbour
        return Returns(times=np.empty(0, dtype=np.int64), made=np.empty(0))
    follows = np.diff(times_ms) == period_ms
    return Returns(times=times_ms[1:][follows], made=returns(closes)[follows])


def value_at_risk(made: Floats, confidence: float = 0.95) -> float | None:
    """Return the loss that was exceeded in one of twenty periods, as a share; None if unknown."""
    if made.size < _LEAST:
        return None
    return float(max(0.0, -np.quantile(made, 1.0 - confidence)))


def tail_mean(made: Floats, confidence: float = 0.95) -> float | None:
    """Return the mean loss of the periods beyond the value at risk (CVaR), as a share."""
    if made.size < _LEAST:
        return None
    edge = np.quantile(made, 1.0 - confidence)
    return float(max(0.0, -made[made <= edge].mean()))


def beta(made: Returns, market: Returns) -> float | None:
    """Return how far returns follow those of the market, in the periods that both have."""
    ours, theirs = together([made, market])
    if ours.size < _LEAST:
        return None
    spread = float(np.var(theirs))
    if spread == 0.0:
        return None
    return float(np.cov(ours, theirs, bias=True)[0, 1] / spread)


def correlation(one: Returns, other: Returns) -> float | None:
    """Return how alike two series move, from -1 to 1, in the periods that both have."""
    ours, theirs = together([one, other])
    if ours.size < _LEAST:
        return None
    if float(np.std(ours)) == 0.0 or float(np.std(theirs)) == 0.0:
        return None
    return float(np.corrcoef(ours, theirs)[0, 1])


def portfolio_returns(columns: Mapping[str, Returns], weights: Mapping[str, float]) -> Returns:
    """Return the returns of holdings at fixed weights, in the periods that all of them have."""
    held = {name: column for name, column in columns.items() if weights.get(name)}
    if not held:
        return Returns(times=np.empty(0, dtype=np.int64), made=np.empty(0))
    total = sum(
        (
            weights[name] * made
            for name, made in zip(held, together(list(held.values())), strict=True)
        ),
        start=np.zeros(1),
    )
    return Returns(times=_shared_times(list(held.values())), made=total)


def together(series: Sequence[Returns]) -> list[Floats]:
    """Return what each series made in the periods that all of them have, oldest first."""
    shared = _shared_times(series)
    return [one.made[np.searchsorted(one.times, shared)] for one in series]


def _shared_times(series: Sequence[Returns]) -> Times:
    shared = series[0].times
    for one in series[1:]:
        shared = np.intersect1d(shared, one.times, assume_unique=True)
    return shared


def drawdown(equity: Floats) -> float:
    """Return the largest fall from a peak, as a share of the peak."""
    if equity.size == 0:
        return 0.0
    peaks = np.maximum.accumulate(equity)
    return float(np.max(1.0 - equity / peaks))


def sharpe(made: Floats, periods_a_year: float) -> float | None:
    """Return mean over standard deviation of returns, a year long; no interest is taken off."""
    if made.size < _LEAST or float(np.ptp(made)) == 0.0:
        return None
    return float(np.mean(made) / np.std(made, ddof=1) * np.sqrt(periods_a_year))


def sortino(made: Floats, periods_a_year: float) -> float | None:
    """Return mean over the deviation of the losses alone, a year long; None without a loss."""
    if made.size < _LEAST:
        return None
    below = float(np.sqrt(np.mean(np.minimum(made, 0.0) ** 2)))
    return None if below == 0.0 else float(np.mean(made) / below * np.sqrt(periods_a_year))


def win_rate(results: Floats) -> float | None:
    """Return the share of results above zero, None without any."""
    return float(np.mean(results > 0)) if results.size else None


def profit_factor(results: Floats) -> float | None:
    """Return what was won over what was lost, None while nothing was lost."""
    lost = -float(results[results < 0].sum())
    return float(results[results > 0].sum()) / lost if lost else None


def by_period(times_ms: Times, values: Floats, period_ms: int) -> Floats:
    """Return the last value of each period that has one, oldest first; a gap is not filled."""
    if not times_ms.size:
        return np.empty(0)
    periods = times_ms // period_ms
    last = np.flatnonzero(np.append(np.diff(periods) != 0, True))
    return np.asarray(values[last], dtype=np.float64)
