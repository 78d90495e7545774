"""Paint the grid and the two axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPainter

from fks_desk.ui.chart.layers.layer import Depth, Layer
from fks_desk.ui.chart.look import Look, Placed
from fks_desk.ui.chart.ticks import TimeTick

if TYPE_CHECKING:
    from fks_desk.ui.chart.panel import Panel, Tag

TIME_AXIS_HEIGHT = 24
_PAD = 6


class GridLayer(Layer):
    """Paint lines at round prices and moments, and a firmer one where a UTC day begins."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel, Depth.GRID)

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the lines; filled rectangles of one pixel are far cheaper than pens."""
        panel = self.panel
        projection, look, fill = panel.projection, panel.look, painter.fillRect
        width, height = round(projection.width), round(projection.height)
        for tick in panel.ticks:
            fill(0, round(projection.y(tick)), width, 1, look.grid)
        left, right = exposed.left() - 1, exposed.right()
        for numbers, color in (
            ([tick.number for tick in panel.times], look.grid),
            (panel.days, look.day),
        ):
            for number in numbers:
                x = round(projection.x(number))
                if left <= x <= right:
                    fill(x, 0, 1, height, color)
        if panel.is_below:
            painter.setPen(look.border)
            painter.drawLine(QLineF(0, 0, width, 0))


class PriceAxis:
    """Paint a panel's values at its right: ticks, and tags that stand on them."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self._laid_out: tuple[object, Look | None] = (None, None)
        self._texts: Sequence[Placed] = ()
        self._widest = 0.0

    def needed_width(self) -> float:
        """Return the width in which every label fits."""
        self._lay_out()
        width = self.panel.look.width
        widths = [width(tag.text, is_bold=True) for tag in self.panel.tags]
        return max([self._widest, *widths]) + 2 * _PAD + 2

    def draw_ticks(self, painter: QPainter, width: float) -> None:
        """Paint the axis from its top left corner, without what stands on it."""
        panel = self.panel
        look, projection = panel.look, panel.projection
        height = projection.height
        painter.setPen(look.border)
        painter.drawLine(QPointF(0, 0), QPointF(0, height))
        if panel.is_below:
            painter.drawLine(QPointF(0, 0), QPointF(width, 0))
        self._lay_out()
        look.write_all(painter, self._texts)

    def draw_tags(self, painter: QPainter, width: float) -> None:
        """Paint the tags side by side where they would hide one another."""
        panel, height = self.panel, self.panel.projection.height
        tall = panel.look.line_height + 2
        inside = [tag for tag in panel.tags if 0 <= panel.projection.y(tag.value) <= height]
        places = spread([panel.projection.y(tag.value) for tag in inside], tall, height)
        # Half a label beside a tag is noise: it makes room for the tag.
        for at in (panel.projection.y(tick) for tick in panel.ticks):
            if any(abs(at - y) < tall for y in places):
                painter.fillRect(QRectF(1, at - tall / 2, width - 1, tall), panel.look.background)
        for tag, y in zip(inside, places, strict=True):
            self._draw_tag(painter, width, tag, y)
        cursor = panel.cursor_tag
        if cursor is not None and 0 <= panel.projection.y(cursor.value) <= height:
            self._draw_tag(painter, width, cursor, panel.projection.y(cursor.value))

    def _lay_out(self) -> None:
        """Lay out the labels of the ticks that have room, unless that is done."""
        panel, look = self.panel, self.panel.look
        state = (panel.projection, panel.label_digits(), panel.base, tuple(panel.ticks))
        if self._laid_out[1] is look and self._laid_out[0] == state:
            return
        self._laid_out = state, look
        half, height = look.line_height / 2, panel.projection.height
        texts = [(panel.projection.y(tick), panel.tick_text(tick)) for tick in panel.ticks]
        self._texts = [
            look.placed(_PAD, round(y - half), text, look.muted)
            for y, text in texts
            if half <= y <= height - half
        ]
        self._widest = max((look.width(text, is_bold=True) for _, text in texts), default=0.0)

    def _draw_tag(self, painter: QPainter, width: float, tag: Tag, y: float) -> None:
        look = self.panel.look
        half = look.line_height / 2 + 1
        top = round(min(max(y, half), self.panel.projection.height - half) - half)
        painter.fillRect(QRectF(1, top, width - 1, 2 * half), tag.fill)
        look.write(painter, _PAD, top + 1, tag.text, tag.ink, is_bold=True)


def spread(wanted: list[float], apart: float, height: float) -> list[float]:
    """Return places at least `apart` from one another, as near to the wanted ones as it goes."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    places = list(wanted)
    low = -math.inf
    for index in order:
        places[index] = low = max(places[index], low + apart)
    high = height - apart / 2
    for index in reversed(order):
        places[index] = min(places[index], high)
        high = places[index] - apart
    return places


class TimeAxis:
    """Paint moments below the panels."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.cursor: tuple[float, str] | None = None
        self.zone = "UTC"

    def draw_ticks(self, painter: QPainter, width: float) -> None:
        """Paint the axis from its top left corner, without the crosshair's moment."""
        look: Look = self.panel.look
        painter.setPen(look.border)
        painter.drawLine(QPointF(0, 0), QPointF(width, 0))
        self._draw_ticks(painter, look, self.panel.times)
        self._draw_zone(painter, look, width)

    def draw_cursor(self, painter: QPainter) -> None:
        """Paint the crosshair's moment over the ticks."""
        if self.cursor is not None:
            self._draw_cursor(painter, self.panel.look, *self.cursor)

    def _draw_ticks(self, painter: QPainter, look: Look, ticks: Sequence[TimeTick]) -> None:
        projection = self.panel.projection
        top = self._top(look)
        for tick in ticks:
            half = look.width(tick.text, is_bold=tick.is_heavy) / 2
            x = projection.x(tick.number)
            if half <= x <= projection.width - half:
                ink = look.text if tick.is_heavy else look.muted
                look.write(painter, round(x - half), top, tick.text, ink, is_bold=tick.is_heavy)

    def _draw_zone(self, painter: QPainter, look: Look, width: float) -> None:
        x = self.panel.projection.width + _PAD
        if x + look.width(self.zone) <= width:
            look.write(painter, x, self._top(look), self.zone, look.muted)

    def _draw_cursor(self, painter: QPainter, look: Look, number: float, text: str) -> None:
        projection = self.panel.projection
        half = look.width(text, is_bold=True) / 2 + _PAD
        x = min(max(projection.x(number), half), max(half, projection.width - half))
        left = round(x - half)
        painter.fillRect(QRectF(left, 1, 2 * half, TIME_AXIS_HEIGHT - 2), look.crosshair_fill)
        look.write(painter, left + _PAD, self._top(look), text, look.crosshair_text, is_bold=True)

    @staticmethod
    def _top(look: Look) -> float:
        return round((TIME_AXIS_HEIGHT - look.line_height) / 2)
