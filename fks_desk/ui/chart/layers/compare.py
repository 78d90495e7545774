"""Lay the closes of a second symbol over the bars, in percent from where the window begins."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from fks_desk.ui.chart.layers.batch import LineBatch, Numbers
from fks_desk.ui.chart.layers.layer import Depth, Layer
from fks_desk.ui.models.series import CLOSE, Series

if TYPE_CHECKING:
    from fks_desk.ui.chart.panel import Panel

_MOST_POINTS = 1_000
_COLOR = 5
_NONE = np.empty(0)


class CompareLayer(Layer):
    """Draw the other symbol as if both had the same price at the first bar in sight."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel, Depth.STUDY)
        self._lines = LineBatch()
        self._numbers: Numbers = _NONE
        self._values: Numbers = _NONE

    @property
    def color(self) -> QColor:
        """Return the line's colour."""
        return self.panel.look.line(_COLOR)

    @property
    def last(self) -> float:
        """Return the newest value in sight on the scale of the bars, NaN if there is none."""
        known = self._values[np.isfinite(self._values)]
        return float(known[-1]) if known.size else math.nan

    def fit(self, series: Series, other: Series | None, left: float, right: float) -> None:
        """Read the other symbol's close at each bar in sight, or at as many as there are pixels."""
        self._numbers, self._values = _NONE, _NONE
        low, high = max(series.first, math.ceil(left)), min(series.stop, math.floor(right) + 1)
        if other is None or not len(other) or low >= high:
            return
        step = max(1, (high - low) // _MOST_POINTS)
        numbers = np.arange(low, high, step)
        places = other.holding(series.time[numbers - series.first])
        known = places >= other.first
        if not known.any():
            return
        closes = np.full(numbers.size, np.nan)
        closes[known] = other.prices.all[CLOSE][places[known] - other.first]
        begin = int(np.flatnonzero(known)[0])
        own = series.bar(int(numbers[begin]))
        if own is None or not closes[begin] > 0:
            return
        self._numbers = numbers.astype(np.float64)
        self._values = closes * (float(own[CLOSE]) / closes[begin])

    def range(self) -> tuple[float, float]:
        """Return the least and the greatest value, NaN if there is none."""
        known = self._values[np.isfinite(self._values)]
        return (float(known.min()), float(known.max())) if known.size else (math.nan, math.nan)

    def draw(self, painter: QPainter, _exposed: QRectF) -> None:
        """Paint the line."""
        if self._numbers.size < 2:  # noqa: PLR2004  a line has two ends
            return
        projection = self.panel.projection
        x, y = projection.xs(self._numbers), projection.ys(self._values)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, projection.bar_width >= 1)
        self._lines.connect(painter, QPen(self.color, 1.4), x, y)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
