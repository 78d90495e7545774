"""Follow a trend with a stop at a multiple of the average true range."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fks_desk.core.frame import Floats, Frame
from fks_desk.strategy.formula.own import Carry, Params
from fks_desk.strategy.formulas import library, streaming


@dataclass(frozen=True, slots=True)
class Stops:
    """Hold both stops, which only tighten until the close breaks them, and the side in force."""

    upper: float
    lower: float
    is_up: bool
    close: float

    def after(self, high: float, low: float, close: float, width: float) -> Stops:
        """Return the stops at the next bar."""
        middle = (high + low) / 2
        upper, lower = middle + width, middle - width
        if not (upper < self.upper or self.close > self.upper):
            upper = self.upper
        if not (lower > self.lower or self.close < self.lower):
            lower = self.lower
        is_up = close > (lower if self.is_up else upper)
        return Stops(upper, lower, is_up, close)

    @property
    def values(self) -> dict[str, float]:
        """Return the stop in force under the name of its side."""
        return {
            "up": self.lower if self.is_up else math.nan,
            "down": math.nan if self.is_up else self.upper,
        }


class SuperTrend:
    """Show the lower stop while the trend is up and the upper one while it is down (Seban)."""

    def compute(self, frame: Frame, params: Params) -> dict[str, Floats]:
        """Return the stop in force as `up` or as `down`."""
        found = {name: np.full(len(frame), np.nan) for name in ("up", "down")}
        first = self.lookback(params)
        stops: Stops | None = None
        rows = (frame.high, frame.low, frame.close, self._widths(frame, params))
        table = zip(*(row[first:].tolist() for row in rows), strict=True)
        up, down = found["up"], found["down"]
        for place, bar in enumerate(table, start=first):
            stops = _first(*bar) if stops is None else stops.after(*bar)
            if stops.is_up:
                up[place] = stops.lower
            else:
                down[place] = stops.upper
        return found

    def carry(self, frame: Frame, params: Params) -> Carry | None:
        """Return the stops after the frame."""
        first = self.lookback(params)
        if len(frame) <= first:
            return None
        rows = (frame.high, frame.low, frame.close, self._widths(frame, params))
        stops: Stops | None = None
        for bar in zip(*(row[first:].tolist() for row in rows), strict=True):
            stops = _first(*bar) if stops is None else stops.after(*bar)
        arrays = [np.ascontiguousarray(row) for row in rows[:3]]
        width = streaming("ATR")(*arrays, timeperiod=int(params["period"]))
        return None if stops is None else _SuperTrendCarry(stops, width, params["factor"])

    def lookback(self, params: Params) -> int:
        """Return the bars of the first average true range."""
        return int(params["period"])

    def memory(self, params: Params) -> int | None:
        """Return the bars after which average and stops have forgotten their start."""
        return 600 + 30 * int(params["period"])

    def shifts(self, _params: Params) -> Mapping[str, int]:
        """Return that nothing is drawn elsewhere."""
        return {}

    def _widths(self, frame: Frame, params: Params) -> Floats:
        if not len(frame):
            return np.empty(0)
        arrays = [np.ascontiguousarray(getattr(frame, name)) for name in ("high", "low", "close")]
        ranges = library().ATR(*arrays, timeperiod=int(params["period"]))
        return np.asarray(ranges * params["factor"])


class _SuperTrendCarry:
    def __init__(self, stops: Stops, width: Any, factor: float) -> None:
        self._stops = stops
        self._width = width  # a stream class of talib, which have no public base type
        self._factor = factor

    def update(self, frame: Frame) -> dict[str, float]:
        bar = _newest(frame)
        self._stops = self._stops.after(*bar, self._width.update(*bar) * self._factor)
        return self._stops.values

    def peek(self, frame: Frame) -> dict[str, float]:
        bar = _newest(frame)
        return self._stops.after(*bar, self._width.peek(*bar) * self._factor).values


def _first(high: float, low: float, close: float, width: float) -> Stops:
    middle = (high + low) / 2
    return Stops(middle + width, middle - width, close > middle - width, close)


def _newest(frame: Frame) -> tuple[float, float, float]:
    return float(frame.high[-1]), float(frame.low[-1]), float(frame.close[-1])
