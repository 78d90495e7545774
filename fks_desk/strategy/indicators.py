"""Offer every indicator that needs nothing but candles, described well enough for a menu.

The formulas are TA-Lib's, and so are the parameter names and the descriptions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any

import numpy as np

from fks_desk.core.frame import Floats, Frame
from fks_desk.strategy.formula.ichimoku import Ichimoku
from fks_desk.strategy.formula.own import Carry, OwnFormula
from fks_desk.strategy.formula.supertrend import SuperTrend
from fks_desk.strategy.formula.variable_average import VariableAverage
from fks_desk.strategy.formula.vwap import AnchoredVwap, Vwap
from fks_desk.strategy.formulas import described, library, streaming
from fks_desk.strategy.inputs import INPUTS, PERIODS, input_parameter, series_of
from fks_desk.strategy.parameters import Parameter, choice, complete, count, measure
from fks_desk.strategy.ranges import parameters_of

_COLUMNS = frozenset({"open", "high", "low", "close", "volume"})
_SAME_SCALE = "Output scale same as input"
# These sum up, or count, from the first bar on.
_SUMS = frozenset(
    {"OBV", "AD", "CUMSUM", "NVI", "PVI", "PVT", "WAD", "MAXINDEX", "MININDEX", "MINMAXINDEX"}
)
_MEMORY_FACTOR = 30
_LEAST_MEMORY = 300
_LATEST = 4_102_444_800  # the year 2100
_FEATURED = ("SMA", "EMA", "BBANDS", "RSI", "MACD", "ATR", "VOLUME_SMA")


class Placement(StrEnum):
    """Say where an indicator is drawn: over the candles, in its own pane, over the volume."""

    OVERLAY = "overlay"
    PANE = "pane"
    VOLUME = "volume"


class Drawing(StrEnum):
    """Say how an output is drawn."""

    LINE = "line"
    DASHED = "dashed"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Describe one series that an indicator yields."""

    name: str
    drawing: Drawing = Drawing.LINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """Describe and compute one indicator.

    `own` computes what TA-Lib has no formula for; otherwise
    `function` is TA-Lib's name of the formula; `columns` are what it reads, in the
    order of the formula's arguments: a frame's column, or the name of the parameter
    that chooses one.
    """

    name: str
    title: str
    group: str
    placement: Placement
    parameters: tuple[Parameter, ...]
    outputs: tuple[Output, ...]
    function: str
    columns: tuple[str, ...]
    own: OwnFormula | None = None

    def compute(self, frame: Frame, params: Mapping[str, float] | None = None) -> dict[str, Floats]:
        """Return one float64 array of the frame's length per output, NaN where too early.

        Raises ValueError if a parameter is unknown or out of range.
        """
        values = complete(self.parameters, params or {})
        if self.own is not None:
            return self.own.compute(frame, values)
        arrays = [series_of(frame, name) for name in self._read(values)]
        raw = getattr(library(), self.function)(*arrays, **self._numbers(values))
        series = raw if isinstance(raw, tuple) else (raw,)
        lead = self.lookback(values)
        return {
            output.name: _with_lead_in(array, lead)
            for output, array in zip(self.outputs, series, strict=True)
        }

    def lookback(self, params: Mapping[str, float] | None = None) -> int:
        """Return how many bars pass before the first value."""
        values = complete(self.parameters, params or {})
        if self.own is not None:
            return self.own.lookback(values)
        return _lookback(self.function, tuple(self._numbers(values).items()))

    def memory(self, params: Mapping[str, float] | None = None) -> int | None:
        """Return how many bars back a value can still tell apart; None for all of them."""
        values = complete(self.parameters, params or {})
        if self.own is not None:
            return self.own.memory(values)
        if not self.function or self.function in _SUMS:
            return None
        # A smoothed average forgets its start by the power of its length; thirty
        # lengths leave nothing that a float64 could show.
        return max(_LEAST_MEMORY, _MEMORY_FACTOR * self.lookback(values))

    def shifts(self, params: Mapping[str, float] | None = None) -> Mapping[str, int]:
        """Return by how many bars an output is drawn later (or, below zero, earlier)."""
        if self.own is None:
            return {}
        return self.own.shifts(complete(self.parameters, params or {}))

    def stream(self, frame: Frame, params: Mapping[str, float] | None = None) -> Carry | None:
        """Return a handle that goes on bar by bar after the frame, or None if it is too short."""
        values = complete(self.parameters, params or {})
        if self.own is not None:
            return self.own.carry(frame, values)
        names = self._read(values)
        arrays = [series_of(frame, name) for name in names]
        try:
            handle = streaming(self.function)(*arrays, **self._numbers(values))
        except library().InsufficientHistory:
            return None
        return IndicatorStream(self, names, handle)

    def reads_volume(self, params: Mapping[str, float]) -> bool:
        """Tell whether the series that was chosen to be read is the volume."""
        return any(
            one.words == INPUTS and INPUTS[int(params[one.name])] == "volume"
            for one in self.parameters
        )

    def _read(self, values: Mapping[str, float]) -> tuple[str, ...]:
        """Return the series that the formula reads."""
        return tuple(
            INPUTS[int(values[column])] if column in values else column for column in self.columns
        )

    def _numbers(self, values: Mapping[str, float]) -> dict[str, float]:
        """Return what TA-Lib itself takes."""
        return {name: value for name, value in values.items() if name not in self.columns}


