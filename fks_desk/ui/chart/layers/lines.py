"""Paint studies: lines, bands and histograms."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from fks_desk.strategy.indicators import Drawing
from fks_desk.ui.chart.layers.batch import LineBatch, RectBatch, polygon
from fks_desk.ui.chart.layers.candles import FEW_BARS, body_width
from fks_desk.ui.chart.layers.layer import Depth, Layer
from fks_desk.ui.chart.look import GUIDE_PERIOD, blended
from fks_desk.ui.chart.places import columns_of, pixels_of
from fks_desk.ui.chart.projection import Projection
from fks_desk.ui.chart.pyramid import Buckets
from fks_desk.ui.chart.source import StudySource

if TYPE_CHECKING:
    from fks_desk.ui.chart.panel import Panel

_BAND = ("upperband", "lowerband")
_CLOUD = ("span_a", "span_b")
_TREND = {"up": 1, "down": -1}
_BAND_SHARE = 0.08
_GUIDE_ALPHA = 20
_REACH = 1.5  # pixels beyond its ends that a line may touch
_MOST_THICK = 250  # bars in sight; a pen wider than a pixel costs five times as much


class StudyLayer(Layer):
    """Paint one study, on the panel's scale or on the one given."""

    def __init__(
        self,
        panel: Panel,
        source: StudySource,
        first_color: int,
        scale: Callable[[], Projection | None] | None = None,
    ) -> None:
        super().__init__(panel, Depth.STUDY)
        self._scale = scale
        self.source = source
        self._first_color = first_color
        outputs = source.study.indicator.outputs
        self._places = {
            output.name: 0 if output.name in _BAND else place
            for place, output in enumerate(outputs)
        }
        self._shifts = source.study.indicator.shifts(source.study.params)
        names = self._places.keys()
        self._edges = next((pair for pair in (_BAND, _CLOUD) if names >= set(pair)), None)
        self._lines = LineBatch()
        self._rects = RectBatch()

    def color(self, output: str) -> QColor:
        """Return the colour of an output; the two edges of a band share one."""
        if output in _TREND:
            return self.panel.look.side(_TREND[output])
        return self.panel.look.line(self._first_color + self._places[output])

    @property
    def projection(self) -> Projection | None:
        """Return the scale to draw on, None while there is none."""
        return self.panel.projection if self._scale is None else self._scale()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the values that show."""
        projection = self.projection
        if projection is None:
            return
        self._draw_guides(painter, exposed)
        lines = self.source.study.lines
        for output in self.source.study.indicator.outputs if lines else ():
            buckets = self._buckets(output.name, exposed)
            if output.drawing is Drawing.HISTOGRAM:
                self._draw_histogram(painter, buckets)
            elif buckets.level > 0 and self.source.study.is_pane:
                self._draw_spread(painter, buckets, self.color(output.name), projection)
            else:
                self._draw_line(painter, buckets, self.color(output.name), projection)

    def draw_newest(self, painter: QPainter, strip: QRectF) -> None:
        """Paint a few values one by one, which costs less than to gather them."""
        projection, study = self.projection, self.source.study
        if projection is None or projection.bar_width < 1 or not study.lines:
            self.draw(painter, strip)
            return
        self._draw_guides(painter, strip)
        for output in study.indicator.outputs:
            if output.drawing is Drawing.HISTOGRAM:
                self._stand_few(painter, output.name, strip)
            else:
                self._join_few(painter, output.name, strip, projection)

    def _join_few(
        self, painter: QPainter, name: str, strip: QRectF, projection: Projection
    ) -> None:
        points = self._points(name, strip, projection)
        if points is None:
            buckets = self._buckets(name, strip)
            self._draw_line(painter, buckets, self.color(name), projection)
            return
        pen = self._pen(self.color(name), projection)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen)
        if pen.widthF() > 1:
            painter.drawLines([QLineF(start, end) for start, end in pairwise(points)])
        else:
            painter.drawPolyline(points)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _stand_few(self, painter: QPainter, name: str, strip: QRectF) -> None:
        projection, look = self.panel.projection, self.panel.look
        numbers, values = self._few(name, strip)
        if not numbers:
            self._draw_histogram(painter, self._buckets(name, strip))
            return
        body, zero = body_width(projection.bar_width), round(projection.y(0.0))
        for number, value in zip(numbers, values, strict=True):
            if math.isfinite(value):
                tip = round(projection.y(value))
                left = math.floor(projection.x(number)) - body // 2
                color = look.up_faint if value >= 0 else look.down_faint
                painter.fillRect(left, min(tip, zero), body, max(1, abs(tip - zero)), color)

    def _few(self, name: str, strip: QRectF) -> tuple[Sequence[int], list[float]]:
        """Return the places and values of a line in a strip, none where they are too many."""
        column, shift, projection = (
            self.source.study.lines[name],
            self._shifts.get(name, 0),
            self.panel.projection,
        )
        reach = _REACH / projection.bar_width
        first = math.floor(projection.number(strip.left()) - reach) - shift
        last = math.ceil(projection.number(strip.right()) + reach) - shift
        found = range(max(first, column.first), min(last + 1, column.stop))
        if len(found) > FEW_BARS:
            return (), []
        return range(found.start + shift, found.stop + shift), [
            column.value(0, number) for number in found
        ]

    def _points(self, name: str, strip: QRectF, projection: Projection) -> list[QPointF] | None:
        """Return where a line goes in a strip, None where it has gaps or is better gathered."""
        numbers, values = self._few(name, strip)
        if len(values) < 2 or not all(map(math.isfinite, values)):  # noqa: PLR2004  both ends
            return None
        x, y = projection.x, projection.y
        return [QPointF(x(n), y(value)) for n, value in zip(numbers, values, strict=True)]

    def _pen(self, color: QColor, projection: Projection) -> QPen:
        is_thick = projection.right - projection.left <= _MOST_THICK
        return QPen(color, 1.4 if is_thick else 1.0)

    def _buckets(self, name: str, exposed: QRectF) -> Buckets:
        projection, shift = self.panel.projection, self._shifts.get(name, 0)
        pixel = 1 / projection.bar_width
        reach = max(2.0, 2 * pixel)
        low = projection.left + exposed.left() * pixel - reach - shift
        high = projection.left + exposed.right() * pixel + reach - shift
        found = self.source.pyramids[name].buckets(low, high, pixel)
        return replace(found, shift=shift) if shift else found

    def _draw_line(
        self, painter: QPainter, buckets: Buckets, color: QColor, projection: Projection
    ) -> None:
        # From least to greatest an average would hide the very bars it goes through.
        values = buckets.columns[0]
        y = projection.ys(values if buckets.level == 0 else (values + buckets.columns[1]) / 2)
        pen = self._pen(color, projection)
        # With a point a pixel and more there is no slope left to be smoothed.
        is_sloped = buckets.level == 0
        if is_sloped:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._lines.connect(painter, pen, pixels_of(projection, buckets), y)
        if is_sloped:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _draw_spread(
        self, painter: QPainter, buckets: Buckets, color: QColor, projection: Projection
    ) -> None:
        """Fill each bucket's column from its least to its greatest value, without gaps between."""
        one, other = projection.ys(buckets.columns[0]), projection.ys(buckets.columns[1])
        top, bottom = np.floor(np.minimum(one, other)), np.floor(np.maximum(one, other)) + 1
        x, width = columns_of(projection, buckets, 1)
        high, low = top.copy(), bottom.copy()
        # A column reaches its left neighbour where the two would not touch.
        np.fmin(high[1:], bottom[:-1], out=high[1:])
        np.fmax(low[1:], top[:-1], out=low[1:])
        known = np.isfinite(top)
        high, low = high[known], low[known]
        self._rects.fill(painter, color, x[known], high, width[known], low - high)

    def draw_band(self, painter: QPainter, exposed: QRectF) -> None:
        """Shade between the two edges of a band, if the study has them."""
        lines = self.source.study.lines
        edges = self._edges
        if edges is None or not lines:
            return
        upper, lower = (self._buckets(edge, exposed) for edge in edges)
        projection = self.panel.projection
        top, bottom = projection.ys(upper.columns[1]), projection.ys(lower.columns[0])
        known = np.isfinite(top) & np.isfinite(bottom)
        if not known.any():
            return
        x = pixels_of(projection, upper)[known]
        around = np.concatenate([x, x[::-1]])
        rim = np.concatenate([top[known], bottom[known][::-1]])
        self._shade(painter, polygon(around, rim))

    def draw_band_newest(self, painter: QPainter, strip: QRectF) -> None:
        """Shade a few bars of the band."""
        projection, edges = self.panel.projection, self._edges
        if edges is None or not self.source.study.lines:
            return
        is_close = projection.bar_width >= 1
        upper, lower = (
            self._points(edge, strip, projection) if is_close else None for edge in edges
        )
        if upper is None or lower is None:
            self.draw_band(painter, strip)
        else:
            self._shade(painter, [*upper, *reversed(lower)])

    def _shade(self, painter: QPainter, around: QPolygonF | list[QPointF]) -> None:
        edge = next(iter(self._edges or ()))
        painter.setPen(Qt.PenStyle.NoPen)
        # Opaque and below everything: to blend so many pixels costs more than all the rest.
        ground = self.panel.look.background
        painter.setBrush(blended(self.color(edge), ground, _BAND_SHARE))
        painter.drawPolygon(around)

    def _draw_histogram(self, painter: QPainter, buckets: Buckets) -> None:
        projection, look = self.panel.projection, self.panel.look
        low, high = buckets.columns[0], buckets.columns[1]
        value = np.where(np.abs(low) > np.abs(high), low, high)
        known = np.isfinite(value)
        zero, tip = round(projection.y(0.0)), np.rint(projection.ys(value))
        x, width = columns_of(projection, buckets, body_width(projection.bar_width))
        top, height = np.minimum(tip, zero), np.maximum(1.0, np.abs(tip - zero))
        for mask, color in ((value >= 0, look.up_faint), (value < 0, look.down_faint)):
            both = mask & known
            self._rects.fill(painter, color, x[both], top[both], width[both], height[both])

    def _draw_guides(self, painter: QPainter, exposed: QRectF) -> None:
        guides = self.source.study.guides
        if not guides or not self.panel.is_below or not self.panel.ticks:
            return
        projection, look = self.panel.projection, self.panel.look
        edges = sorted(projection.y(guide) for guide in guides)
        if len(edges) > 1:
            shade = QColor(look.line(self._first_color))
            shade.setAlpha(_GUIDE_ALPHA)
            painter.fillRect(QRectF(0, edges[0], projection.width, edges[-1] - edges[0]), shade)
        painter.setPen(look.guide)
        # Whole dashes left of what is exposed would be laid out and thrown away.
        begin = max(0.0, exposed.left() // GUIDE_PERIOD * GUIDE_PERIOD)
        for edge in edges:
            painter.drawLine(QPointF(begin, round(edge)), QPointF(projection.width, round(edge)))


class BandLayer(Layer):
    """Paint what a study shades, below the grid and the bars."""

    def __init__(self, study: StudyLayer) -> None:
        super().__init__(study.panel, Depth.SHADE)
        self._study = study

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the band."""
        self._study.draw_band(painter, exposed)

    def draw_newest(self, painter: QPainter, strip: QRectF) -> None:
        """Paint the band's newest stretch."""
        self._study.draw_band_newest(painter, strip)
