"""Find the range of each TA-Lib parameter, which its metadata leaves out.

TA-Lib answers a negative lookback for a value that it refuses, so trying a few
values finds the bounds without computing anything.
"""

from __future__ import annotations

from typing import Any

from fks_desk.strategy.formulas import described
from fks_desk.strategy.inputs import AVERAGES
from fks_desk.strategy.parameters import Parameter, choice, count, measure

_LONGEST = 1000
_TITLES = {
    "timeperiod": "Period",
    "fastperiod": "Fast period",
    "slowperiod": "Slow period",
    "signalperiod": "Signal period",
    "nbdevup": "Deviations up",
    "nbdevdn": "Deviations down",
    "nbdev": "Deviations",
    "matype": "Average type",
}


def parameters_of(function: Any) -> tuple[Parameter, ...]:
    """Return the parameters of a `talib.abstract.Function` with their ranges."""
    name = function.info["name"]
    return tuple(
        _parameter(name, parameter, default) for parameter, default in function.parameters.items()
    )


def _parameter(function: str, name: str, default: float) -> Parameter:
    title = _TITLES.get(name, name.replace("_", " ").capitalize())
    if isinstance(default, int):
        if name.endswith("matype"):
            known = sum(_accepts(function, name, kind) for kind in range(len(AVERAGES)))
            return choice(name, title, AVERAGES[default], AVERAGES[:known])
        lowest = next(low for low in range(default + 1) if _accepts(function, name, low))
        return count(name, title, default, lowest, _highest_count(function, name, default))
    low = next(low for low in (0.0, 0.01, 0.1, default) if _accepts(function, name, low))
    wishes = (default * 10, 100.0, 1.0, default)
    high = next(high for high in wishes if high >= default and _accepts(function, name, high))
    return measure(name, title, default, low, high, 0.1 if default >= 1 else 0.01)


def _highest_count(function: str, name: str, default: int) -> int:
    return next(
        high
        for high in (_LONGEST, 200, 100, default)
        if _accepts(function, name, max(high, default))
    )


def _accepts(function: str, name: str, value: float) -> bool:
    tried = described(function)
    tried.parameters = {name: value}
    return int(tried.lookback) >= 0
