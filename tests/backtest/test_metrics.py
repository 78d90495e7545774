import math

import empyrical
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fks_desk.backtest.kernel import T_FEES, simulate
from fks_desk.backtest.metrics import (
    DAY_MS,
    MOST_FACTOR,
    Outcome,
    daily_returns,
    summarise,
    yearly_figures,
)
from fks_desk.core.frame import Frame
from tests.backtest.specs import COSTS, FREE
from tests.fakes.candles import frames, walk

NAMES = {
    "total_return", "net_profit", "final_equity", "max_drawdown", "buy_and_hold_return", "cagr",
    "volatility", "sharpe", "sortino", "calmar", "trades", "short_trades", "win_rate",
    "profit_factor", "average_trade", "best_trade", "worst_trade", "fees", "exposure", "bars",
    "missing_bars", "days",
}  # fmt: skip

YEARLY = {"cagr", "volatility", "sharpe", "sortino", "calmar"}
# What needs two days, a trade or something to divide by.
UNSURE = YEARLY | {"win_rate", "profit_factor", "average_trade", "best_trade", "worst_trade"}


def outcome(frame, stances, costs=COSTS, bar_ms=300_000):
    simulation = simulate(frame, np.array(stances, dtype=np.int8), costs)
    return Outcome(frame=frame, simulation=simulation, costs=costs, bar_ms=bar_ms)


@given(frames(min_size=1, max_size=60), st.data())
def test_every_number_that_is_told_is_finite_and_has_a_stable_name(frame, data):
    size = len(frame)
    stances = data.draw(st.lists(st.integers(-1, 1), min_size=size, max_size=size))
    numbers = summarise(outcome(frame, stances, bar_ms=DAY_MS))

    assert NAMES - UNSURE <= set(numbers) <= NAMES
    assert all(math.isfinite(number) for number in numbers.values())


def test_without_a_trade_what_cannot_be_known_is_left_out():
    numbers = summarise(outcome(walk(2000), [0] * 2000))
    unknown = UNSURE - {"cagr", "volatility"}
    still = NAMES - unknown - {"final_equity", "buy_and_hold_return", "bars", "days"}

    assert set(numbers) == NAMES - unknown
    assert {name: numbers[name] for name in still} == dict.fromkeys(still, 0.0)
    assert numbers["final_equity"] == 10_000


def test_less_than_two_days_give_no_yearly_figure():
    numbers = summarise(outcome(walk(200), [1] * 200))  # 200 bars of five minutes in one day

    assert not YEARLY & set(numbers)
    assert numbers["trades"] == 1
    assert numbers["total_return"] != 0


def test_a_profit_factor_without_a_loser_is_its_cap():
    frame = walk(60)
    rising = Frame(
        time=frame.time,
        open=np.linspace(1, 2, 60),
        high=np.linspace(1, 2, 60),
        low=np.linspace(1, 2, 60),
        close=np.linspace(1, 2, 60),
        volume=frame.volume,
    )
    numbers = summarise(outcome(rising, [1] * 60, FREE))

    assert numbers["profit_factor"] == MOST_FACTOR
    assert numbers["win_rate"] == 1
    assert numbers["exposure"] == pytest.approx(59 / 60)


def test_the_yearly_figures_equal_their_definitions():
    frame = walk(365 * 24, 5, step_ms=3_600_000)
    stances = np.random.default_rng(5).integers(0, 2, len(frame))
    found = outcome(frame, stances, bar_ms=3_600_000)
    numbers = summarise(found)
    equity = found.simulation.equity
    levels = np.concatenate([[10_000], equity[23::24]])
    returns = levels[1:] / levels[:-1] - 1
    peak = np.maximum.accumulate(np.concatenate([[10_000], equity]))
    deepest = (np.concatenate([[10_000], equity]) / peak - 1).min()
    below = np.sqrt(np.mean(np.minimum(returns, 0) ** 2))

    assert numbers["sharpe"] == pytest.approx(returns.mean() / returns.std(ddof=1) * 365**0.5)
    assert numbers["sortino"] == pytest.approx(returns.mean() / below * 365**0.5)
    assert numbers["volatility"] == pytest.approx(returns.std(ddof=1) * 365**0.5)
    assert numbers["cagr"] == pytest.approx(equity[-1] / 10_000 - 1)
    assert numbers["max_drawdown"] == pytest.approx(deepest)
    assert numbers["calmar"] == pytest.approx(numbers["cagr"] / -deepest)
    assert numbers["fees"] == pytest.approx(found.simulation.trades[:, T_FEES].sum())
    assert numbers["days"] == 365


def test_a_day_is_a_utc_day_and_a_ruined_run_returns_nothing_more():
    time = np.array([0, DAY_MS - 1, DAY_MS, 3 * DAY_MS], dtype=np.int64)

    assert daily_returns(time, np.array([1.0, 2.0, 0.0, 0.0]), 1.0).tolist() == [1.0, -1.0, 0.0]


def test_missing_bars_are_counted():
    frame = walk(10)
    kept = np.array([0, 1, 2, 6, 7, 8, 9])
    holed = Frame(**{name: getattr(frame, name)[kept] for name in Frame.__slots__})

    assert summarise(outcome(holed, [0] * 7))["missing_bars"] == 3


@given(st.lists(st.floats(-0.2, 0.25), min_size=5, max_size=400))
def test_yearly_figures_equal_a_published_library(daily):
    returns = np.array(daily)
    assume(float(returns.std(ddof=1)) > 1e-6)
    assume(float(returns.min()) < -1e-6)

    ours = yearly_figures(returns)

    year = {"annualization": 365}
    assert ours["cagr"] == pytest.approx(empyrical.cagr(returns, **year), rel=1e-9)
    assert ours["volatility"] == pytest.approx(empyrical.annual_volatility(returns, **year))
    assert ours["sharpe"] == pytest.approx(empyrical.sharpe_ratio(returns, **year))
    assert ours["sortino"] == pytest.approx(empyrical.sortino_ratio(returns, **year))
