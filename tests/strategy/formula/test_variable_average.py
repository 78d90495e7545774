"""Show that the average of varying length is TA-Lib's, with periods from where one likes."""

from __future__ import annotations

import numpy as np
import pytest

from fks_desk.strategy.formulas import library
from fks_desk.strategy.indicators import indicator
from fks_desk.strategy.inputs import AVERAGES, PERIODS
from fks_desk.strategy.parameters import typed
from tests.fakes.candles import walk


def averaged(frame, text=""):
    found = indicator("MAVP")
    return found.compute(frame, typed(found.parameters, text))["real"]


def test_each_bar_is_averaged_over_its_own_period_kept_between_the_bounds():
    frame = walk(300)
    periods = np.clip(np.rint(library().HT_DCPERIOD(frame.close)), 2, 20)
    found = averaged(frame, "2 20 sma cycle")
    known = np.flatnonzero(np.isfinite(found))

    assert known[0] == np.flatnonzero(np.isfinite(periods))[0] + 19
    for place in known:
        period = int(periods[place])
        mean = frame.close[place - period + 1 : place + 1].mean()
        assert found[place] == pytest.approx(mean, rel=1e-9)


def test_a_price_as_period_makes_a_plain_average_of_the_greatest_length():
    frame = walk(200)  # prices far above the upper bound

    np.testing.assert_allclose(
        averaged(frame, "2 30 sma close volume"),
        library().MAVP(frame.close, np.rint(frame.volume), 2, 30, 0),
    )
    np.testing.assert_allclose(averaged(frame, "2 30 sma close high"), library().SMA(frame.close))


@pytest.mark.parametrize("length", [0, 1, 32, 33, 61, 62])
def test_a_short_history_has_no_value_yet(length):
    assert np.isfinite(averaged(walk(length))).sum() == max(0, length - 61)


@pytest.mark.parametrize("periods", PERIODS)
@pytest.mark.parametrize("average", AVERAGES)
def test_it_is_carried_on_bar_by_bar_to_the_values_of_the_batch(average, periods):
    frame, found = walk(480, 3), indicator("MAVP")
    words = f"{average} close {periods}"
    params = typed(found.parameters, words)
    whole, carry = found.compute(frame, params)["real"], found.stream(frame.slice(0, 400), params)
    assert carry is not None
    for stop in range(401, 481):
        part = frame.slice(0, stop)
        peeked = carry.peek(part)

        assert peeked == carry.update(part)
        expected = pytest.approx(whole[stop - 1], rel=1e-9, abs=1e-9, nan_ok=True)
        assert peeked["real"] == expected, stop
