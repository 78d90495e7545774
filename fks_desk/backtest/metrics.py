"""Sum a run up in numbers that are always finite.

Rules: a number that is not defined (no trade, less than two days, nothing to
divide by) is left out: nobody may take it for a zero that was measured. A profit
factor without a losing trade is `MOST_FACTOR`. Rates
are fractions (0.05 is 5 %), drawdowns are zero or negative, and yearly figures
come from daily closes (UTC) over 365 days, since crypto markets never close.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fks_desk.backtest.costs import Costs
from fks_desk.backtest.kernel import T_FEES, T_PNL, T_SIDE, Simulation
from fks_desk.core.frame import Floats, Frame, Times

DAYS_A_YEAR = 365
DAY_MS = 86_400_000
MOST_FACTOR = 1000.0
_ENOUGH_DAYS = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """Hold what the metrics are computed from."""

    frame: Frame
    simulation: Simulation
    costs: Costs
    bar_ms: int


def summarise(outcome: Outcome) -> dict[str, float]:
    """Return every metric that is defined by its stable name; the frame needs at least one bar."""
    numbers = {**_growth(outcome), **_trading(outcome), **_coverage(outcome)}
    return {name: number for name, number in numbers.items() if math.isfinite(number)}


def _growth(outcome: Outcome) -> dict[str, float]:
    cash, equity = float(outcome.costs.cash), outcome.simulation.equity
    returns = daily_returns(outcome.frame.time, equity, cash)
    total = float(equity[-1]) / cash - 1.0
    deepest = _max_drawdown(np.concatenate([[cash], equity]))
    numbers = {
        "total_return": total,
        "net_profit": float(equity[-1]) - cash,
        "final_equity": float(equity[-1]),
        "max_drawdown": deepest,
        "buy_and_hold_return": _buy_and_hold(outcome.frame, outcome.costs),
    }
    if returns.size < _ENOUGH_DAYS:
        return numbers
    yearly = yearly_figures(returns)
    if deepest < 0:
        # From the deepest fall on any bar: daily closes miss what a day hides.
        yearly["calmar"] = yearly["cagr"] / -deepest
    return {**numbers, **yearly}


def yearly_figures(returns: Floats) -> dict[str, float]:
    """Return growth, volatility, Sharpe and Sortino ratios of daily returns, over 365 days.

    Deviations are the sample's (one degree of freedom less); the downside one
    counts gains as zero (Sortino and Price, 1994). The riskless rate is zero. A ratio
    with nothing to divide by is left out.
    """
    mean, deviation = float(returns.mean()), float(returns.std(ddof=1))
    downside = float(np.sqrt(np.mean(np.square(np.minimum(returns, 0.0)))))
    root = math.sqrt(DAYS_A_YEAR)
    figures = {
        "cagr": float(np.prod(1.0 + returns)) ** (DAYS_A_YEAR / returns.size) - 1.0,
        "volatility": deviation * root,
    }
    if deviation > 0:
        figures["sharpe"] = mean / deviation * root
    if downside > 0:
        figures["sortino"] = mean / downside * root
    return figures


def _trading(outcome: Outcome) -> dict[str, float]:
    trades = outcome.simulation.trades
    pnl = trades[:, T_PNL]
    won, lost = float(pnl[pnl > 0].sum()), -float(pnl[pnl < 0].sum())
    numbers = {
        "trades": float(pnl.size),
        "short_trades": float(np.count_nonzero(trades[:, T_SIDE] < 0)),
        "fees": float(trades[:, T_FEES].sum()),
        "exposure": outcome.simulation.held_bars / len(outcome.frame),
    }
    if pnl.size:
        numbers |= {
            "win_rate": float(np.mean(pnl > 0)),
            "average_trade": float(pnl.mean()),
            "best_trade": float(pnl.max()),
            "worst_trade": float(pnl.min()),
        }
    if won > 0 or lost > 0:
        numbers["profit_factor"] = _factor(won, lost)
    return numbers


def _coverage(outcome: Outcome) -> dict[str, float]:
    time = outcome.frame.time
    spanned = int(time[-1] - time[0]) // outcome.bar_ms + 1
    return {
        "bars": float(time.size),
        "missing_bars": float(max(0, spanned - time.size)),
        "days": spanned * outcome.bar_ms / DAY_MS,
    }


def daily_returns(time: Times, equity: Floats, cash: float) -> Floats:
    """Return one return per UTC day that has a bar, from each day's last equity."""
    days = time // DAY_MS
    ends = np.append(days[1:] != days[:-1], True)
    levels = np.concatenate([[cash], equity[ends]])
    before = levels[:-1]
    # A ruined run stays at zero, and from zero there is no rate of return.
    growth: Floats = np.divide(levels[1:], before, out=np.ones_like(before), where=before > 0)
    return growth - 1.0


def _max_drawdown(levels: Floats) -> float:
    return float(np.min(levels / np.maximum.accumulate(levels) - 1.0))


def _buy_and_hold(frame: Frame, costs: Costs) -> float:
    """Return what buying the first open and selling the last close brings, costs included."""
    kept = (1.0 - float(costs.fee)) ** 2
    bought = float(frame.open[0]) * (1.0 + float(costs.slippage))
    sold = float(frame.close[-1]) * (1.0 - float(costs.slippage))
    return sold / bought * kept - 1.0


def _factor(won: float, lost: float) -> float:
    return min(won / lost, MOST_FACTOR) if lost > 0 else MOST_FACTOR
