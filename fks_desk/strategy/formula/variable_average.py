"""Average over as many bars as another series says: TA-Lib's MAVP and its second input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from fks_desk.core.frame import Floats, Frame
from fks_desk.strategy.formula.own import Carry, Params
from fks_desk.strategy.formulas import described, library, streaming
from fks_desk.strategy.inputs import INPUTS, PERIODS, series_of

# Formulas of TA-Lib whose values make periods, with what they read.
_FORMULAS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "cycle": ("HT_DCPERIOD", ("close",)),
    "rsi": ("RSI", ("close",)),
    "adx": ("ADX", ("high", "low", "close")),
}
_MEMORY_FACTOR = 30
_LEAST_MEMORY = 1_200


class VariableAverage:
    """Take the periods from the dominant cycle, from an oscillator, or from a price.

    TA-Lib keeps them between the two bounds. They are rounded first, so that a value a
    hair below a whole number means the same everywhere.
    """

    no_shifts: ClassVar[Mapping[str, int]] = {}

    def compute(self, frame: Frame, params: Params) -> dict[str, Floats]:
        """Return the average at each bar that has a period."""
        periods, price = _periods(frame, params), _price(frame, params)
        first = int(np.argmax(np.isfinite(periods))) if np.isfinite(periods).any() else len(frame)
        real = np.full(len(frame), np.nan)
        if first < len(frame):
            real[first:] = library().MAVP(price[first:], periods[first:], **_bounds(params))
        return {"real": real}

    def carry(self, frame: Frame, params: Params) -> Carry | None:
        """Return the average and its periods after the frame."""
        periods = _periods(frame, params)
        known = np.flatnonzero(np.isfinite(periods))
        if not known.size:
            return None
        first, price = int(known[0]), _price(frame, params)
        name, columns = _FORMULAS.get(PERIODS[int(params["periods"])], ("", ()))
        try:
            average = streaming("MAVP")(price[first:], periods[first:], **_bounds(params))
            formula = (
                streaming(name)(*[series_of(frame, column) for column in columns]) if name else None
            )
        except library().InsufficientHistory:
            return None
        return _VariableCarry(params, average, formula, columns)

    def lookback(self, params: Params) -> int:
        """Return the bars before the first period and those of the longest average."""
        name, _ = _FORMULAS.get(PERIODS[int(params["periods"])], ("", ()))
        function = described("MAVP")
        function.parameters = _bounds(params)
        own = int(function.lookback)
        return own + (int(described(name).lookback) if name else 0)

    def memory(self, params: Params) -> int | None:
        """Return how many bars back a value can still tell apart."""
        return max(_LEAST_MEMORY, _MEMORY_FACTOR * self.lookback(params))

    def shifts(self, _params: Params) -> Mapping[str, int]:
        """Return that nothing is drawn elsewhere."""
        return self.no_shifts


class _VariableCarry:
    def __init__(
        self, params: Params, average: Any, formula: Any, columns: tuple[str, ...]
    ) -> None:
        self._params, self._average, self._formula = params, average, formula
        self._columns = columns

    def update(self, frame: Frame) -> dict[str, float]:
        newest = frame.tail(1)
        period = self._formula.update(*self._read(newest)) if self._formula else None
        return {"real": float(self._average.update(*self._inputs(newest, period)))}

    def peek(self, frame: Frame) -> dict[str, float]:
        newest = frame.tail(1)
        period = self._formula.peek(*self._read(newest)) if self._formula else None
        return {"real": float(self._average.peek(*self._inputs(newest, period)))}

    def _read(self, newest: Frame) -> list[float]:
        return [float(series_of(newest, column)[0]) for column in self._columns]

    def _inputs(self, newest: Frame, period: float | None) -> tuple[float, float]:
        if period is None:
            period = float(_periods(newest, self._params)[0])
        return float(_price(newest, self._params)[0]), float(np.rint(period))


def _price(frame: Frame, params: Params) -> Floats:
    return series_of(frame, INPUTS[int(params["price"])])


def _periods(frame: Frame, params: Params) -> Floats:
    source = PERIODS[int(params["periods"])]
    if source not in _FORMULAS:
        return np.rint(series_of(frame, source))
    name, columns = _FORMULAS[source]
    raw: Floats = getattr(library(), name)(*[series_of(frame, column) for column in columns])
    return np.rint(raw)


def _bounds(params: Params) -> dict[str, float]:
    return {name: params[name] for name in ("minperiod", "maxperiod", "matype")}
