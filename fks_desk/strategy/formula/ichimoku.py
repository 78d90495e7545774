"""Compute the five lines of the Ichimoku cloud."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fks_desk.core.frame import Floats, Frame
from fks_desk.strategy.formula.own import Carry, Params
from fks_desk.strategy.formulas import library


class Ichimoku:
    """Take middles of the highest high and lowest low over three lengths (Hosoda, 1969).

    Each value stands at the bar that it is computed from; where it is drawn says `shifts`.
    """

    def compute(self, frame: Frame, params: Params) -> dict[str, Floats]:
        """Return conversion, base, both spans and the close."""
        tenkan = _middle(frame, int(params["conversion"]))
        kijun = _middle(frame, int(params["base"]))
        return {
            "conversion": tenkan,
            "base": kijun,
            "span_a": (tenkan + kijun) / 2,
            "span_b": _middle(frame, int(params["span"])),
            "lagging": np.array(frame.close, dtype=np.float64),
        }

    def carry(self, frame: Frame, params: Params) -> Carry | None:
        """Return the newest bars, which are all that the next value needs."""
        return _IchimokuCarry(self, frame, params)

    def lookback(self, _params: Params) -> int:
        """Return zero: the lagging line is the close itself."""
        return 0

    def memory(self, params: Params) -> int | None:
        """Return the longest length."""
        return int(max(params["conversion"], params["base"], params["span"]))

    def shifts(self, params: Params) -> Mapping[str, int]:
        """Return that the cloud is drawn ahead and the close behind."""
        ahead = int(params["displacement"]) - 1
        return {"span_a": ahead, "span_b": ahead, "lagging": -ahead}


class _IchimokuCarry:
    def __init__(self, formula: Ichimoku, frame: Frame, params: Params) -> None:
        self._formula, self._params = formula, params
        self._length = formula.memory(params) or 1
        self._high = list(frame.high[-self._length :])
        self._low = list(frame.low[-self._length :])

    def update(self, frame: Frame) -> dict[str, float]:
        found = self.peek(frame)
        self._high = [*self._high, float(frame.high[-1])][-self._length :]
        self._low = [*self._low, float(frame.low[-1])][-self._length :]
        return found

    def peek(self, frame: Frame) -> dict[str, float]:
        high = [*self._high, float(frame.high[-1])]
        low = [*self._low, float(frame.low[-1])]

        def middle(name: str) -> float:
            length = int(self._params[name])
            if len(high) < length:
                return float("nan")
            return float((max(high[-length:]) + min(low[-length:])) / 2)

        tenkan, kijun = middle("conversion"), middle("base")
        return {
            "conversion": tenkan,
            "base": kijun,
            "span_a": (tenkan + kijun) / 2,
            "span_b": middle("span"),
            "lagging": float(frame.close[-1]),
        }


def _middle(frame: Frame, length: int) -> Floats:
    if len(frame) < length:
        return np.full(len(frame), np.nan)
    if length == 1:
        return np.asarray((frame.high + frame.low) / 2)
    talib = library()
    high, low = np.ascontiguousarray(frame.high), np.ascontiguousarray(frame.low)
    return np.asarray((talib.MAX(high, length) + talib.MIN(low, length)) / 2)
