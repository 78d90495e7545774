"""Name the series that an indicator may read: a candle's columns and the means of them."""

from __future__ import annotations

import numpy as np

from fks_desk.core.frame import Floats, Frame
from fks_desk.strategy.parameters import Parameter, choice

INPUTS = ("open", "high", "low", "close", "volume", "hl2", "hlc3", "ohlc4", "hlcc4")
# What a period may follow: a formula of TA-Lib, or a price.
PERIODS = ("cycle", "rsi", "adx", *INPUTS)
# TA-Lib's averages in the order of their numbers; OWN is what the formula was made with.
AVERAGES = (
    "SMA", "EMA", "WMA", "DEMA", "TEMA", "TRIMA", "KAMA", "MAMA", "T3", "HMA", "NONE", "OWN",
    "ZLEMA", "WILDER",
)  # fmt: skip
_MEANS = {
    "hl2": ("high", "low"),
    "hlc3": ("high", "low", "close"),
    "ohlc4": ("open", "high", "low", "close"),
    "hlcc4": ("high", "low", "close", "close"),
}
_TITLES = {"price": "Input", "price0": "First input", "price1": "Second input"}


def series_of(frame: Frame, name: str) -> Floats:
    """Return a column of the frame, or the mean of some, contiguous as TA-Lib wants it."""
    means = _MEANS.get(name)
    if means is None:
        return np.ascontiguousarray(getattr(frame, name))
    total: Floats = sum(
        (getattr(frame, column) for column in means[1:]), getattr(frame, means[0]).copy()
    )
    return total / len(means)


def input_parameter(name: str, default: str) -> Parameter:
    """Return the parameter that chooses which series an indicator reads."""
    return choice(name, _TITLES.get(name, name.capitalize()), default, INPUTS)


def value_text(name: str, value: float) -> str:
    """Return a parameter's value as a person writes it, known by the parameter's name alone."""
    words: tuple[str, ...] = ()
    if name in _TITLES:
        words = INPUTS
    elif name == "periods":
        words = PERIODS
    elif name.endswith("matype"):
        words = AVERAGES
    return words[int(value)].lower() if words else f"{value:g}"
