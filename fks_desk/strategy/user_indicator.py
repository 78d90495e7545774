"""Read an indicator that somebody wrote in a small Python file, and compute it.

    TITLE = "Distance from the average"   # all but compute may be left out
    PLACE = "pane"                        # or "overlay"
    PARAMETERS = {"period": 20}
    OUTPUTS = ("distance",)

    def compute(bars, period):
        import talib
        return bars.close - talib.SMA(bars.close, period)

`bars` is a `Frame`; the answer is an array of its length, a tuple of such arrays in
the order of OUTPUTS, or a dict of them by name.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

import numpy as np

from fks_desk.core.errors import FKSException
from fks_desk.core.frame import Floats, Frame
from fks_desk.strategy.indicators import Indicator, Output, Placement
from fks_desk.strategy.parameters import Parameter, count, measure

_MOST = 1e9


class UserIndicatorError(FKSException):
    """Say what is wrong with a user's indicator, and in which line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserIndicator:
    """Hold what a file says, and its function."""

    file: Path
    indicator: Indicator
    function: Callable[..., Any]

    def run(self, frame: Frame, params: Mapping[str, float]) -> dict[str, Floats]:
        """Return one array of the frame's length per output, or raise `UserIndicatorError`.

        The file may do anything; call this where it may take long.
        """
        try:
            answer = self.function(frame, **params)
        # Whatever somebody's file raises is for that somebody to read.
        except Exception as error:
            raise UserIndicatorError(_where(self.file, error)) from error
        names = [output.name for output in self.indicator.outputs]
        return self._checked(_named(answer, names), names, len(frame))

    def _checked(
        self, found: Mapping[str, Any], names: list[str], length: int
    ) -> dict[str, Floats]:
        checked: dict[str, Floats] = {}
        for name in names:
            try:
                values = np.asarray(found[name], dtype=np.float64)
            except (KeyError, TypeError, ValueError) as error:
                raise UserIndicatorError(
                    f"{self.file.name}: compute gave no numbers for {name}"
                ) from error
            if values.shape != (length,):
                raise UserIndicatorError(
                    f"{self.file.name}: need {length} values of {name}, were {values.shape}"
                )
            checked[name] = values
        return checked


def read_user_indicator(file: Path) -> UserIndicator:
    """Return the indicator of a file, or raise `UserIndicatorError` with the line."""
    space: dict[str, Any] = {"__name__": file.stem, "__file__": str(file)}
    try:
        code: CodeType = compile(file.read_text(encoding="utf-8"), str(file), "exec")
        # The file is the user's own program, as a strategy file is.
        exec(code, space)  # noqa: S102  above
    except Exception as error:
        raise UserIndicatorError(_where(file, error)) from error
    function = space.get("compute")
    if not callable(function):
        raise UserIndicatorError(f"{file.name}: there is no function compute(bars, ...)")
    try:
        indicator = _described(file.stem, space)
    except (AttributeError, TypeError, ValueError) as error:
        raise UserIndicatorError(f"{file.name}: {error}") from error
    return UserIndicator(file=file, indicator=indicator, function=function)


def broken_indicator(file: Path) -> Indicator:
    """Return a stand-in for a file that cannot be read, so that the error has a place."""
    return _described(file.stem, {})


def _described(name: str, space: Mapping[str, Any]) -> Indicator:
    place = space.get("PLACE", "pane")
    if place not in {"pane", "overlay"}:
        raise ValueError(f'need PLACE = "pane" or "overlay", was {place!r}')
    return Indicator(
        name=name,
        title=str(space.get("TITLE", name)),
        group="Of the user",
        placement=Placement(place),
        parameters=tuple(
            _parameter(key, value) for key, value in space.get("PARAMETERS", {}).items()
        ),
        outputs=tuple(Output(name=str(one)) for one in space.get("OUTPUTS", ("value",))),
        function="",
        columns=(),
    )


def _parameter(name: str, value: float) -> Parameter:
    title = name.replace("_", " ").capitalize()
    if isinstance(value, int):
        return count(name, title, value, int(-_MOST), int(_MOST))
    return measure(name, title, float(value), -_MOST, _MOST, 0.1)


def _named(answer: Any, names: list[str]) -> Mapping[str, Any]:
    if isinstance(answer, Mapping):
        return answer
    many = answer if isinstance(answer, tuple) else (answer,)
    return dict(zip(names, many, strict=False))


def _where(file: Path, error: Exception) -> str:
    """Return file, line and reason of an error in the file, or in what it called."""
    line = getattr(error, "lineno", None)
    for step in traceback.extract_tb(error.__traceback__):
        if step.filename == str(file):
            line = step.lineno
    at = f", line {line}" if line else ""
    return f"{file.name}{at}: {type(error).__name__}: {error}"
