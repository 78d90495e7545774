"""Keep the indicators of a chart current, at a cost that does not grow with its history."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from fks_desk.strategy.indicators import Indicator, Placement
from fks_desk.strategy.parameters import complete
from fks_desk.ui.models.series import Columns, Series

# Where a trader expects lines: above the upper and below the lower one a value is extreme.
_GUIDES: dict[str, tuple[float, ...]] = {
    "RSI": (30.0, 70.0),
    "STOCHRSI": (20.0, 80.0),
    "STOCH": (20.0, 80.0),
    "STOCHF": (20.0, 80.0),
    "MFI": (20.0, 80.0),
    "WILLR": (-80.0, -20.0),
    "CCI": (-100.0, 100.0),
    "ULTOSC": (30.0, 70.0),
    "CMO": (-50.0, 50.0),
    "AROON": (30.0, 70.0),
    "ADX": (20.0,),
    "MACD": (0.0,),
    "MOM": (0.0,),
    "ROC": (0.0,),
    "PPO": (0.0,),
}
_FULL_RANGE = frozenset({"RSI", "STOCHRSI", "STOCH", "STOCHF", "MFI", "ULTOSC", "AROON"})
# These sum up from the first bar on, so a piece of them is right only up to a constant.
_SUMS = frozenset({"OBV", "AD"})
_LEAD_FACTOR = 30
_LEAST_LEAD = 300
_numbers = count(1)


@dataclass(slots=True, kw_only=True, eq=False)
class Study:
    """Hold one indicator with its parameters and its values at every bar of a series.

    `lead` is how many bars before a piece make its values right to eleven digits.
    """

    indicator: Indicator
    params: Mapping[str, float]
    lead: int
    key: int = field(default_factory=lambda: next(_numbers))
    lines: dict[str, Columns] = field(default_factory=dict)

    @classmethod
    def of(cls, indicator: Indicator, params: Mapping[str, float] | None = None) -> Study:
        """Return a study with all parameters filled in; raises ValueError if one is wrong."""
        values = complete(indicator.parameters, params or {})
        # A smoothed average forgets its start by the power of its length; thirty
        # lengths leave nothing that a float64 could show.
        lead = max(_LEAST_LEAD, _LEAD_FACTOR * indicator.lookback(values))
        return cls(indicator=indicator, params=values, lead=lead)

    @property
    def title(self) -> str:
        """Return a short name with the parameters that matter, such as `SMA 20`."""
        name = "Vol SMA" if self.indicator.name == "VOLUME_SMA" else self.indicator.name
        shown = [
            f"{self.params[parameter.name]:g}"
            for parameter in self.indicator.parameters
            if not parameter.name.endswith("matype")
        ]
        return " ".join([name, *shown])

    @property
    def is_pane(self) -> bool:
        """Tell whether the study needs a pane of its own."""
        return self.indicator.placement is Placement.PANE

    @property
    def guides(self) -> tuple[float, ...]:
        """Return the values at which a horizontal line helps the eye."""
        return _GUIDES.get(self.indicator.name, ())

    @property
    def is_percentage(self) -> bool:
        """Tell whether values always lie between 0 and 100."""
        return self.indicator.name in _FULL_RANGE

    def rebuild(self, series: Series) -> None:
        """Compute every value anew."""
        self.lines = {}
        for output in self.indicator.outputs:
            column = self.lines[output.name] = Columns(1, first=series.first)
            column.grow_right(len(series))
        self._compute(series, series.first, series.stop)

    def refresh(self, series: Series, low: int, high: int) -> None:
        """Compute anew where bars from low up to, not including, high came or changed."""
        for column in self.lines.values():
            if column.first > series.first:
                column.grow_left(column.first - series.first)
            if column.stop < series.stop:
                column.grow_right(series.stop - column.stop)
        self._compute(series, *self.touched(low, high))

    def touched(self, low: int, high: int) -> tuple[int, int]:
        """Return where values may differ once bars from low up to high came or changed.

        Newer values near an old beginning get right only when their past is known.
        """
        first, stop = self._extent()
        if self.indicator.name in _SUMS and low == first:
            return first, stop
        return low, min(stop, high if high == stop else high + self.lead)

    def value(self, name: str, number: int) -> float:
        """Return one output at a bar, NaN where there is none."""
        column = self.lines.get(name)
        if column is None or not column.first <= number < column.stop:
            return math.nan
        return float(column.between(number, number + 1)[0, 0])

    def _extent(self) -> tuple[int, int]:
        column = next(iter(self.lines.values()))
        return column.first, column.stop

    def _compute(self, series: Series, low: int, high: int) -> None:
        for start, stop in series.pieces(max(series.first, low - self.lead), high):
            if stop > low:
                self._compute_piece(series, start, max(low, start), stop)

    def _compute_piece(self, series: Series, start: int, low: int, high: int) -> None:
        """Compute the values from low on, from bars without a hole: no value looks across one."""
        frame = series.frame(start, high)
        if not len(frame):
            return
        for name, values in self.indicator.compute(frame, self.params).items():
            column = self.lines[name]
            shift = 0.0
            if self.indicator.name in _SUMS and start < low:
                shift = self.value(name, low - 1) - values[low - 1 - start]
            column.between(low, high)[0] = values[low - start :] + shift
