"""Paint bars as candles, hollow or full, as OHLC bars, as a line or an area, and their volume."""

from __future__ import annotations

import math
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from fks_desk.ui.chart.layers.batch import LineBatch, Numbers, RectBatch, polygon
from fks_desk.ui.chart.layers.layer import Depth, Layer
from fks_desk.ui.chart.look import blended
from fks_desk.ui.chart.places import columns_of, pixels_of
from fks_desk.ui.chart.projection import Projection
from fks_desk.ui.chart.pyramid import Buckets
from fks_desk.ui.chart.source import BarSource
from fks_desk.ui.models.series import CLOSE, HIGH, LOW, OPEN, VOLUME
from fks_desk.ui.models.shaped import BarKind

if TYPE_CHECKING:
    from fks_desk.ui.chart.panel import Panel

Mask = NDArray[np.bool_]
_BODY_SHARE = 0.76
_NARROWEST_BODY = 3.0  # pixels a bar; below it high and low say it all
_NARROWEST_HOLLOW = 5
_AREA_SHARE = 0.14
_FAR = 1e6  # pixels; nobody looks there
VOLUME_SHARE = 0.17
FEW_BARS = 6


class ChartType(StrEnum):
    """Say how bars are drawn, and what is in them."""

    BARS = "bars"
    CANDLES = "candles"
    LINE = "line"
    HOLLOW = "hollow"
    AREA = "area"
    HEIKIN_ASHI = "heikin-ashi"
    RENKO = "renko"
    RANGE = "range"
    VOLUME = "volume"

    @property
    def kind(self) -> BarKind:
        """Return what the bars hold."""
        return BarKind(self.value) if self.value in set(BarKind) else BarKind.TIME

    @property
    def is_line(self) -> bool:
        """Tell whether closes alone are drawn."""
        return self in {ChartType.LINE, ChartType.AREA}


_OUTLINED = frozenset({ChartType.BARS, ChartType.HOLLOW})


def body_width(bar_width: float) -> int:
    """Return an odd number of pixels, so that the wick stands in the middle of its body."""
    if bar_width < _NARROWEST_BODY:
        return 1
    width = int(bar_width * _BODY_SHARE)
    return max(1, width - 1 + width % 2)


def exposed_buckets(panel: Panel, source: BarSource, exposed: QRectF) -> Buckets:
    """Return the buckets that show inside the exposed rectangle, with a neighbour on each side."""
    projection = panel.projection
    reach = max(1.0, 1 / projection.bar_width)
    return source.pyramid.buckets(
        projection.number(exposed.left()) - reach,
        projection.number(exposed.right()) + reach,
        1 / projection.bar_width,
    )


def few_bars(panel: Panel, source: BarSource, strip: QRectF) -> range:
    """Return the numbers of the bars in a strip, none where buckets or many bars are drawn."""
    projection = panel.projection
    if projection.bar_width < 1:
        return range(0)
    series = source.series
    first = math.floor(projection.number(strip.left()) - 0.5)
    last = math.ceil(projection.number(strip.right()) + 0.5)
    found = range(max(first, series.first), min(last + 1, series.stop))
    return found if len(found) <= FEW_BARS else range(0)


