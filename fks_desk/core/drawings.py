"""Define what a trader draws on a chart, anchored in time and price."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import NewType

from fks_desk.core.clock import require_utc
from fks_desk.core.messages import Command, Event
from fks_desk.core.model import InstrumentId

DrawingId = NewType("DrawingId", str)

_LONGEST_TEXT = 500
_EXACT = Decimal("1e-12")
_TICK = timedelta(microseconds=1)


class DrawingKind(StrEnum):
    """Say what is drawn."""

    TREND = "trend"
    RAY = "ray"
    HORIZONTAL = "horizontal"
    VERTICAL = "vertical"
    CHANNEL = "channel"
    FIB_RETRACEMENT = "fib_retracement"
    FIB_EXTENSION = "fib_extension"
    RECTANGLE = "rectangle"
    TEXT = "text"
    MEASURE = "measure"
    LONG = "long"
    SHORT = "short"

    @property
    def anchor_count(self) -> int:
        """Return how many anchors the kind has.

        A channel's third lies on its other edge, a Fibonacci extension's where it
        starts from. A position has entry, stop and target, in this order.
        """
        return _ANCHORS[self]

    @property
    def is_position(self) -> bool:
        """Tell whether the drawing plans a trade."""
        return self in {DrawingKind.LONG, DrawingKind.SHORT}

    @property
    def has_slope(self) -> bool:
        """Tell whether its first two anchors make a line that a price can cross."""
        return self in {DrawingKind.TREND, DrawingKind.RAY, DrawingKind.CHANNEL}


_ANCHORS = {
    DrawingKind.TREND: 2,
    DrawingKind.RAY: 2,
    DrawingKind.HORIZONTAL: 1,
    DrawingKind.VERTICAL: 1,
    DrawingKind.CHANNEL: 3,
    DrawingKind.FIB_RETRACEMENT: 2,
    DrawingKind.FIB_EXTENSION: 3,
    DrawingKind.RECTANGLE: 2,
    DrawingKind.TEXT: 1,
    DrawingKind.MEASURE: 2,
    DrawingKind.LONG: 3,
    DrawingKind.SHORT: 3,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """Hold one point: a moment and a price, which mean the same on every timeframe."""

    moment: datetime
    price: Decimal

    def __post_init__(self) -> None:
        require_utc(self.moment, "moment")
        if not self.price.is_finite():
            raise ValueError(f"an anchor's price must be finite, was {self.price}")

    def moved(self, by: timedelta, price: Decimal) -> Anchor:
        """Return the anchor moved in time and price."""
        return Anchor(moment=self.moment + by, price=self.price + price)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Hold one drawing of one instrument; `color` counts through the theme's series."""

    id: DrawingId
    instrument: InstrumentId
    kind: DrawingKind
    anchors: tuple[Anchor, ...]
    text: str = ""
    color: int = 0
    is_locked: bool = False
    updated: datetime

    def __post_init__(self) -> None:
        need = self.kind.anchor_count
        if len(self.anchors) != need:
            raise ValueError(f"a {self.kind} has {need} anchors, were {len(self.anchors)}")
        if len(self.text) > _LONGEST_TEXT:
            raise ValueError(f"a text has {_LONGEST_TEXT} letters at most, were {len(self.text)}")

    def with_anchor(self, place: int, anchor: Anchor) -> Drawing:
        """Return the drawing with one anchor elsewhere."""
        anchors = list(self.anchors)
        anchors[place] = anchor
        return replace(self, anchors=tuple(anchors))

    def moved(self, by: timedelta, price: Decimal) -> Drawing:
        """Return the drawing with all anchors moved alike."""
        return replace(self, anchors=tuple(one.moved(by, price) for one in self.anchors))

    def level_at(self, moment: datetime) -> Decimal | None:
        """Return the price of its line at a moment, or None where it has none.

        A sloped line goes on beyond its anchors to the right, for alerts are about
        the future; before its first anchor it has no price.
        """
        first = self.anchors[0]
        if self.kind is DrawingKind.HORIZONTAL:
            return first.price
        if not self.kind.has_slope:
            return None
        start, end = sorted(self.anchors[:2], key=lambda one: one.moment)
        run = end.moment - start.moment
        if not run or moment < start.moment:
            return None
        share = Decimal((moment - start.moment) // _TICK) / Decimal(run // _TICK)
        level = start.price + (end.price - start.price) * share
        return level.quantize(_EXACT, ROUND_HALF_EVEN).normalize()


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveDrawings(Command):
    """Keep these drawings, new ones and changed ones."""

    drawings: tuple[Drawing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteDrawings(Command):
    """Forget these drawings."""

    ids: tuple[DrawingId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawingsChanged(Event):
    """Drawings are stored, or stored no more."""

    saved: tuple[Drawing, ...] = ()
    deleted: tuple[DrawingId, ...] = ()
