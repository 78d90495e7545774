"""Shade the places where candles are missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter

from fks_desk.ui.chart.layers.layer import Depth, Layer
from fks_desk.ui.models.holes import Holes

if TYPE_CHECKING:
    from fks_desk.ui.chart.panel import Panel

_NARROWEST, _WIDEST = 3.0, 14.0  # pixels
_GROUND_ALPHA, _LINE_ALPHA = 38, 120
_MOST = 2_000  # beyond that the whole view would be one shade


class HoleLayer(Layer):
    """Paint a hatched band between two bars that are no neighbours.

    Bars stand side by side whatever their distance in time, so a hole has no width
    of its own: the band stands on the seam. While the connection is lost the hole has
    no end yet: everything behind the newest bar is hatched, from the number `lost` tells.
    """

    def __init__(
        self, panel: Panel, holes: Callable[[], Holes], lost: Callable[[], int | None]
    ) -> None:
        super().__init__(panel, Depth.SHADE)
        self._holes = holes
        self._lost = lost

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the bands that show."""
        projection = self.panel.projection
        low, high = projection.number(exposed.left()) - 1, projection.number(exposed.right()) + 2
        numbers = self._holes().between(low, high)[-_MOST:]
        lost = self._lost()
        if not numbers.size and lost is None:
            return
        width = min(max(projection.bar_width, _NARROWEST), _WIDEST)
        ground, line = QColor(self.panel.look.warning), QColor(self.panel.look.warning)
        ground.setAlpha(_GROUND_ALPHA)
        line.setAlpha(_LINE_ALPHA)
        hatch = QBrush(line, Qt.BrushStyle.BDiagPattern)
        seams = projection.xs(numbers.astype(np.float64) - 0.5)
        bands = [
            QRectF(round(float(left)), 0.0, width, projection.height) for left in seams - width / 2
        ]
        if lost is not None:
            start = round(projection.x(lost - 0.5))
            end = max(float(start), exposed.right())
            bands.append(QRectF(start, 0.0, end - start, projection.height))
        for band in bands:
            painter.fillRect(band, ground)
            painter.fillRect(band, hatch)