class CandleLayer(Layer):
    """Paint the bars, at most one bucket a pixel."""

    def __init__(self, panel: Panel, source: BarSource) -> None:
        super().__init__(panel, Depth.BARS)
        self.type = ChartType.CANDLES
        self._source = source
        self._rects = RectBatch()
        self._lines = LineBatch()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the bars that show."""
        buckets = exposed_buckets(self.panel, self._source, exposed)
        if not buckets.columns.shape[1]:
            return
        if self.type.is_line:
            self._draw_line(painter, buckets)
            return
        projection, look = self.panel.projection, self.panel.look
        opened, high, low, close = (projection.ys(buckets.columns[row]) for row in range(4))
        body = body_width(projection.bar_width) if buckets.level == 0 else 1
        x, width = columns_of(projection, buckets, body)
        rising = buckets.columns[CLOSE] >= buckets.columns[OPEN]
        gaining = self._gaining(buckets) if self.type is ChartType.HOLLOW else rising
        known = np.isfinite(close) & np.isfinite(opened)
        for mask, color in ((gaining & known, look.up), (~gaining & known, look.down)):
            if not mask.any():
                continue
            rows = (x[mask], opened[mask], high[mask], low[mask], close[mask])
            if body == 1:
                self._fill_wicks(painter, color, *rows, width[mask])
            elif self.type is ChartType.BARS:
                self._fill_bars(painter, color, *rows, body)
            else:
                self._fill_candles(painter, color, *rows, body)
                if self.type is ChartType.HOLLOW or look.is_hollow:
                    self._hollow_out(painter, x, opened, close, rising & mask, body)

    def draw_newest(self, painter: QPainter, strip: QRectF) -> None:
        """Paint a few candles one by one, which costs less than to gather them."""
        projection, look = self.panel.projection, self.panel.look
        body = body_width(projection.bar_width)
        is_plain = not (self.type.is_line or self.type in _OUTLINED or look.is_hollow)
        numbers = few_bars(self.panel, self._source, strip) if is_plain else ()
        if not numbers:
            self.draw(painter, strip)
            return
        series, y, fill = self._source.series, projection.y, painter.fillRect
        for number in numbers:
            opened, high, low, close, _ = series.prices.column(number)
            if not (math.isfinite(opened) and math.isfinite(close)):
                continue
            color = look.up if close >= opened else look.down
            left = math.floor(projection.x(number)) - body // 2
            top, bottom = _edges(y(high), y(low))
            fill(left + body // 2, top, 1, max(1, bottom - top), color)
            if body == 1:
                continue
            top, bottom = _edges(y(opened), y(close))
            fill(left, top, body, max(1, bottom - top), color)

    def _fill_wicks(
        self,
        painter: QPainter,
        color: QColor,
        x: Numbers,
        _opened: Numbers,
        high: Numbers,
        low: Numbers,
        _close: Numbers,
        width: Numbers | float,
    ) -> None:
        top, bottom = np.floor(np.minimum(high, low)), np.floor(np.maximum(high, low))
        self._rects.fill(painter, color, x, top, width, np.maximum(1.0, bottom - top))

    def _fill_bars(
        self,
        painter: QPainter,
        color: QColor,
        x: Numbers,
        opened: Numbers,
        high: Numbers,
        low: Numbers,
        close: Numbers,
        body: int,
    ) -> None:
        half = body // 2
        thick = 1.0 if body < 2 * _NARROWEST_HOLLOW else 2.0
        self._fill_wicks(painter, color, x + half, opened, high, low, close, 1.0)
        self._rects.fill(painter, color, x, np.floor(opened), half, thick)
        self._rects.fill(painter, color, x + half, np.floor(close), half + 1, thick)

    def _fill_candles(
        self,
        painter: QPainter,
        color: QColor,
        x: Numbers,
        opened: Numbers,
        high: Numbers,
        low: Numbers,
        close: Numbers,
        body: int,
    ) -> None:
        self._fill_wicks(painter, color, x + body // 2, opened, high, low, close, 1.0)
        top = np.floor(np.minimum(opened, close))
        height = np.maximum(1.0, np.floor(np.maximum(opened, close)) - top)
        self._rects.fill(painter, color, x, top, body, height)

    def _hollow_out(
        self,
        painter: QPainter,
        x: Numbers,
        opened: Numbers,
        close: Numbers,
        rising: Mask,
        body: int,
    ) -> None:
        """Leave only the outline of the bodies that closed above their open."""
        if body < _NARROWEST_HOLLOW:
            return
        top = np.floor(np.minimum(opened, close))
        height = np.floor(np.maximum(opened, close)) - top
        inner = rising & (height > 2)  # noqa: PLR2004  two pixels are both outline
        ground = self.panel.look.background
        self._rects.fill(painter, ground, x[inner] + 1, top[inner] + 1, body - 2, height[inner] - 2)

    def _gaining(self, buckets: Buckets) -> Mask:
        """Tell which bars closed at or above the close before them."""
        close = buckets.columns[CLOSE]
        before = np.concatenate([buckets.columns[OPEN, :1], close[:-1]])
        bar = self._source.series.bar(buckets.first * buckets.width - 1)
        if bar is not None:
            before[0] = bar[CLOSE]
        return np.asarray(close >= before)

    def _draw_line(self, painter: QPainter, buckets: Buckets) -> None:
        projection, look = self.panel.projection, self.panel.look
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, buckets.level == 0)
        x = pixels_of(projection, buckets)
        if buckets.level == 0:
            points = projection.ys(buckets.columns[CLOSE])
        else:
            x = np.repeat(x, 2)
            points = np.empty(x.size)
            points[0::2] = projection.ys(buckets.columns[LOW])
            points[1::2] = projection.ys(buckets.columns[HIGH])
        width = 1.5 if buckets.level == 0 else 1.0
        self._lines.connect(painter, QPen(look.accent, width), x, points)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


class AreaLayer(Layer):
    """Shade below the closes, under the grid, where the bars are drawn as an area."""

    def __init__(self, panel: Panel, source: BarSource, candles: CandleLayer) -> None:
        super().__init__(panel, Depth.SHADE)
        self._source = source
        self._candles = candles

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the shade."""
        if self._candles.type is not ChartType.AREA:
            return
        buckets = exposed_buckets(self.panel, self._source, exposed)
        projection, look = self.panel.projection, self.panel.look
        y = projection.ys(buckets.columns[CLOSE])
        known = np.isfinite(y)
        if not known.any():
            return
        x, y = pixels_of(projection, buckets)[known], y[known]
        around = np.concatenate([x[:1], x, x[-1:]])
        edges = np.concatenate([[projection.height], y, [projection.height]])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(blended(look.accent, look.background, _AREA_SHARE))
        painter.drawPolygon(polygon(around, edges))


