"""Buy a close above the upper band, and sell a close below the average."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fks_desk.core.frame import Floats, Frame
from fks_desk.core.model import Stance
from fks_desk.strategy.indicators import indicator
from fks_desk.strategy.parameters import count, measure
from fks_desk.strategy.stance import Stances, between, newest

NAME = "bollinger_breakout"
TITLE = "Bollinger breakout"
PARAMETERS = (
    count("period", "Period", 20, 2, 500),
    measure("width", "Band width in deviations", 2.0, 0.1, 10.0, 0.1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BollingerBreakout:
    """Hold the period in bars and the band's distance in standard deviations."""

    period: int = 20
    width: float = 2.0

    def __post_init__(self) -> None:
        if self.period <= 1 or self.width <= 0:
            raise ValueError(
                f"need period > 1 and width > 0, were {self.period} and {self.width:g}"
            )


def decide(frame: Frame, params: BollingerBreakout) -> Stance:
    """Return the wanted stance after the newest closed bar."""
    return newest(stances(frame, params))


def stances(frame: Frame, params: BollingerBreakout) -> Stances:
    """Return the wanted stance after each bar."""
    upper, middle = _bands(frame, params)
    return between(frame.close > upper, frame.close < middle)


def rule(params: BollingerBreakout) -> str:
    """Say the rule as one sentence."""
    return (
        f"Long from a close above the upper Bollinger band ({params.period} bars, "
        f"{params.width:g} deviations) until a close below its middle, otherwise flat."
    )


def inputs(frame: Frame, params: BollingerBreakout) -> Mapping[str, float]:
    """Return the numbers that the newest decision rests on."""
    upper, middle = _bands(frame, params)
    return {
        "close": float(frame.close[-1]),
        "upper_band": float(upper[-1]),
        "middle_band": float(middle[-1]),
    }


def warmup(params: BollingerBreakout) -> int:
    """Return the first bar, counted from 0, that can be anything but flat."""
    return params.period - 1


def _bands(frame: Frame, params: BollingerBreakout) -> tuple[Floats, Floats]:
    widths = {"timeperiod": params.period, "nbdevup": params.width, "nbdevdn": params.width}
    series = indicator("BBANDS").compute(frame, widths)
    return series["upperband"], series["middleband"]
