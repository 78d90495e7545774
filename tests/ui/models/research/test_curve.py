from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.frame import Frame
from fks_desk.ui.models.research.curve import MOST_POINTS, make_curve
from tests.fakes.panes import report


@given(st.integers(min_value=1, max_value=20_000), st.integers(min_value=0, max_value=9))
def test_thinning_keeps_ends_lowest_and_highest(size: int, seed: int) -> None:
    equity = 10_000 + np.cumsum(np.random.default_rng(seed).normal(size=size))

    curve = make_curve(report(equity), None)

    assert curve.time.size <= MOST_POINTS + 4
    assert (curve.equity[0], curve.equity[-1]) == (equity[0], equity[-1])
    assert (curve.equity.min(), curve.equity.max()) == (equity.min(), equity.max())
    assert np.all(np.diff(curve.time) > 0) or size == 1
    assert np.all(curve.peak >= curve.equity)


def test_holding_is_the_cash_moved_with_the_price() -> None:
    made = report(np.array([10_000.0, 10_000.0, 10_000.0]))
    price = np.array([100.0, 110.0, 90.0])
    frame = Frame(
        time=np.asarray(made.equity_time), open=price, high=price, low=price, close=price,
        volume=price,
    )  # fmt: skip

    curve = make_curve(made, frame)

    assert curve.hold is not None
    assert curve.hold.tolist() == [10_000.0, 11_000.0, 9_000.0]


def test_without_equity_or_candles_there_is_an_empty_curve() -> None:
    curve = make_curve(report(np.empty(0)), Frame.empty())

    assert curve.time.size == 0
    assert curve.hold is None
