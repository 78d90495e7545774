from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.measures import (
    Returns,
    beta,
    by_period,
    correlation,
    drawdown,
    portfolio_returns,
    profit_factor,
    returns,
    sharpe,
    sortino,
    tail_mean,
    timed_returns,
    together,
    value_at_risk,
    win_rate,
)

HOUR = 3_600_000
STEPS = np.linspace(-0.10, 0.09, 20)


def test_returns_are_shares_of_the_close_before() -> None:
    assert returns(np.array([100.0, 110.0, 99.0])) == pytest.approx([0.1, -0.1])
    assert returns(np.array([100.0])).size == 0


def test_the_loss_of_one_in_twenty_is_between_the_two_worst() -> None:
    assert value_at_risk(STEPS) == pytest.approx(0.0905)
    assert tail_mean(STEPS) == pytest.approx(0.10)


def test_a_short_history_says_nothing() -> None:
    few = STEPS[:19]

    assert value_at_risk(few) is None
    assert tail_mean(few) is None
    assert beta(hourly(few), hourly(few)) is None
    assert correlation(hourly(few), hourly(few)) is None


def test_what_moves_twice_as_far_has_a_beta_of_two() -> None:
    market, nothing = hourly(STEPS), hourly(np.zeros(20))

    assert beta(hourly(STEPS * 2), market) == pytest.approx(2.0)
    assert correlation(hourly(STEPS * 2), market) == pytest.approx(1.0)
    assert correlation(hourly(-STEPS), market) == pytest.approx(-1.0)
    assert beta(market, nothing) is None
    assert correlation(market, nothing) is None


def test_weights_mix_the_returns_of_the_same_hours() -> None:
    columns = {"a": hourly(np.array([9.0, 0.1, 0.2])), "b": hourly(np.array([0.3, 0.4]), first=1)}

    mixed = portfolio_returns(columns, {"a": 0.5, "b": 0.25})

    assert mixed.made == pytest.approx([0.125, 0.2])
    assert mixed.times.tolist() == [HOUR, 2 * HOUR]
    assert portfolio_returns(columns, {}).made.size == 0
    assert portfolio_returns(columns, {"b": 2.0}).made == pytest.approx([0.6, 0.8])


def test_the_first_close_after_a_hole_made_no_return_of_one_hour() -> None:
    times = np.array([0, 1, 4, 5], dtype=np.int64) * HOUR

    made = timed_returns(times, np.array([100.0, 110.0, 220.0, 231.0]), HOUR)

    assert made.times.tolist() == [HOUR, 5 * HOUR]
    assert made.made == pytest.approx([0.1, 0.05])
    assert timed_returns(times[:1], np.array([100.0]), HOUR).made.size == 0


@given(
    st.lists(st.floats(0.9, 1.1), min_size=80, max_size=120),
    st.sets(st.integers(0, 119), max_size=15),
    st.sets(st.integers(0, 119), max_size=15),
)
def test_holes_never_set_one_hour_beside_another(
    steps: list[float], holes: set[int], others: set[int]
) -> None:
    closes = 100.0 * np.cumprod(steps)
    market = cut(closes, holes)
    # The same market at another price: whatever is missing, it moves with itself.
    mirror = cut(closes * 7.0, others)
    mixed = portfolio_returns({"one": market, "two": mirror}, {"one": 0.5, "two": 0.5})
    ours, theirs = together([market, mirror])

    assert ours == pytest.approx(theirs)
    whole = dict(zip(*astuple(cut(closes, set())), strict=True))
    assert mixed.made == pytest.approx([whole[time] for time in mixed.times])
    if ours.size >= 20 and float(np.std(ours)) > 1e-6:
        assert correlation(market, mirror) == pytest.approx(1.0)
        assert beta(mixed, market) == pytest.approx(1.0)


def hourly(made: np.ndarray, first: int = 0) -> Returns:
    times = np.arange(first, first + made.size, dtype=np.int64) * HOUR
    return Returns(times=times, made=made)


def cut(closes: np.ndarray, holes: set[int]) -> Returns:
    kept = np.array([number for number in range(closes.size) if number not in holes])
    return timed_returns(kept.astype(np.int64) * HOUR, closes[kept], HOUR)


def test_the_largest_fall_counts_from_its_peak() -> None:
    assert drawdown(np.array([100.0, 120.0, 90.0, 130.0])) == pytest.approx(0.25)
    assert drawdown(np.empty(0)) == 0.0


# Worked by hand: the mean is 0.001, the squares about it add up to 0.03538, those of the
# losses to 0.0205.
ODD = np.array([0.03, -0.01, 0.05, -0.07] * 4 + [0.02, 0.03, -0.02, -0.01])


def test_sharpe_and_sortino_equal_those_worked_by_hand() -> None:
    mean = sum(ODD) / 20
    spread = (sum((one - mean) ** 2 for one in ODD) / 19) ** 0.5
    below = (sum(min(one, 0.0) ** 2 for one in ODD) / 20) ** 0.5

    assert sharpe(ODD, 365.0) == pytest.approx(mean / spread * 365.0**0.5, abs=1e-9)
    assert sortino(ODD, 365.0) == pytest.approx(mean / below * 365.0**0.5, abs=1e-9)
    assert mean == pytest.approx(0.001, abs=1e-12)
    assert sharpe(ODD, 1.0) == pytest.approx(0.001 / (0.03538 / 19) ** 0.5, abs=1e-9)
    assert sortino(ODD, 1.0) == pytest.approx(0.001 / (0.0205 / 20) ** 0.5, abs=1e-9)


def test_win_rate_and_profit_factor_equal_those_worked_by_hand() -> None:
    results = np.array([10.0, -4.0, 0.0, 6.0, -1.0])

    assert win_rate(results) == pytest.approx(0.4, abs=1e-9)
    assert profit_factor(results) == pytest.approx(3.2, abs=1e-9)
    assert profit_factor(np.array([1.0])) is None
    assert win_rate(np.empty(0)) is None


def test_without_losses_or_spread_there_is_nothing_to_divide_by() -> None:
    assert sharpe(np.full(30, 0.01), 365.0) is None
    assert sortino(np.full(30, 0.01), 365.0) is None
    assert sharpe(ODD[:5], 365.0) is None


def test_a_day_is_told_by_its_last_value_and_a_gap_stays_a_gap() -> None:
    times = np.array([0, 5, 9, 10, 35], dtype=np.int64)

    assert by_period(times, np.array([1.0, 2.0, 3.0, 4.0, 5.0]), 10).tolist() == [3.0, 4.0, 5.0]
