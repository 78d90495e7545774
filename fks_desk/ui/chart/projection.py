"""Turn bar numbers and prices into pixels, and back."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """Map bar numbers left..right and values low..high onto width x height pixels.

    A bar's centre stands at its number. `low` and `high` are values, on a
    logarithmic scale too. An inverted scale has its lowest value at the top.
    """

    left: float
    right: float
    low: float
    high: float
    width: float
    height: float
    is_log: bool = False
    is_inverted: bool = False
    bar_width: float = field(init=False)
    _bottom: float = field(init=False)
    _scale: float = field(init=False)
    _origin: float = field(init=False)

    def __post_init__(self) -> None:
        low, high = (_log(self.low), _log(self.high)) if self.is_log else (self.low, self.high)
        span = high - low
        object.__setattr__(self, "bar_width", self.width / max(1e-9, self.right - self.left))
        object.__setattr__(self, "_bottom", low)
        scale = self.height / span if span > 0 else 0.0
        object.__setattr__(self, "_scale", scale if self.is_inverted else -scale)
        object.__setattr__(self, "_origin", 0.0 if self.is_inverted else self.height)

    def x(self, number: float) -> float:
        """Return the pixel of a bar number."""
        return (number - self.left) * self.bar_width

    def xs(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the pixels of bar numbers."""
        return (numbers - self.left) * self.bar_width

    def y(self, value: float) -> float:
        """Return the pixel of a value, counted from the top."""
        at = _log(value) if self.is_log else value
        return self._origin + (at - self._bottom) * self._scale

    def ys(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return the pixels of values, counted from the top."""
        if self.is_log:
            values = np.log10(np.maximum(values, 1e-300))
        return np.asarray(self._origin + (values - self._bottom) * self._scale)

    def number(self, x: float) -> float:
        """Return the bar number, with its fraction, at a pixel."""
        return self.left + x / self.bar_width

    def value(self, y: float) -> float:
        """Return the value at a pixel."""
        if self._scale == 0:
            return self.low
        at = self._bottom + (y - self._origin) / self._scale
        return 10.0**at if self.is_log else at


def fitted(
    low: float, high: float, *, above: float, below: float, is_log: bool = False
) -> tuple[float, float]:
    """Return a range around low..high with margins, given as shares of it.

    What is flat gets room on both sides; what is not a number becomes 0..1.
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return 0.0, 1.0
    if is_log and low > 0:
        bottom, top = fitted(_log(low), _log(high), above=above, below=below)
        return 10.0**bottom, 10.0**top
    span = high - low
    if span <= abs(high) * 1e-12:
        span = abs(high) * 0.01 or 1.0
        low, high = low - span, high + span
    return low - span * below, high + span * above


def _log(value: float) -> float:
    return math.log10(max(value, 1e-300))
