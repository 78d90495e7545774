"""Show that the delta is what was bought less what was sold, and never invented."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.flow import TradeFlow
from fks_desk.strategy.order_flow import deltas, running_total
from tests.fakes.candles import walk


def flow_of(rows):
    return TradeFlow(
        time=np.array([row[0] for row in rows], dtype=np.int64),
        bought=np.array([row[1] for row in rows], dtype=np.float64),
        sold=np.array([row[2] for row in rows], dtype=np.float64),
    )


def test_a_bar_s_delta_is_bought_less_sold_and_unknown_where_nothing_is_recorded():
    bars = walk(6)
    bars = replace(bars, volume=np.array([1.0, 1.0, 1.0, 0.0, 1.0, 1.0]))
    flow = flow_of([(bars.time[1], 3.0, 1.0), (bars.time[4], 0.5, 2.0)])

    np.testing.assert_array_equal(
        deltas(bars, flow), [np.nan, 2.0, np.nan, 0.0, -1.5, np.nan]
    )  # nothing was traded in the fourth bar; the third is not known


def test_without_a_recorded_trade_nothing_is_known():
    assert np.isnan(deltas(walk(5), TradeFlow.empty())).all()
    assert deltas(walk(0), TradeFlow.empty()).size == 0
    assert running_total(np.empty(0)).size == 0


def test_the_total_begins_anew_behind_what_is_not_recorded():
    found = running_total(np.array([np.nan, 1.0, 2.0, np.nan, np.nan, -4.0, 1.0]))

    np.testing.assert_array_equal(found, [np.nan, 1.0, 3.0, np.nan, np.nan, -4.0, -3.0])


@given(st.lists(st.one_of(st.none(), st.integers(-50, 50)), max_size=60))
def test_the_total_is_that_of_one_bar_after_the_other(rows):
    expected, total = [], 0.0
    for row in rows:
        total = 0.0 if row is None else total + row
        expected.append(np.nan if row is None else total)

    delta = np.array([np.nan if row is None else float(row) for row in rows])
    np.testing.assert_allclose(running_total(delta), expected)


def test_newer_bars_take_the_place_of_those_from_a_moment_on():
    old = flow_of([(0, 1, 0), (10, 2, 0), (20, 3, 0)])
    joined = old.followed_by(flow_of([(20, 4, 1), (30, 5, 0)]), 20)

    assert joined.time.tolist() == [0, 10, 20, 30]
    assert joined.bought.tolist() == [1, 2, 4, 5]
    assert joined.sold.tolist() == [0, 0, 1, 0]
