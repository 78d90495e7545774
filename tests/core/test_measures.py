from __future__ import annotations

import numpy as np
import pytest

from fks_desk.core.measures import (
    beta,
    correlation,
    drawdown,
    portfolio_returns,
    returns,
    tail_mean,
    value_at_risk,
)

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
    assert beta(few, few) is None
    assert correlation(few, few) is None


def test_what_moves_twice_as_far_has_a_beta_of_two() -> None:
    assert beta(STEPS * 2, STEPS) == pytest.approx(2.0)
    assert correlation(STEPS * 2, STEPS) == pytest.approx(1.0)
    assert correlation(-STEPS, STEPS) == pytest.approx(-1.0)
    assert beta(STEPS, np.zeros(20)) is None
    assert correlation(STEPS, np.zeros(20)) is None


def test_weights_mix_the_newest_returns() -> None:
    columns = {"a": np.array([9.0, 0.1, 0.2]), "b": np.array([0.3, 0.4])}

    mixed = portfolio_returns(columns, {"a": 0.5, "b": 0.25})

    assert mixed == pytest.approx([0.125, 0.2])
    assert portfolio_returns(columns, {}).size == 0


def test_the_largest_fall_counts_from_its_peak() -> None:
    assert drawdown(np.array([100.0, 120.0, 90.0, 130.0])) == pytest.approx(0.25)
    assert drawdown(np.empty(0)) == 0.0
