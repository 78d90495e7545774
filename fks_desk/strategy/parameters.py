"""Describe tunable numbers, so that a form, a file and an optimiser ask for the same ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class ParameterKind(StrEnum):
    """Say whether a parameter counts or measures."""

    INT = "int"
    FLOAT = "float"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """Describe one number: what it is called, what it starts at, where it may go.

    `low` and `high` are both allowed; `step` is what one key press in a form adds.
    """

    name: str
    title: str
    default: float
    low: float
    high: float
    step: float = 1.0
    kind: ParameterKind = ParameterKind.INT

    def __post_init__(self) -> None:
        if not self.low <= self.default <= self.high or self.step <= 0:
            raise ValueError(
                f"need low <= default <= high and step > 0 for {self.name}, were {self.low}, "
                f"{self.default}, {self.high} and {self.step}"
            )

    def checked(self, value: float) -> float:
        """Return the value, whole if it counts, or raise ValueError with the range."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            # Callers turn ValueError into one sentence for the user, whatever was typed.
            raise ValueError(f"{self.name} must be a number, was {value!r}")  # noqa: TRY004  above
        if not math.isfinite(value):
            raise ValueError(f"{self.name} must be finite, was {value}")
        if self.kind is ParameterKind.INT and value != int(value):
            raise ValueError(f"{self.name} must be a whole number, was {value:g}")
        if not self.low <= value <= self.high:
            raise ValueError(f"need {self.low:g} <= {self.name} <= {self.high:g}, was {value:g}")
        return int(value) if self.kind is ParameterKind.INT else float(value)


def count(name: str, title: str, default: int, low: int, high: int, step: int = 1) -> Parameter:
    """Return a parameter that takes whole numbers."""
    return Parameter(name=name, title=title, default=default, low=low, high=high, step=step)


def measure(
    name: str, title: str, default: float, low: float, high: float, step: float
) -> Parameter:
    """Return a parameter that takes fractions too."""
    return Parameter(
        name=name,
        title=title,
        default=default,
        low=low,
        high=high,
        step=step,
        kind=ParameterKind.FLOAT,
    )


def complete(parameters: Sequence[Parameter], given: Mapping[str, float]) -> dict[str, float]:
    """Return every parameter's value, given or default, in the order of the parameters.

    Raises ValueError if a name is unknown or a value is out of its range.
    """
    known = {parameter.name for parameter in parameters}
    if strangers := sorted(set(given) - known):
        names = ", ".join(parameter.name for parameter in parameters) or "none"
        raise ValueError(f"unknown parameter {strangers[0]}; the parameters are: {names}")
    return {
        parameter.name: parameter.checked(given.get(parameter.name, parameter.default))
        for parameter in parameters
    }
