"""Buy after a fall that went too far, and sell once the market has recovered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fks_desk.core.frame import Floats, Frame
from fks_desk.core.model import Stance
from fks_desk.strategy.indicators import indicator
from fks_desk.strategy.parameters import count, measure
from fks_desk.strategy.stance import Stances, between, newest

_TOP = 100  # the index runs from 0 to 100

NAME = "rsi_reversion"
TITLE = "RSI reversion"
PARAMETERS = (
    count("period", "Period", 14, 2, 500),
    measure("low", "Buy below", 30.0, 1.0, 99.0, 1.0),
    measure("high", "Sell above", 55.0, 1.0, 99.0, 1.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RsiReversion:
    """Hold the period in bars and the two levels of the index, 0 to 100."""

    period: int = 14
    low: float = 30.0
    high: float = 55.0

    def __post_init__(self) -> None:
        if not 0 < self.low < self.high < _TOP:
            raise ValueError(f"need 0 < low < high < 100, were {self.low:g} and {self.high:g}")


def decide(frame: Frame, params: RsiReversion) -> Stance:
    """Return the wanted stance after the newest closed bar."""
    return newest(stances(frame, params))


def stances(frame: Frame, params: RsiReversion) -> Stances:
    """Return the wanted stance after each bar."""
    index = _index(frame, params)
    return between(index < params.low, index > params.high)


def rule(params: RsiReversion) -> str:
    """Say the rule as one sentence."""
    return (
        f"Long from the {params.period}-bar RSI falling below {params.low:g} "
        f"until it rises above {params.high:g}, otherwise flat."
    )


def inputs(frame: Frame, params: RsiReversion) -> Mapping[str, float]:
    """Return the numbers that the newest decision rests on."""
    index = _index(frame, params)
    return {"close": float(frame.close[-1]), f"rsi_{params.period}": float(index[-1])}


def warmup(params: RsiReversion) -> int:
    """Return the first bar, counted from 0, that can be anything but flat."""
    return params.period


def _index(frame: Frame, params: RsiReversion) -> Floats:
    return indicator("RSI").compute(frame, {"timeperiod": params.period})["real"]
