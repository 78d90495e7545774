"""Paint candles with a bare QPainter: the least that they can cost."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from fks_desk.core.frame import Frame
from fks_desk.ui.theme.colors import DARK

WIDTH, HEIGHT = 1000, 600


class BarePainter(QWidget):
    """Paint candles, eight lines and their labels, and know nothing else: the limit."""

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._levels: list[Any] = []
        self._range = (0.0, 1.0, 0.0, 1.0)
        self._rects = PrimitiveArray(QRectF, 4)

    def load(self, frame: Frame) -> None:
        """Sum up neighbours again and again: open, high, low, close."""
        table = np.stack([frame.open, frame.high, frame.low, frame.close])
        self._levels = [table]
        while table.shape[1] > 1024:
            left, right = table[:, 0 : table.shape[1] // 2 * 2 : 2], table[:, 1::2]
            high, low = np.maximum(left[1], right[1]), np.minimum(left[2], right[2])
            table = np.stack([left[0], high, low, right[3]])
            self._levels.append(table)

    def look(self, left: float, right: float) -> None:
        """Paint these bars, fitted."""
        table, _, start, stop = self._seen(left, right)
        low, high = table[2, start:stop].min(), table[1, start:stop].max()
        self._range = (left, right, low, high)
        self.repaint()

    def tick(self, price: float) -> None:
        """Change the newest close and paint."""
        for table in self._levels:
            table[3, -1] = price
        self.repaint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.fillRect(event.rect(), QColor(DARK.panel))
            if self._levels:
                self._paint(painter, self.width() - 70, self.height() - 24)
        finally:
            painter.end()

    def _paint(self, painter: QPainter, width: int, height: int) -> None:
        left, right, low, high = self._range
        self._paint_lines(painter, width, height)
        table, bars, start, stop = self._seen(left, right)
        opened, top, bottom, close = height - (table[:, start:stop] - low) * (height / (high - low))
        x = np.floor((np.arange(start, stop) * bars - left) * width / (right - left))
        body = max(1, int(bars * width / (right - left) * 0.7))
        for mask, color in ((close <= opened, DARK.up), (close > opened, DARK.down)):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(color))
            self._fill(painter, x[mask], top[mask], 1, bottom[mask])
            if body > 1:
                upper, lower = np.minimum(opened, close), np.maximum(opened, close)
                self._fill(painter, x[mask] - body // 2, upper[mask], body, lower[mask])

    def _paint_lines(self, painter: QPainter, width: int, height: int) -> None:
        _, _, low, high = self._range
        for part in range(1, 8):
            y, x = height * part / 8, width * part / 8
            painter.setPen(QColor(DARK.grid))
            painter.drawLine(QLineF(0, y, width, y))
            painter.drawLine(QLineF(x, 0, x, height))
            painter.setPen(QColor(DARK.axis))
            painter.drawText(QPointF(width + 5, y), f"{high - (high - low) * part / 8:,.2f}")
            painter.drawText(QPointF(x - 15, height + 16), f"{part:02d}:00")

    def _fill(self, painter: QPainter, x: Any, top: Any, wide: int, bottom: Any) -> None:
        self._rects.resize(x.size)
        rows = self._rects.ndarray()
        rows[:, 0], rows[:, 1], rows[:, 2] = x, top, wide
        rows[:, 3] = np.maximum(1.0, bottom - top)
        painter.drawRects(*self._rects.drawargs())

    def _seen(self, left: float, right: float) -> tuple[Any, int, int, int]:
        level = 0
        while (right - left) / (1 << level) > WIDTH - 70 and level < len(self._levels) - 1:
            level += 1
        table = self._levels[level]
        stop = min((int(right) >> level) + 1, table.shape[1])
        return table, 1 << level, max(0, int(left) >> level), stop
