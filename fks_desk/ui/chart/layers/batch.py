"""Draw thousands of rectangles or lines in one call."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

Numbers = NDArray[np.float64]


def load_arrays() -> None:
    """Load pyqtgraph, which takes half a second; call it in a thread once the window is up."""
    import pyqtgraph.Qt.internals  # noqa: F401, PLC0415  for its side effect


def polygon(x: Numbers, y: Numbers) -> QPolygonF:
    """Return a polygon of the points, made in one piece."""
    import pyqtgraph as pg  # noqa: PLC0415  see `load_arrays`

    made: QPolygonF = pg.functions.arrayToQPolygonF(x, y)
    return made


def _array(shape: type) -> Any:
    from pyqtgraph.Qt.internals import PrimitiveArray  # noqa: PLC0415  see `load_arrays`

    return PrimitiveArray(shape, 4)


class RectBatch:
    """Fill many rectangles with one colour; the memory is used again at the next paint."""

    def __init__(self) -> None:
        self._array: Any = None

    def fill(
        self, painter: QPainter, color: QColor, x: Numbers, y: Numbers, width: Any, height: Any
    ) -> None:
        """Fill rectangles given by left, top, width and height, each an array or a number."""
        if not x.size:
            return
        self._array = self._array or _array(QRectF)
        self._array.resize(x.size)
        table = self._array.ndarray()
        table[:, 0], table[:, 1], table[:, 2], table[:, 3] = x, y, width, height
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRects(*self._array.drawargs())


class LineBatch:
    """Draw many straight pieces with one pen; the memory is used again at the next paint."""

    def __init__(self) -> None:
        self._array: Any = None

    def draw(
        self, painter: QPainter, pen: QPen, x1: Numbers, y1: Any, x2: Numbers, y2: Any
    ) -> None:
        """Draw lines given by both ends, each an array or a number."""
        if not x1.size:
            return
        self._array = self._array or _array(QLineF)
        self._array.resize(x1.size)
        table = self._array.ndarray()
        table[:, 0], table[:, 1], table[:, 2], table[:, 3] = x1, y1, x2, y2
        painter.setPen(pen)
        painter.drawLines(*self._array.drawargs())

    def connect(self, painter: QPainter, pen: QPen, x: Numbers, y: Numbers) -> None:
        """Join neighbouring points by lines, with a gap wherever one is not a number."""
        known = np.isfinite(y)
        both = known[:-1] & known[1:]
        if both.all():
            self.draw(painter, pen, x[:-1], y[:-1], x[1:], y[1:])
        else:
            self.draw(painter, pen, x[:-1][both], y[:-1][both], x[1:][both], y[1:][both])
