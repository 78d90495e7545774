"""Be long while the MACD line is above its own signal line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fks_desk.core.frame import Floats, Frame
from fks_desk.core.model import Stance
from fks_desk.strategy.indicators import indicator
from fks_desk.strategy.parameters import count
from fks_desk.strategy.stance import Stances, newest, while_true

NAME = "macd_trend"
TITLE = "MACD trend"
PARAMETERS = (
    count("fast", "Fast period", 12, 2, 500),
    count("slow", "Slow period", 26, 3, 1000),
    count("signal", "Signal period", 9, 1, 500),
    count("short", "Short below (0 or 1)", 0, 0, 1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MacdTrend:
    """Hold the periods in bars; `short` 1 sells short where the rule is otherwise flat."""

    fast: int = 12
    slow: int = 26
    signal: int = 9
    short: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.fast < self.slow:
            raise ValueError(f"need 0 < fast < slow, were {self.fast} and {self.slow}")
        if self.signal < 1:
            raise ValueError(f"need signal >= 1, was {self.signal}")


def decide(frame: Frame, params: MacdTrend) -> Stance:
    """Return the wanted stance after the newest closed bar."""
    return newest(stances(frame, params))


def stances(frame: Frame, params: MacdTrend) -> Stances:
    """Return the wanted stance after each bar."""
    line, signal = _lines(frame, params)
    return while_true(line > signal, line < signal if params.short else None)


def rule(params: MacdTrend) -> str:
    """Say the rule as one sentence."""
    below = "short" if params.short else "flat"
    return (
        f"Long while the MACD line ({params.fast}, {params.slow}) is above "
        f"its {params.signal}-bar signal line, otherwise {below}."
    )


def inputs(frame: Frame, params: MacdTrend) -> Mapping[str, float]:
    """Return the numbers that the newest decision rests on."""
    line, signal = _lines(frame, params)
    return {
        "close": float(frame.close[-1]),
        "macd": float(line[-1]),
        "macd_signal": float(signal[-1]),
    }


def warmup(params: MacdTrend) -> int:
    """Return the first bar, counted from 0, that can be anything but flat."""
    return params.slow + params.signal - 2


def _lines(frame: Frame, params: MacdTrend) -> tuple[Floats, Floats]:
    periods = {
        "fastperiod": params.fast,
        "slowperiod": params.slow,
        "signalperiod": params.signal,
    }
    series = indicator("MACD").compute(frame, periods)
    return series["macd"], series["macdsignal"]