class VolumeLayer(Layer):
    """Paint volume along the bottom of the panel, scaled to the greatest one in sight."""

    def __init__(self, panel: Panel, source: BarSource) -> None:
        super().__init__(panel, Depth.VOLUME)
        self._source = source
        self._rects = RectBatch()
        self.scale: Projection | None = None
        self._fitted: tuple[Projection, float] | None = None

    def fit(self, left: float, right: float) -> None:
        """Scale to the bars in sight; where nothing was traded there is no scale."""
        greatest = self._source.greatest_volume(left, right)
        if not (math.isfinite(greatest) and greatest > 0):
            self.scale = None
            return
        fitted = self.panel.projection, greatest
        if self.scale is not None and fitted == self._fitted:
            return
        self._fitted = fitted
        self.scale = replace(
            self.panel.projection,
            low=0.0,
            high=greatest / VOLUME_SHARE,
            is_log=False,
            is_inverted=False,
        )

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the volume that shows."""
        if self.scale is None:
            return
        buckets = exposed_buckets(self.panel, self._source, exposed)
        projection, look = self.scale, self.panel.look
        volume = buckets.columns[VOLUME]
        top = np.floor(projection.ys(volume))
        rising = buckets.columns[CLOSE] >= buckets.columns[OPEN]
        seen = volume > 0
        x, width = columns_of(projection, buckets, body_width(projection.bar_width))
        for mask, color in ((rising & seen, look.up_faint), (~rising & seen, look.down_faint)):
            rows = top[mask]
            self._rects.fill(painter, color, x[mask], rows, width[mask], projection.height - rows)

    def draw_newest(self, painter: QPainter, strip: QRectF) -> None:
        """Paint a few bars' volume one by one, which costs less than to gather it."""
        scale = self.scale
        numbers = few_bars(self.panel, self._source, strip)
        if scale is None or not numbers:
            self.draw(painter, strip)
            return
        series, look = self._source.series, self.panel.look
        body, height = body_width(scale.bar_width), int(scale.height)
        for number in numbers:
            opened, _, _, close, volume = series.prices.column(number)
            if volume > 0:
                color = look.up_faint if close >= opened else look.down_faint
                left, top = math.floor(scale.x(number)) - body // 2, math.floor(scale.y(volume))
                painter.fillRect(left, top, body, height - top, color)


def _edges(one: float, other: float) -> tuple[int, int]:
    """Return the rows of two heights, the upper first; far away is as good as any other there."""
    top, bottom = min(one, other), max(one, other)
    return math.floor(max(top, -_FAR)), math.floor(min(bottom, _FAR))
