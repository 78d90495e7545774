"""Keep the indicators of a chart current, at a cost that does not grow with its history."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from fks_desk.core.clock import from_ms
from fks_desk.strategy.formula.own import Carry
from fks_desk.strategy.indicators import Indicator, Placement
from fks_desk.strategy.parameters import Parameter, complete
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
_EVERY_BAR = 1 << 40
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
    error: str = ""
    _carry: Carry | None = None
    _title: str = ""  # worded once for the same parameters
    _shifts: Mapping[str, int] | None = None
    _held: tuple[int, int] = (0, 0)  # the first bar that has room for a value, and the one after
    _carried: int = 0  # the number after the last bar that the carry took as closed

    @classmethod
    def of(cls, indicator: Indicator, params: Mapping[str, float] | None = None) -> Study:
        """Return a study with all parameters filled in; raises ValueError if one is wrong."""
        values = complete(indicator.parameters, params or {})
        return cls(indicator=indicator, params=values, lead=_lead(indicator, values))

    @property
    def title(self) -> str:
        """Return a short name with the parameters that matter, such as `SMA 20`."""
        if not self._title:
            self._title = self._worded()
        return self._title

    def _worded(self) -> str:
        name = "Vol SMA" if self.indicator.name == "VOLUME_SMA" else self.indicator.name
        # A choice is worth its room only where it is not the one that everybody expects.
        shown = [
            self._shown(one)
            for one in self.indicator.parameters
            if not one.words or self.params[one.name] != one.default
        ]
        return " ".join([name, *shown])

    def change(self, params: Mapping[str, float]) -> None:
        """Take other parameters, for the next `rebuild`; raises ValueError if one is wrong."""
        self.params = complete(self.indicator.parameters, params)
        self._title, self._shifts = "", None
        self.lead = _lead(self.indicator, self.params)

    @property
    def is_pane(self) -> bool:
        """Tell whether the study needs a pane of its own."""
        return self.placement is Placement.PANE

    @property
    def placement(self) -> Placement:
        """Return where the study is drawn: an average of volume lies over the volume."""
        placement = self.indicator.placement
        is_volume = placement is Placement.OVERLAY and self.indicator.reads_volume(self.params)
        return Placement.VOLUME if is_volume else placement

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
        self.lines, self._carry = {}, None
        self._make_room(series)
        self._compute(series, series.first, series.stop)

    def refresh(self, series: Series, low: int, high: int) -> None:
        """Compute anew where bars from low up to, not including, high came or changed."""
        self._make_room(series)
        if low == high - 1 == series.stop - 1 and self._carry_on(series, low):
            return
        self._carry = None
        self._compute(series, *self.touched(low, high))

    def touched(self, low: int, high: int) -> tuple[int, int]:
        """Return where values may differ once bars from low up to high came or changed.

        Newer values near an old beginning get right only when their past is known.
        """
        stop = next(iter(self.lines.values())).stop
        return low, min(stop, high if high == stop else high + self.lead)

    def value(self, name: str, number: int) -> float:
        """Return one output as it is drawn at a bar, NaN where there is none."""
        column = self.lines.get(name)
        number -= self.shift(name)
        if column is None or not column.first <= number < column.stop:
            return math.nan
        return column.value(0, number)

    def shift(self, name: str) -> int:
        """Return by how many bars an output is drawn later."""
        if self._shifts is None:
            self._shifts = self.indicator.shifts(self.params)
        return self._shifts.get(name, 0)

    def _shown(self, parameter: Parameter) -> str:
        value = self.params[parameter.name]
        if parameter.name == "anchor":
            return f"{from_ms(int(value) * 1000):%Y-%m-%d %H:%M}"
        return parameter.text(value)

    def _make_room(self, series: Series) -> None:
        """Hold a value for each bar, those that came not known yet."""
        held = self._held
        if self.lines and held == (series.first, series.stop):
            return
        self._held = series.first, series.stop
        for output in self.indicator.outputs:
            column = self.lines.setdefault(output.name, Columns(1, first=series.first))
            if column.first > series.first:
                column.grow_left(column.first - series.first)[:] = math.nan
            if column.stop < series.stop:
                column.grow_right(series.stop - column.stop)[:] = math.nan

    def _carry_on(self, series: Series, newest: int) -> bool:
        """Compute the newest bar alone from what is remembered of the closed ones."""
        if series.step_ms and series.breaks(newest, newest + 1).size:
            return False
        if self._carry is not None and self._carried == newest - 1:
            self._carry.update(series.frame(newest - 1, newest))
        elif self._carry is None or self._carried != newest:
            pieces = series.pieces(max(series.first, newest - self.lead), newest)
            if not pieces or pieces[-1][1] != newest:
                return False
            self._carry = self.indicator.stream(series.frame(pieces[-1][0], newest), self.params)
        if self._carry is None:
            return False
        self._carried = newest
        for name, value in self._carry.peek(series.newest).items():
            self.lines[name].put(newest, value)
        return True

    def _compute(self, series: Series, low: int, high: int) -> None:
        pieces = series.pieces(max(series.first, low - self.lead), high)
        if sum(stop - max(start, low) for start, stop in pieces if stop > low) < high - low:
            # Bars without a price have no value, whatever stood there before.
            for column in self.lines.values():
                column.between(low, high)[0] = math.nan
        for start, stop in pieces:
            if stop > low:
                self._compute_piece(series, start, max(low, start), stop)

    def _compute_piece(self, series: Series, start: int, low: int, high: int) -> None:
        """Compute the values from low on, from bars without a hole: no value looks across one."""
        frame = series.frame(start, high)
        if not len(frame):
            return
        for name, values in self.indicator.compute(frame, self.params).items():
            self.lines[name].between(low, high)[0] = values[low - start :]


def _lead(indicator: Indicator, params: Mapping[str, float]) -> int:
    memory = indicator.memory(params)
    return _EVERY_BAR if memory is None else memory