class IndicatorStream:
    """Carry an indicator forward one bar at a time, at a cost that does not grow."""

    def __init__(self, indicator: Indicator, columns: Sequence[str], handle: Any) -> None:
        self._columns = columns
        self._names = tuple(output.name for output in indicator.outputs)
        self._handle = handle  # one of talib's stream classes, which share no public base type

    @property
    def value(self) -> dict[str, float]:
        """Return the outputs at the newest closed bar."""
        return self._named(self._handle.value)

    def update(self, frame: Frame) -> dict[str, float]:
        """Take the frame's newest bar as closed and return the outputs there."""
        return self._named(self._handle.update(*self._newest(frame)))

    def peek(self, frame: Frame) -> dict[str, float]:
        """Return what the outputs would be if the frame's newest bar closed as it stands."""
        return self._named(self._handle.peek(*self._newest(frame)))

    def _newest(self, frame: Frame) -> list[float]:
        newest = frame.tail(1)
        return [float(series_of(newest, column)[0]) for column in self._columns]

    def _named(self, raw: float | tuple[float, ...]) -> dict[str, float]:
        series = raw if isinstance(raw, tuple) else (raw,)
        return {name: float(value) for name, value in zip(self._names, series, strict=True)}


def featured() -> tuple[Indicator, ...]:
    """Return the indicators that a menu shows first."""
    return tuple(indicator(name) for name in _FEATURED)


@cache
def names() -> tuple[str, ...]:
    """Return the name of every indicator that can be computed from candles."""
    computable = [name for name in library().get_functions() if _columns(described(name))]
    return tuple(sorted([*computable, "VOLUME_SMA", *_own()]))


@cache
def indicator(name: str) -> Indicator:
    """Return the indicator of this name, in any case, or raise ValueError."""
    wanted = name.upper().replace("-", "_")
    if wanted not in names():
        raise ValueError(f"there is no indicator {name!r}; a common one is SMA")
    if wanted == "VOLUME_SMA":
        return _volume_sma()
    if wanted in _own():
        return _own()[wanted]
    function = described(wanted)
    info = function.info
    return Indicator(
        name=wanted,
        title=info["display_name"],
        group=info["group"],
        placement=_placement(wanted, info),
        parameters=(*parameters_of(function), *_inputs(function)),
        outputs=tuple(
            Output(name=output, drawing=_drawing(flags))
            for output, flags in info["output_flags"].items()
        ),
        function=wanted,
        columns=_columns(function),
    )


