"""Draw thousands of rectangles or lines in one call."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

Numbers = NDArray[np.float64]

_FAR = 1e6  # pixels; nobody looks there, and a rectangle's edges fit into 32 bits
_MOST_RUNS = 8
_POINT_BYTES = 16
_void_ptr: Any = shiboken6.VoidPtr  # its stub leaves out that it takes a size


class _Memory:
    """Hold rows of four numbers that Qt reads in place as an array of its own shapes."""

    def __init__(self, shape: type, dtype: type[np.generic]) -> None:
        self._shape = shape
        self._rows: NDArray[Any] = np.empty((0, 4), dtype=dtype)
        self.first: Any = None  # the first shape of the array

    def rows(self, count: int) -> NDArray[Any]:
        """Return so many rows, to be filled; what was in them is lost."""
        if count > len(self._rows):
            # The shape that points into the old memory goes before the memory does.
            self.first = None
            self._rows = np.empty((2 * count, 4), dtype=self._rows.dtype)
            self.first = shiboken6.wrapInstance(self._rows.ctypes.data, self._shape)
        return self._rows[:count]


def polygon(x: Numbers, y: Numbers) -> QPolygonF:
    """Return a polygon of the points, made in one piece."""
    made = QPolygonF()
    made.resize(x.size)
    if x.size:
        memory = _void_ptr(made.data(), x.size * _POINT_BYTES, True)
        points = np.frombuffer(memory, dtype=np.float64).reshape(-1, 2)
        points[:, 0], points[:, 1] = x, y
    return made


class RectBatch:
    """Fill many rectangles with one colour; the memory is used again at the next paint.

    Whole pixels are what Qt fills fastest, so edges are given as such; from left to right
    they lie near the window, up and down they may be anywhere.
    """

    def __init__(self) -> None:
        self._memory = _Memory(QRect, np.int32)
        self._edges = np.empty((4, 0))

    def fill(
        self, painter: QPainter, color: QColor, x: Numbers, y: Numbers, width: Any, height: Any
    ) -> None:
        """Fill rectangles given by left, top, width and height, each an array or a number."""
        count = x.size
        if not count:
            return
        rows = self._memory.rows(count)
        if count > self._edges.shape[1]:
            self._edges = np.empty((4, 2 * count))
        edges = self._edges[:, :count]
        edges[0], edges[1] = x, y
        # A QRect holds its last pixel, not the one after it.
        np.add(x, width - 1, out=edges[2])
        np.add(y, height - 1, out=edges[3])
        upright = edges[1::2]
        np.fmin(upright, _FAR, out=upright)
        np.fmax(upright, -_FAR, out=upright)
        rows[:] = edges.T
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRects(self._memory.first, count)


class LineBatch:
    """Draw many straight pieces with one pen; the memory is used again at the next paint."""

    def __init__(self) -> None:
        self._memory = _Memory(QLineF, np.float64)

    def draw(
        self, painter: QPainter, pen: QPen, x1: Numbers, y1: Any, x2: Numbers, y2: Any
    ) -> None:
        """Draw lines given by both ends, each an array or a number."""
        count = x1.size
        if not count:
            return
        rows = self._memory.rows(count)
        rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3] = x1, y1, x2, y2
        painter.setPen(pen)
        painter.drawLines(self._memory.first, count)

    def connect(self, painter: QPainter, pen: QPen, x: Numbers, y: Numbers) -> None:
        """Join neighbouring points by lines, with a gap wherever one is not a number."""
        if x.size < 2:  # noqa: PLR2004  a line has two ends
            return
        known = np.isfinite(y)
        runs = _runs(known)
        # In one piece a thin line costs half; a thick one has outlines that cost ten times more.
        if pen.widthF() <= 1 and len(runs) <= _MOST_RUNS:
            painter.setPen(pen)
            for start, stop in runs:
                if stop - start > 1:
                    painter.drawPolyline(polygon(x[start:stop], y[start:stop]))
            return
        both = known[:-1] & known[1:]
        if both.all():
            self.draw(painter, pen, x[:-1], y[:-1], x[1:], y[1:])
        else:
            self.draw(painter, pen, x[:-1][both], y[:-1][both], x[1:][both], y[1:][both])


def _runs(known: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return where stretches of what is known begin and end."""
    if known.all():
        return [(0, known.size)]
    edges = np.flatnonzero(known[1:] != known[:-1]) + 1
    ends = [0, *edges.tolist(), known.size]
    return list(pairwise(ends))[0 if known[0] else 1 :: 2]
