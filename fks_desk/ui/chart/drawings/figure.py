"""Describe a drawing as strokes, fills and labels in pixels, to be painted and to be hit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPolygonF

_NEAR = 5.0
_HANDLE_NEAR = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """Hold one straight line."""

    start: QPointF
    end: QPointF
    color: QColor
    is_dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """Hold one shaded area; the colour carries its opacity."""

    corners: tuple[QPointF, ...]
    color: QColor

    @property
    def polygon(self) -> QPolygonF:
        """Return the area as Qt paints it."""
        return QPolygonF(list(self.corners))


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Hold a text; `share` says how much of it stands left of the point."""

    at: QPointF
    text: str
    ink: QColor
    share: float = 0.0
    is_boxed: bool = False


@dataclass(slots=True, kw_only=True)
class Figure:
    """Gather everything that one drawing shows."""

    strokes: list[Stroke] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    handles: Sequence[QPointF] = ()

    def handle_at(self, at: QPointF) -> int | None:
        """Return the number of the anchor under a pixel, or None."""
        for place, handle in enumerate(self.handles):
            if math.hypot(handle.x() - at.x(), handle.y() - at.y()) <= _HANDLE_NEAR:
                return place
        return None

    def holds(self, at: QPointF) -> bool:
        """Tell whether a pixel lies on the drawing."""
        if any(_distance(at, stroke) <= _NEAR for stroke in self.strokes):
            return True
        rule = Qt.FillRule.OddEvenFill
        return any(fill.polygon.containsPoint(at, rule) for fill in self.fills)


def shaded(color: QColor, alpha: int) -> QColor:
    """Return the colour at an opacity of 0 to 255."""
    shade = QColor(color)
    shade.setAlpha(alpha)
    return shade


def box(one: QPointF, other: QPointF) -> tuple[QPointF, ...]:
    """Return the corners of the rectangle between two points."""
    return (one, QPointF(other.x(), one.y()), other, QPointF(one.x(), other.y()))


def beyond(start: QPointF, through: QPointF, width: float) -> QPointF:
    """Return where a line that goes on beyond a point leaves a panel of this width."""
    run = through.x() - start.x()
    if run == 0:
        return QPointF(start.x(), -1e4 if through.y() < start.y() else 1e4)
    edge = max(width, through.x()) if run > 0 else min(0.0, through.x())
    return QPointF(edge, start.y() + (through.y() - start.y()) * (edge - start.x()) / run)


def _distance(at: QPointF, stroke: Stroke) -> float:
    run, rise = stroke.end.x() - stroke.start.x(), stroke.end.y() - stroke.start.y()
    squared = run * run + rise * rise
    x, y = at.x() - stroke.start.x(), at.y() - stroke.start.y()
    share = 0.0 if squared == 0 else min(max((x * run + y * rise) / squared, 0.0), 1.0)
    return math.hypot(x - share * run, y - share * rise)