@cache
def _own() -> dict[str, Indicator]:
    """Return the indicators that TA-Lib has no formula for."""
    lines = {
        name: tuple(Output(name=output) for output in outputs)
        for name, outputs in {
            "VWAP": ("vwap",),
            "AVWAP": ("vwap",),
            "ICHIMOKU": ("conversion", "base", "span_a", "span_b", "lagging"),
            "SUPERTREND": ("up", "down"),
            "MAVP": ("real",),
        }.items()
    }
    rows: list[tuple[str, str, OwnFormula, tuple[Parameter, ...]]] = [
        ("VWAP", "Volume Weighted Average Price (UTC day)", Vwap(), ()),
        (
            "AVWAP",
            "Anchored Volume Weighted Average Price",
            AnchoredVwap(),
            (count("anchor", "Anchor, seconds since 1970 (UTC)", 0, 0, _LATEST, 60),),
        ),
        (
            "ICHIMOKU",
            "Ichimoku Cloud",
            Ichimoku(),
            (
                count("conversion", "Conversion line", 9, 1, 1000),
                count("base", "Base line", 26, 1, 1000),
                count("span", "Leading span B", 52, 1, 1000),
                count("displacement", "Displacement", 26, 1, 1000),
            ),
        ),
        (
            "SUPERTREND",
            "SuperTrend",
            SuperTrend(),
            (
                count("period", "Period of the range", 10, 1, 1000),
                measure("factor", "Ranges away", 3.0, 0.1, 100.0, 0.1),
            ),
        ),
        (
            "MAVP",
            described("MAVP").info["display_name"],
            VariableAverage(),
            (
                *parameters_of(described("MAVP")),
                input_parameter("price", "close"),
                choice("periods", "Periods", PERIODS[0], PERIODS),
            ),
        ),
    ]
    return {
        name: Indicator(
            name=name,
            title=title,
            group="Of the desk",
            placement=Placement.OVERLAY,
            parameters=parameters,
            outputs=lines[name],
            function="",
            columns=(),
            own=own,
        )
        for name, title, own, parameters in rows
    }


@lru_cache(maxsize=1_024)
def _lookback(name: str, values: tuple[tuple[str, float], ...]) -> int:
    function = described(name)
    if values:
        function.parameters = dict(values)
    return int(function.lookback)


def _volume_sma() -> Indicator:
    function = described("SMA")
    return Indicator(
        name="VOLUME_SMA",
        title="Simple Moving Average of Volume",
        group="Volume Indicators",
        placement=Placement.VOLUME,
        parameters=parameters_of(function),
        outputs=(Output(name="real"),),
        function="SMA",
        columns=("volume",),
    )


def _columns(function: Any) -> tuple[str, ...]:
    """Return what the formula reads, or nothing if it needs more than candles.

    A single series may be any, so it is a parameter; several at once are what they are.
    """
    flat: list[str] = []
    for name, source in function.input_names.items():
        if isinstance(source, str) and source not in _COLUMNS:
            return ()
        flat.extend([name] if isinstance(source, str) else source)
    return tuple(flat)


def _inputs(function: Any) -> list[Parameter]:
    """Return the parameters that choose what the formula reads."""
    return [
        input_parameter(name, source)
        for name, source in function.input_names.items()
        if isinstance(source, str)
    ]


def _placement(name: str, info: Mapping[str, Any]) -> Placement:
    over = _SAME_SCALE in (info["function_flags"] or ()) and info["group"] != "Math Operators"
    return Placement.OVERLAY if over and not name.startswith("CDL") else Placement.PANE


def _drawing(flags: list[str]) -> Drawing:
    if "Histogram" in flags:
        return Drawing.HISTOGRAM
    return Drawing.DASHED if "Dashed Line" in flags else Drawing.LINE


def _with_lead_in(array: Any, lead: int) -> Floats:
    """Return the array as float64; TA-Lib's integers start with zeros where it means nothing."""
    series: Floats = np.asarray(array, dtype=np.float64)
    if array.dtype != np.float64:
        series[:lead] = np.nan
    return series
