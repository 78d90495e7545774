"""Sum up the volume that was traded at each price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from fks_desk.ui.chart.layers.batch import Numbers, RectBatch
from fks_desk.ui.chart.layers.layer import Depth, Layer
from fks_desk.ui.chart.look import blended
from fks_desk.ui.chart.source import BarSource
from fks_desk.ui.models.series import HIGH, LOW, VOLUME

if TYPE_CHECKING:
    from fks_desk.ui.chart.panel import Panel

_ROW = 5.0  # pixels
_SHARE = 0.24  # of the panel's width
_VALUE_AREA = 0.7  # of the volume
_FAINT, _FIRM, _FIRMEST = 0.22, 0.42, 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Hold the volume of equal rows of price from low to high.

    `value_area` are the rows that hold seventy percent of it around the busiest one.
    """

    low: float
    high: float
    volume: Numbers
    busiest: int
    value_area: tuple[int, int]


def profile_of(
    low: Numbers, high: Numbers, volume: Numbers, bottom: float, top: float, rows: int
) -> Profile | None:
    """Return the profile of bars whose volume is spread evenly from their low to their high.

    Returns None where nothing was traded.
    """
    known = np.isfinite(low) & np.isfinite(high) & (volume > 0)
    if not known.any() or top <= bottom or rows < 1:
        return None
    low, high, volume = low[known], high[known], volume[known]
    scale = rows / (top - bottom)
    begin = np.clip(((low - bottom) * scale).astype(np.int64), 0, rows - 1)
    end = np.clip(((high - bottom) * scale).astype(np.int64), 0, rows - 1)
    each = volume / (end - begin + 1)
    steps = np.bincount(begin, each, rows + 1) - np.bincount(end + 1, each, rows + 1)
    found = np.maximum(0.0, np.cumsum(steps)[:rows])
    busiest = int(found.argmax())
    area = _value_area(found, busiest)
    return Profile(low=bottom, high=top, volume=found, busiest=busiest, value_area=area)


class ProfileLayer(Layer):
    """Paint a profile at the right, below the bars: of those in sight, or of a fixed stretch.

    It is painted with the closed bars; the volume of the newest shows with the next one.
    """

    def __init__(self, panel: Panel, source: BarSource) -> None:
        super().__init__(panel, Depth.SHADE)
        self.is_shown = False
        self.fixed: tuple[int, int] | None = None
        self._source = source
        self._rects = RectBatch()

    def profile(self) -> Profile | None:
        """Return the profile of the stretch, in rows of a few pixels."""
        projection = self.panel.projection
        left, right = self.fixed or (projection.left, projection.right)
        per_pixel = max(1.0, (right - left) / max(1.0, projection.width))
        buckets = self._source.pyramid.buckets(left, right, per_pixel)
        series = self._source.series
        low, high = max(series.first, int(left)), min(series.stop, int(right) + 1)
        first = max(series.first, buckets.first * buckets.width)
        if low >= high or not buckets.columns.shape[1]:
            return None
        edges = np.arange(buckets.columns.shape[1]) * buckets.width
        edges[1:] -= first - buckets.first * buckets.width
        stop = min(series.stop, (buckets.first + buckets.columns.shape[1]) * buckets.width)
        volume = np.add.reduceat(series.prices.between(first, stop)[VOLUME], edges)
        bottom, top = sorted((projection.low, projection.high))
        rows = int(projection.height / _ROW)
        return profile_of(buckets.columns[LOW], buckets.columns[HIGH], volume, bottom, top, rows)

    def draw(self, painter: QPainter, _exposed: QRectF) -> None:
        """Paint a row of pixels for each row of prices."""
        found = self.profile()
        if found is None:
            return
        projection, look = self.panel.projection, self.panel.look
        edges = np.linspace(found.low, found.high, found.volume.size + 1)
        y = np.round(projection.ys(edges))
        top = np.minimum(y[:-1], y[1:])
        height = np.maximum(1.0, np.abs(np.diff(y)) - 1)
        width = np.round(found.volume / found.volume.max() * projection.width * _SHARE)
        numbers = np.arange(width.size)
        low, high = found.value_area
        inside = (numbers >= low) & (numbers <= high)
        busiest = numbers == found.busiest
        for mask, share in (
            (~inside, _FAINT),
            (inside & ~busiest, _FIRM),
            (busiest, _FIRMEST),
        ):
            seen = mask & (width > 0)
            color = blended(look.muted, look.background, share)
            left = projection.width - width[seen]
            self._rects.fill(painter, color, left, top[seen], width[seen], height[seen])


def _value_area(volume: Numbers, busiest: int) -> tuple[int, int]:
    """Widen from the busiest row to the busier neighbour until enough is inside."""
    low = high = busiest
    inside, wanted = float(volume[busiest]), float(volume.sum()) * _VALUE_AREA
    while inside < wanted and (low > 0 or high < volume.size - 1):
        below = float(volume[low - 1]) if low > 0 else -1.0
        above = float(volume[high + 1]) if high < volume.size - 1 else -1.0
        if above >= below:
            high += 1
            inside += above
        else:
            low -= 1
            inside += below
    return low, high
