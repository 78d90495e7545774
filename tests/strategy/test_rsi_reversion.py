import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from fks_desk.core.errors import ConfigError
from fks_desk.strategy.catalog import strategy
from tests.fakes.candles import frames, walk
from tests.strategy import laws

PARAMS = [{"period": 5}, {"period": 3, "low": 45.0, "high": 50.0}]


@pytest.mark.parametrize("params", PARAMS)
@given(frame=frames(max_size=60))
def test_it_keeps_the_three_laws(params, frame):
    laws.same_input_same_answer("rsi_reversion", frame, params)
    laws.a_later_bar_never_changes_an_earlier_answer("rsi_reversion", frame, params)
    laws.short_history_is_flat("rsi_reversion", frame, params)


def test_it_holds_from_below_the_low_level_to_above_the_high_one():
    frame = walk(2000)
    move = pd.Series(frame.close).diff()
    gain = _wilder(move.clip(lower=0).to_numpy())
    loss = _wilder((-move.clip(upper=0)).to_numpy())
    index = 100 * gain / (gain + loss)
    held, expected = 0, []
    for value in index:
        held = 0 if value > 55 else (1 if value < 30 else held)
        expected.append(held)

    np.testing.assert_array_equal(strategy("rsi_reversion").stances(frame, {}), expected)
    assert 0 < sum(expected) < 2000


def test_its_rule_and_inputs_say_why():
    found = strategy("rsi_reversion")

    assert found.rule({}) == (
        "Long from the 14-bar RSI falling below 30 until it rises above 55, otherwise flat."
    )
    assert set(found.inputs(walk(40), {})) == {"close", "rsi_14"}


def test_levels_that_cross_are_refused():
    with pytest.raises(ConfigError, match="need 0 < low < high < 100, were 70 and 30"):
        strategy("rsi_reversion").check({"low": 70.0, "high": 30.0})


def _wilder(values, period=14):
    smooth = np.full(values.size, np.nan)
    smooth[period] = values[1 : period + 1].mean()
    for place in range(period + 1, values.size):
        smooth[place] = (smooth[place - 1] * (period - 1) + values[place]) / period
    return smooth
