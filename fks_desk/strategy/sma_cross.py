"""Be long while the fast average of the close is above the slow one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fks_desk.core.frame import Floats, Frame
from fks_desk.core.model import Stance
from fks_desk.strategy.indicators import indicator
from fks_desk.strategy.parameters import count
from fks_desk.strategy.stance import Stances, newest, while_true

NAME = "sma_cross"
TITLE = "SMA cross"
PARAMETERS = (
    count("fast", "Fast period", 20, 1, 500),
    count("slow", "Slow period", 50, 2, 1000),
    count("short", "Short below (0 or 1)", 0, 0, 1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmaCross:
    """Hold the periods in bars; `short` 1 sells short where the rule is otherwise flat."""

    fast: int = 20
    slow: int = 50
    short: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.fast < self.slow:
            raise ValueError(f"need 0 < fast < slow, were {self.fast} and {self.slow}")


def decide(frame: Frame, params: SmaCross) -> Stance:
    """Return the wanted stance after the newest closed bar."""
    return newest(stances(frame, params))


def stances(frame: Frame, params: SmaCross) -> Stances:
    """Return the wanted stance after each bar."""
    fast, slow = _averages(frame, params)
    return while_true(fast > slow, fast < slow if params.short else None)


def rule(params: SmaCross) -> str:
    """Say the rule as one sentence."""
    below = "short" if params.short else "flat"
    return (
        f"Long while the {params.fast}-bar average of the close is above "
        f"the {params.slow}-bar average, otherwise {below}."
    )


def inputs(frame: Frame, params: SmaCross) -> Mapping[str, float]:
    """Return the numbers that the newest decision rests on."""
    fast, slow = _averages(frame, params)
    return {
        "close": float(frame.close[-1]),
        f"sma_{params.fast}": float(fast[-1]),
        f"sma_{params.slow}": float(slow[-1]),
    }


def warmup(params: SmaCross) -> int:
    """Return the first bar, counted from 0, that can be anything but flat."""
    return params.slow - 1


def _averages(frame: Frame, params: SmaCross) -> tuple[Floats, Floats]:
    sma = indicator("SMA")
    fast = sma.compute(frame, {"timeperiod": params.fast})["real"]
    return fast, sma.compute(frame, {"timeperiod": params.slow})["real"]
