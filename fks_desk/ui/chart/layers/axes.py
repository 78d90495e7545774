"""Paint the grid and the two axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from fks_desk.ui.chart.layers.layer import Layer
from fks_desk.ui.chart.look import Look
from fks_desk.ui.chart.ticks import TimeTick, Weight

if TYPE_CHECKING:
    from fks_desk.ui.chart.panel import Panel, Tag

TIME_AXIS_HEIGHT = 24
_PAD = 6
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft


class GridLayer(Layer):
    """Paint lines at round prices and moments, and a firmer one where a UTC day begins."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel, depth=0)

    def draw(self, painter: QPainter, _exposed: QRectF) -> None:
        """Paint the lines."""
        panel = self.panel
        projection, look = panel.projection, panel.look
        width, height = projection.width, projection.height
        days = set(panel.days)
        painter.setPen(look.grid)
        levels = (round(projection.y(tick)) for tick in panel.ticks)
        painter.drawLines([QLineF(0, y, width, y) for y in levels])
        ticks = (tick for tick in panel.times if tick.number not in days)
        columns = [round(projection.x(tick.number)) for tick in ticks]
        painter.drawLines([QLineF(x, 0, x, height) for x in columns])
        painter.setPen(look.day)
        columns = [round(projection.x(number)) for number in panel.days]
        painter.drawLines([QLineF(x, 0, x, height) for x in columns])
        if panel.is_below:
            painter.setPen(look.border)
            painter.drawLine(QLineF(0, 0, width, 0))


class PriceAxis(pg.GraphicsWidget):  # type: ignore[misc]  # pyqtgraph ships no types
    """Paint a panel's values at its right: ticks, and tags that stand on them."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.panel = panel

    def needed_width(self) -> float:
        """Return the width in which every label fits."""
        panel = self.panel
        texts = [_tick_text(panel, tick) for tick in panel.ticks]
        texts += [tag.text for tag in panel.tags]
        advance = panel.look.bold_metrics.horizontalAdvance
        return max((advance(text) for text in texts), default=0.0) + 2 * _PAD + 2

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Let Qt paint the axis."""
        panel = self.panel
        look, projection = panel.look, panel.projection
        width, height = self.size().width(), self.size().height()
        painter.setPen(look.border)
        painter.drawLine(QPointF(0, 0), QPointF(0, height))
        if panel.is_below:
            painter.drawLine(QPointF(0, 0), QPointF(width, 0))
        painter.setFont(look.font)
        painter.setPen(look.muted)
        half = look.metrics.height() / 2
        for tick in panel.ticks:
            y = projection.y(tick)
            if half <= y <= height - half:
                box = QRectF(_PAD, y - half, width, 2 * half)
                painter.drawText(box, _LEFT, _tick_text(panel, tick))
        painter.setFont(look.bold)
        for tag in panel.tags:
            self._draw_tag(painter, tag)
        if panel.cursor_tag is not None:
            self._draw_tag(painter, panel.cursor_tag)

    def _draw_tag(self, painter: QPainter, tag: Tag) -> None:
        width, height = self.size().width(), self.size().height()
        y = self.panel.projection.y(tag.value)
        half = self.panel.look.bold_metrics.height() / 2 + 1
        if not -half <= y <= height + half:
            return
        y = min(max(y, half), height - half)
        box = QRectF(1, round(y - half), width - 1, 2 * half)
        painter.fillRect(box, tag.fill)
        painter.setPen(tag.ink)
        painter.drawText(box.adjusted(_PAD - 1, 0, 0, 0), _LEFT, tag.text)


class TimeAxis(pg.GraphicsWidget):  # type: ignore[misc]  # pyqtgraph ships no types
    """Paint the moments of UTC below the panels."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.panel = panel
        self.cursor: tuple[float, str] | None = None

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Let Qt paint the axis."""
        look: Look = self.panel.look
        width = self.size().width()
        painter.setPen(look.border)
        painter.drawLine(QPointF(0, 0), QPointF(width, 0))
        self._draw_ticks(painter, look, self.panel.times)
        self._draw_zone(painter, look, width)
        if self.cursor is not None:
            self._draw_cursor(painter, look, *self.cursor)

    def _draw_ticks(self, painter: QPainter, look: Look, ticks: Sequence[TimeTick]) -> None:
        projection = self.panel.projection
        for tick in ticks:
            is_heavy = tick.weight > Weight.TIME
            painter.setFont(look.bold if is_heavy else look.font)
            painter.setPen(look.text if is_heavy else look.muted)
            metrics = look.bold_metrics if is_heavy else look.metrics
            half = metrics.horizontalAdvance(tick.text) / 2
            x = projection.x(tick.number)
            if half <= x <= projection.width - half:
                painter.drawText(QPointF(x - half, self._baseline(look)), tick.text)

    def _draw_zone(self, painter: QPainter, look: Look, width: float) -> None:
        painter.setFont(look.font)
        painter.setPen(look.muted)
        x = self.panel.projection.width + _PAD
        if x + look.metrics.horizontalAdvance("UTC") <= width:
            painter.drawText(QPointF(x, self._baseline(look)), "UTC")

    def _draw_cursor(self, painter: QPainter, look: Look, number: float, text: str) -> None:
        projection = self.panel.projection
        painter.setFont(look.bold)
        half = look.bold_metrics.horizontalAdvance(text) / 2 + _PAD
        x = min(max(projection.x(number), half), max(half, projection.width - half))
        box = QRectF(round(x - half), 1, 2 * half, TIME_AXIS_HEIGHT - 2)
        painter.fillRect(box, look.crosshair_fill)
        painter.setPen(look.crosshair_text)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    @staticmethod
    def _baseline(look: Look) -> float:
        return TIME_AXIS_HEIGHT / 2 + look.metrics.ascent() / 2 - 1


def _tick_text(panel: Panel, tick: float) -> str:
    return f"{tick:,.{panel.label_digits()}f}".replace("-", "−")
