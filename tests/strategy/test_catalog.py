import pytest

from fks_desk.core.errors import ConfigError
from fks_desk.core.frame import Frame
from fks_desk.core.model import Stance
from fks_desk.strategy.catalog import strategies, strategy


def test_the_four_built_in_strategies_are_listed():
    listed = [found.name for found in strategies()]

    assert listed == ["sma_cross", "rsi_reversion", "macd_trend", "bollinger_breakout"]


def test_every_strategy_says_what_it_does_and_is_flat_without_candles():
    for found in strategies():
        assert found.about.endswith(".")
        assert found.rule({}).endswith(".")
        assert found.decide(Frame.empty(), {}) is Stance.FLAT
        assert found.check({}) == found.defaults()


def test_the_defaults_of_the_form_are_the_defaults_of_the_values():
    for found in strategies():
        assert found.make(**found.defaults()) == found.make()


def test_an_unknown_strategy_is_refused_with_the_names_there_are():
    with pytest.raises(ConfigError, match="the strategies are: sma_cross, rsi_reversion"):
        strategy("martingale")


def test_an_unknown_parameter_is_refused_with_the_names_there_are():
    with pytest.raises(
        ConfigError, match="unknown parameter speed; the parameters are: fast, slow"
    ):
        strategy("sma_cross").check({"speed": 3})
