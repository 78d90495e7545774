import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from fks_desk.core.errors import ConfigError
from fks_desk.strategy.catalog import strategy
from tests.fakes.candles import frames, walk
from tests.strategy import laws

PARAMS = [{"period": 5, "width": 1.0}, {"period": 3, "width": 0.5}]


@pytest.mark.parametrize("params", PARAMS)
@given(frame=frames(max_size=60))
def test_it_keeps_the_three_laws(params, frame):
    laws.same_input_same_answer("bollinger_breakout", frame, params)
    laws.a_later_bar_never_changes_an_earlier_answer("bollinger_breakout", frame, params)
    laws.short_history_is_flat("bollinger_breakout", frame, params)


def test_it_holds_from_above_the_upper_band_to_below_the_middle():
    frame = walk(2000)
    close = pd.Series(frame.close)
    middle = close.rolling(20).mean()
    upper = middle + 2 * close.rolling(20).std(ddof=0)
    held, expected = 0, []
    for price, top, centre in zip(close, upper, middle, strict=True):
        held = 0 if price < centre else (1 if price > top else held)
        expected.append(held)

    np.testing.assert_array_equal(strategy("bollinger_breakout").stances(frame, {}), expected)
    assert 0 < sum(expected) < 2000


def test_its_rule_and_inputs_say_why():
    found = strategy("bollinger_breakout")

    assert found.rule({}) == (
        "Long from a close above the upper Bollinger band (20 bars, 2 deviations) "
        "until a close below its middle, otherwise flat."
    )
    assert set(found.inputs(walk(40), {})) == {"close", "upper_band", "middle_band"}


def test_a_width_out_of_range_is_refused():
    with pytest.raises(ConfigError, match=r"need 0.1 <= width <= 10, was 0"):
        strategy("bollinger_breakout").check({"width": 0})
