"""List the strategies that the desk knows, each behind one and the same face."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from fks_desk.core.errors import ConfigError
from fks_desk.core.frame import Frame
from fks_desk.core.model import Stance, StrategyName
from fks_desk.strategy import bollinger_breakout, macd_trend, rsi_reversion, sma_cross
from fks_desk.strategy.parameters import Parameter, complete
from fks_desk.strategy.stance import Stances

Params = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """Hold one strategy's name, parameters and pure functions.

    Every method takes parameters by name, fills the missing ones with defaults
    and raises `ConfigError` with one sentence if they do not fit together.
    """

    name: StrategyName
    title: str
    parameters: tuple[Parameter, ...]
    about: str
    module: ModuleType
    make: Callable[..., Any]  # the strategy's own frozen class of parameters

    def defaults(self) -> dict[str, float]:
        """Return the parameters that a form starts with."""
        return complete(self.parameters, {})

    def check(self, params: Params) -> dict[str, float]:
        """Return all parameters, given and default, or raise `ConfigError`."""
        return self._made(params)[1]

    def decide(self, frame: Frame, params: Params) -> Stance:
        """Return the wanted stance after the newest closed bar; short history is flat."""
        stance: Stance = self.module.decide(frame, self._made(params)[0])
        return stance

    def stances(self, frame: Frame, params: Params) -> Stances:
        """Return the wanted stance after each bar as int8: 1 long, 0 flat, -1 short."""
        every: Stances = self.module.stances(frame, self._made(params)[0])
        return every

    def rule(self, params: Params) -> str:
        """Say the rule as one sentence."""
        return str(self.module.rule(self._made(params)[0]))

    def inputs(self, frame: Frame, params: Params) -> dict[str, float]:
        """Return the numbers that the newest decision rests on; NaN where it is too early.

        The frame needs at least one candle.
        """
        return dict(self.module.inputs(frame, self._made(params)[0]))

    def warmup(self, params: Params) -> int:
        """Return the first bar, counted from 0, that can be anything but flat."""
        return int(self.module.warmup(self._made(params)[0]))

    def _made(self, params: Params) -> tuple[Any, dict[str, float]]:
        try:
            values = complete(self.parameters, params)
            return self.make(**values), values
        except ValueError as error:
            raise ConfigError(f"{self.title}: {error}", strategy=self.name) from error


def _listed(module: ModuleType, make: Callable[..., Any]) -> Strategy:
    return Strategy(
        name=StrategyName(module.NAME),
        title=module.TITLE,
        parameters=module.PARAMETERS,
        about=(module.__doc__ or "").strip(),
        module=module,
        make=make,
    )


_STRATEGIES = {
    strategy.name: strategy
    for strategy in (
        _listed(sma_cross, sma_cross.SmaCross),
        _listed(rsi_reversion, rsi_reversion.RsiReversion),
        _listed(macd_trend, macd_trend.MacdTrend),
        _listed(bollinger_breakout, bollinger_breakout.BollingerBreakout),
    )
}


def strategies() -> tuple[Strategy, ...]:
    """Return every strategy, in the order a menu shows them."""
    return tuple(_STRATEGIES.values())


def strategy(name: str) -> Strategy:
    """Return the strategy of this name, or raise `ConfigError` with the names there are."""
    found = _STRATEGIES.get(StrategyName(name))
    if found is None:
        known = ", ".join(_STRATEGIES)
        raise ConfigError(f"there is no strategy {name!r}; the strategies are: {known}")
    return found
