"""Define alerts: what to watch for, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from fks_desk.core.clock import require_utc
from fks_desk.core.drawings import DrawingId
from fks_desk.core.messages import Command, Event
from fks_desk.core.model import InstrumentId, Timeframe

AlertId = NewType("AlertId", str)


class AlertKind(StrEnum):
    """Say what an alert watches."""

    PRICE = "price"
    INDICATOR = "indicator"
    DRAWING = "drawing"
    TIME = "time"


class Crossing(StrEnum):
    """Say which way a value must pass its level."""

    UP = "up"
    DOWN = "down"
    EITHER = "either"

    def happened(self, before: Decimal, now: Decimal) -> bool:
        """Tell whether a value passed its level, given how far above it was and is.

        The level may have moved meanwhile. Touching counts as passing; a value that
        was on its level did not come from either side.
        """
        rose = before < 0 <= now
        fell = before > 0 >= now
        return {Crossing.UP: rose, Crossing.DOWN: fell, Crossing.EITHER: rose or fell}[self]


class AlertState(StrEnum):
    """Say whether an alert may still fire."""

    ARMED = "armed"
    FIRED = "fired"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Name an indicator's output whose value is watched, at closed bars of a timeframe."""

    indicator: str
    params: Mapping[str, float] = field(default_factory=dict)
    output: str = ""  # empty means the first one
    timeframe: Timeframe = Timeframe.M5


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Hold one alert; it fires once, and again only if a person arms it again.

    `level` belongs to prices and indicators, `study` to indicators, `drawing` to
    drawings, `moment` to times. `base` is the price when it was armed, so that a
    passing while the desk was closed is found; `seen` is the value that fired it.
    """

    id: AlertId
    kind: AlertKind
    instrument: InstrumentId
    crossing: Crossing = Crossing.EITHER
    level: Decimal | None = None
    base: Decimal | None = None
    study: Study | None = None
    drawing: DrawingId | None = None
    moment: datetime | None = None
    note: str = ""
    state: AlertState = AlertState.ARMED
    created: datetime
    fired: datetime | None = None
    seen: Decimal | None = None

    def __post_init__(self) -> None:
        require_utc(self.created, "created")
        needed = {
            AlertKind.PRICE: (self.level,),
            AlertKind.INDICATOR: (self.level, self.study),
            AlertKind.DRAWING: (self.drawing,),
            AlertKind.TIME: (self.moment,),
        }[self.kind]
        if any(part is None for part in needed):
            raise ValueError(f"an alert on {self.kind} lacks what it watches: {self!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveAlert(Command):
    """Keep an alert, a new one or a changed one."""

    alert: Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteAlert(Command):
    """Forget an alert."""

    id: AlertId


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertMoved(Event):
    """An alert was stored, changed or, without one, forgotten."""

    id: AlertId
    alert: Alert | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFired(Event):
    """What an alert watched for happened; `text` says it in one sentence."""

    alert: Alert
    text: str
