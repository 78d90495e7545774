"""Describe tunable numbers and choices, so that every form and file asks for the same ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class ParameterKind(StrEnum):
    """Say whether a parameter counts, measures or chooses one of several words."""

    INT = "int"
    FLOAT = "float"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """Describe one number: what it is called, what it starts at, where it may go.

    `low` and `high` are both allowed; `step` is what one key press in a form adds. A
    choice is kept as the place of its word in `words`.
    """

    name: str
    title: str
    default: float
    low: float
    high: float
    step: float = 1.0
    kind: ParameterKind = ParameterKind.INT
    words: tuple[str, ...] = ()

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
        if self.kind is not ParameterKind.FLOAT and value != int(value):
            raise ValueError(f"{self.name} must be a whole number, was {value:g}")
        if not self.low <= value <= self.high:
            raise ValueError(f"need {self.low:g} <= {self.name} <= {self.high:g}, was {value:g}")
        return float(value) if self.kind is ParameterKind.FLOAT else int(value)

    def text(self, value: float) -> str:
        """Return a value as a person writes it: a choice as its word."""
        return self.words[int(value)] if self.words else f"{value:g}"

    @property
    def range_text(self) -> str:
        """Return where the value may go."""
        return " ".join(self.words) if self.words else f"{self.low:g} … {self.high:g}"


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


def choice(name: str, title: str, default: str, words: Sequence[str]) -> Parameter:
    """Return a parameter that takes one of these words."""
    return Parameter(
        name=name,
        title=title,
        default=words.index(default),
        low=0,
        high=len(words) - 1,
        kind=ParameterKind.CHOICE,
        words=tuple(words),
    )


def typed(parameters: Sequence[Parameter], text: str) -> dict[str, float]:
    """Return the parameters that a person typed: numbers in their order, words where they fit.

    Numbers left over choose by place. Raises ValueError for a word that no parameter takes.
    """
    given: dict[str, float] = {}
    numbers: list[float] = []
    for word in text.replace(",", " ").split():
        try:
            numbers.append(float(word))
        except ValueError:
            parameter = _taking(parameters, word, given)
            given[parameter.name] = _place(parameter, word)
    order = sorted(parameters, key=lambda one: bool(one.words))
    free = [one.name for one in order if one.name not in given]
    return {**dict(zip(free, numbers, strict=False)), **given}


def _taking(parameters: Sequence[Parameter], word: str, given: Mapping[str, float]) -> Parameter:
    """Return the first parameter that takes the word and has none yet."""
    free = [one for one in parameters if one.name not in given]
    for parameter in free:
        if _place(parameter, word) >= 0:
            return parameter
    words = dict.fromkeys(each for one in free for each in one.words)
    known = f"write a number or one of: {', '.join(words)}" if words else "write a number"
    raise ValueError(f"{word!r} is not known here; {known}")


def _place(parameter: Parameter, word: str) -> int:
    folded = [each.casefold() for each in parameter.words]
    return folded.index(word.casefold()) if word.casefold() in folded else -1


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
