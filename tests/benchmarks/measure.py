"""Say how a figure stands against another, in the one shape that every benchmark prints.

A bigger ratio is always better: ours over theirs where more is better, theirs over ours
where less is. What misses its goal by a hair misses it, so nothing is rounded up.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Context

NAME = re.compile(r"[a-z][a-z0-9]*\.[a-z0-9]+(_[a-z0-9]+)*")
# What takes next to nothing of what is allowed says no more than that it does.
MOST_OF_A_LIMIT = 1000.0
_SHOWN, _DOWN = Context(prec=4), Context(prec=4, rounding=ROUND_FLOOR)

Beside = Mapping[str, "float | str | Beside"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """Hold one line of `make bench`; a ratio of None says that the other did not run here.

    The name is `group.snake_case`; the goal is the least ratio that is good enough. What
    else is worth reading goes beside.
    """

    measure: str
    value: float | None
    unit: str
    against: str
    ratio: float | None
    goal: float
    beside: Beside = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what a reader of the lines could misunderstand."""
        if not NAME.fullmatch(self.measure):
            raise ValueError(f"a measure is named group.snake_case, was {self.measure!r}")
        if not (self.unit and self.against):
            raise ValueError(f"{self.measure} names its unit and what it stands against")
        if not _is_number(self.goal) or self.goal <= 0:
            raise ValueError(f"{self.measure}: the goal is a number above 0, was {self.goal!r}")
        for name, number in (("value", self.value), ("ratio", self.ratio)):
            if number is not None and not _is_number(number):
                raise ValueError(f"{self.measure}: the {name} is a number, was {number!r}")
        if self.ratio is not None and (self.value is None or self.ratio < 0):
            raise ValueError(f"{self.measure}: a ratio is 0 or more and belongs to a value")

    @property
    def group(self) -> str:
        """Return the group that the measure belongs to."""
        return self.measure.partition(".")[0]

    def line(self) -> str:
        """Return the measure as one JSON object."""
        told = {
            "measure": self.measure,
            "value": None if self.value is None else _rounded(self.value, _SHOWN),
            "unit": self.unit,
            "against": self.against,
            "ratio": None if self.ratio is None else _rounded(self.ratio, _DOWN),
            "goal": _rounded(self.goal, _SHOWN),
        }
        return json.dumps(told | ({"beside": dict(self.beside)} if self.beside else {}))


def more_is_better(
    measure: str,
    value: float,
    unit: str,
    against: str,
    other: float,
    goal: float = 1.0,
    **beside: float | str | Beside,
) -> Measure:
    """Hold a rate or a gain against another's, or against what is wanted."""
    return Measure(
        measure=measure,
        value=value,
        unit=unit,
        against=f"{against}: {other:,.6g} {unit}",
        ratio=max(0.0, value) / other,
        goal=goal,
        beside=beside,
    )


def less_is_better(
    measure: str,
    value: float,
    unit: str,
    against: str,
    other: float,
    goal: float = 1.0,
    **beside: float | str | Beside,
) -> Measure:
    """Hold a time or a size against another's, or against what is allowed."""
    return Measure(
        measure=measure,
        value=value,
        unit=unit,
        against=f"{against}: {other:,.6g} {unit}",
        ratio=other / max(value, other / MOST_OF_A_LIMIT),
        goal=goal,
        beside=beside,
    )


def none_lost(measure: str, arrived: int, sent: int, what: str) -> Measure:
    """Hold what arrived against what was sent; the ratio is 1 when nothing is missing."""
    if sent <= 0:
        raise ValueError(f"{measure}: nothing was sent, so nothing can be said")
    return Measure(
        measure=measure,
        value=arrived,
        unit=what,
        against=f"sent: {sent:,} {what}",
        ratio=arrived / sent,
        goal=1.0,
        beside={"lost": sent - arrived},
    )


def not_run(
    measure: str, unit: str, why: str, goal: float = 1.0, value: float | None = None
) -> Measure:
    """Say why there is nothing to hold against; our own figure stays if there is one."""
    return Measure(measure=measure, value=value, unit=unit, against=why, ratio=None, goal=goal)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and type(value) is not bool and math.isfinite(value)


def _rounded(number: float, context: Context) -> float:
    """Return four digits, or all of a whole number."""
    if number == int(number):
        return int(number)
    return float(context.create_decimal_from_float(number))
