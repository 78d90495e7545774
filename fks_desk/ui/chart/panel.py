"""Hold one stretch of the chart: a scale of values over the common bars."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsItem

from fks_desk.ui.chart.layers.layer import Layer
from fks_desk.ui.chart.look import Look
from fks_desk.ui.chart.projection import Projection, fitted
from fks_desk.ui.chart.ticks import TimeTick, price_ticks, step_digits
from fks_desk.ui.chart.window import Window

Range = Callable[[float, float], tuple[float, float]]
_TICK_APART = 44.0  # pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """Hold a label on the price axis, at a value."""

    value: float
    text: str
    fill: QColor
    ink: QColor


class Panel(pg.GraphicsWidget):  # type: ignore[misc]  # pyqtgraph ships no types
    """Lay bars of the window over a range of values; layers inside paint.

    `digits` is how many digits after the point labels show, None for as many as
    tell the ticks apart. `least` is the smallest step between ticks.
    """

    def __init__(
        self,
        *,
        look: Look,
        range_of: Range,
        above: float = 0.08,
        below: float = 0.08,
        digits: int | None = None,
        least: float = 0.0,
    ) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemClipsChildrenToShape)
        self.look = look
        self.above, self.below = above, below
        self.digits = digits
        self.least = least
        self.is_log = False
        self.is_below = False
        self.manual: tuple[float, float] | None = None
        self.projection = Projection(left=0, right=1, low=0, high=1, width=1, height=1)
        self.ticks: Sequence[float] = ()
        self.times: Sequence[TimeTick] = ()
        self.days: Sequence[float] = ()
        self.tags: list[Tag] = []
        self.cursor_tag: Tag | None = None
        self._range_of = range_of

    def rect(self) -> QRectF:
        """Return the panel's rectangle in its own pixels."""
        return QRectF(0, 0, self.size().width(), self.size().height())

    def place(self, x: float, y: float, width: float, height: float) -> None:
        """Put the panel at a place of the scene."""
        for child in self.childItems():
            if isinstance(child, Layer):
                child.prepareGeometryChange()
        self.setGeometry(QRectF(x, y, width, height))

    def fit(self, window: Window) -> None:
        """Lay the window's bars over the values they need, or over those chosen by hand."""
        size = self.size()
        low, high = self.manual or self._wanted(window)
        is_log = self.is_log and low > 0
        self.projection = Projection(
            left=window.left,
            right=window.right,
            low=low,
            high=high,
            width=max(1.0, size.width()),
            height=max(1.0, size.height()),
            is_log=is_log,
        )
        places = size.height() / _TICK_APART
        self.ticks = price_ticks(low, high, places, least=self.least, is_log=is_log)

    def label_digits(self) -> int:
        """Return how many digits after the point the axis shows."""
        return step_digits(self.ticks) if self.digits is None else self.digits

    def text(self, value: float) -> str:
        """Return a value as the axis writes it."""
        if not math.isfinite(value):
            return "–"
        digits = self.label_digits() if self.digits is not None else self.label_digits() + 1
        return f"{value:,.{digits}f}".replace("-", "−")

    def _wanted(self, window: Window) -> tuple[float, float]:
        low, high = self._range_of(window.left, window.right)
        return fitted(low, high, above=self.above, below=self.below, is_log=self.is_log)
