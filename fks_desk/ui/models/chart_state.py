"""Hold what a chart shows in a form that a workspace keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from fks_desk.core.model import InstrumentId, Timeframe


class Group(StrEnum):
    """Name the charts that follow one another, by their colour."""

    NONE = ""
    RED = "red"
    GREEN = "green"
    BLUE = "blue"
    YELLOW = "yellow"

    @property
    def after(self) -> Group:
        """Return the next one, starting over after the last."""
        groups = list(Group)
        return groups[(groups.index(self) + 1) % len(groups)]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyState:
    """Name an indicator with its parameters."""

    name: str
    params: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartState:
    """Hold one chart: what it shows, how, and whom it follows."""

    name: str
    instrument: InstrumentId | None
    timeframe: Timeframe
    bars: str = "candles"
    bar_size: float = 0.0
    has_volume: bool = True
    has_grid: bool = True
    is_log: bool = False
    is_percent: bool = False
    is_inverted: bool = False
    group: Group = Group.NONE
    bar_width: float = 7.0
    compared: InstrumentId | None = None
    studies: tuple[StudyState, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> ChartState:
        """Return the chart of plain values; raises ValueError, KeyError or TypeError if damaged."""
        studies = [
            StudyState(name=str(one["name"]), params=dict(one["params"]))
            for one in stored.get("studies", ())
        ]
        return cls(
            name=str(stored["name"]),
            instrument=_named(stored["instrument"]),
            timeframe=Timeframe(stored["timeframe"]),
            bars=str(stored.get("bars", "candles")),
            has_volume=bool(stored.get("has_volume", True)),
            has_grid=bool(stored.get("has_grid", True)),
            bar_size=max(0.0, float(stored.get("bar_size", 0.0))),
            is_log=bool(stored.get("is_log", False)),
            is_percent=bool(stored.get("is_percent", False)),
            is_inverted=bool(stored.get("is_inverted", False)),
            group=Group(stored.get("group", "")),
            bar_width=min(max(float(stored.get("bar_width", 7.0)), 0.01), 200.0),
            compared=_named(stored.get("compared")),
            studies=tuple(studies),
        )


def _named(stored: object) -> InstrumentId | None:
    return None if stored is None else InstrumentId(str(stored))
