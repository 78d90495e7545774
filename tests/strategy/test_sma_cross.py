import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from fks_desk.core.errors import ConfigError
from fks_desk.strategy.catalog import strategy
from tests.fakes.candles import frames, walk
from tests.strategy import laws

PARAMS = [{"fast": 3, "slow": 8}, {"fast": 2, "slow": 5, "short": 1}]


@pytest.mark.parametrize("params", PARAMS)
@given(frame=frames(max_size=60))
def test_it_keeps_the_three_laws(params, frame):
    laws.same_input_same_answer("sma_cross", frame, params)
    laws.a_later_bar_never_changes_an_earlier_answer("sma_cross", frame, params)
    laws.short_history_is_flat("sma_cross", frame, params)


def test_its_stances_equal_the_rule_in_pandas():
    frame = walk(2000)
    close = pd.Series(frame.close)
    fast, slow = close.rolling(20).mean(), close.rolling(50).mean()
    found = strategy("sma_cross")

    np.testing.assert_array_equal(found.stances(frame, {}), (fast > slow).astype(int))
    np.testing.assert_array_equal(
        found.stances(frame, {"short": 1}), (fast > slow).astype(int) - (fast < slow).astype(int)
    )


def test_its_rule_and_inputs_say_why():
    found, frame = strategy("sma_cross"), walk(60)

    assert found.rule({"fast": 5, "slow": 9}) == (
        "Long while the 5-bar average of the close is above the 9-bar average, otherwise flat."
    )
    assert found.inputs(frame, {"fast": 5, "slow": 9}) == pytest.approx(
        {
            "close": frame.close[-1],
            "sma_5": frame.close[-5:].mean(),
            "sma_9": frame.close[-9:].mean(),
        }
    )


def test_a_fast_average_that_is_slower_is_refused():
    with pytest.raises(ConfigError, match="need 0 < fast < slow, were 26 and 12"):
        strategy("sma_cross").check({"fast": 26, "slow": 12})
