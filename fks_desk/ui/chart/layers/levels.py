"""Paint prices that matter as horizontal lines: last, orders, position, the staged order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from fks_desk.ui.chart.layers.layer import Depth, Layer
from fks_desk.ui.chart.look import readable_on

if TYPE_CHECKING:
    from fks_desk.ui.chart.panel import Panel

_PAD = 6
_DASH = {0: [1.0, 3.0], 1: [6.0, 4.0], 2: [8.0, 3.0], 3: []}


class Importance(IntEnum):
    """Order the lines: a later one is drawn over an earlier one, and is firmer."""

    LAST = 0
    POSITION = 1
    ORDER = 2
    STAGED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Hold one line: `tag` stands on the axis, `label` in a box on the line."""

    price: float
    tag: str
    color: QColor
    importance: Importance
    label: str = ""


class LevelLayer(Layer):
    """Paint lines of one price each, with their labels at the left or at the right."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel, Depth.LEVELS)
        self.levels: list[Level] = []

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the lines that lie in the panel's range."""
        seen = exposed.toAlignedRect()
        for level in self.levels:
            if self.extent(level).intersects(seen):
                self._draw_level(painter, level)

    def extent(self, level: Level) -> QRect:
        """Return the rectangle that a line and its label take, in the panel's pixels."""
        projection, y = self.panel.projection, round(self.panel.projection.y(level.price))
        reach = (self.panel.look.line_height + 4) / 2 + 2 if level.label else 2
        return QRectF(0, y - reach, projection.width, 2 * reach).toAlignedRect()

    def _draw_level(self, painter: QPainter, level: Level) -> None:
        projection = self.panel.projection
        y = round(projection.y(level.price))
        if not 0 <= y <= projection.height:
            return
        pen = QPen(level.color, 2 if level.importance is Importance.STAGED else 1)
        if dash := _DASH[level.importance]:
            pen.setDashPattern(dash)
        painter.setPen(pen)
        painter.drawLine(QPointF(0, y), QPointF(projection.width, y))
        if level.label:
            self._draw_label(painter, level, y)

    def _draw_label(self, painter: QPainter, level: Level, y: float) -> None:
        look = self.panel.look
        width = look.width(level.label, is_bold=True) + 2 * _PAD
        height = look.line_height + 4
        right = self.panel.projection.width
        # The staged order stands at the left, where no newest bar is hidden.
        is_staged = level.importance is Importance.STAGED
        left = right * 0.04 if is_staged else right - width - 8
        box = QRectF(round(max(0.0, left)), round(y - height / 2), width, height)
        painter.setPen(QPen(level.color, 1))
        painter.setBrush(level.color if is_staged else look.background)
        painter.drawRect(box)
        ink = readable_on(level.color) if is_staged else level.color
        look.write(painter, box.left() + _PAD, box.top() + 2, level.label, ink, is_bold=True)
