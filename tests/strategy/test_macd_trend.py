import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from fks_desk.core.errors import ConfigError
from fks_desk.strategy.catalog import strategy
from tests.fakes.candles import frames, walk
from tests.strategy import laws

PARAMS = [{"fast": 3, "slow": 6, "signal": 3}, {"fast": 2, "slow": 4, "signal": 1, "short": 1}]


@pytest.mark.parametrize("params", PARAMS)
@given(frame=frames(max_size=60))
def test_it_keeps_the_three_laws(params, frame):
    laws.same_input_same_answer("macd_trend", frame, params)
    laws.a_later_bar_never_changes_an_earlier_answer("macd_trend", frame, params)
    laws.short_history_is_flat("macd_trend", frame, params)


def test_its_stances_equal_the_rule_in_plain_arithmetic():
    frame = walk(2000)
    # TA-Lib starts the fast average so late that both averages begin on one bar.
    fast, slow = _ema(frame.close[14:], 12), _ema(frame.close, 26)
    line = np.concatenate([np.full(14, np.nan), fast]) - slow
    signal = np.concatenate([np.full(25, np.nan), _ema(line[25:], 9)])

    np.testing.assert_array_equal(
        strategy("macd_trend").stances(frame, {}), (pd.Series(line) > pd.Series(signal)).astype(int)
    )


def test_its_rule_and_inputs_say_why():
    found = strategy("macd_trend")

    assert found.rule({}) == (
        "Long while the MACD line (12, 26) is above its 9-bar signal line, otherwise flat."
    )
    assert set(found.inputs(walk(40), {})) == {"close", "macd", "macd_signal"}


def test_a_fast_period_that_is_slower_is_refused():
    with pytest.raises(ConfigError, match="need 0 < fast < slow, were 26 and 12"):
        strategy("macd_trend").check({"fast": 26, "slow": 12})


def _ema(values, period):
    smooth = np.full(values.size, np.nan)
    smooth[period - 1] = values[:period].mean()
    for place in range(period, values.size):
        smooth[place] = smooth[place - 1] + (values[place] - smooth[place - 1]) * 2 / (period + 1)
    return smooth
