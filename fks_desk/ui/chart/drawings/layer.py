"""Paint what is drawn on the chart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from fks_desk.core.drawings import Drawing
from fks_desk.ui.chart.drawings.figure import Figure, Label
from fks_desk.ui.chart.drawings.shapes import Sheet, figure_of
from fks_desk.ui.chart.layers.layer import Depth, Layer

if TYPE_CHECKING:
    from fks_desk.ui.chart.panel import Panel

_HANDLE = 4.0
_PAD = 5.0


class DrawingLayer(Layer):
    """Paint every drawing, the chosen one with its handles.

    `drawings` and `sheet` are asked at each paint, so that nothing is kept that
    could be old.
    """

    def __init__(
        self,
        panel: Panel,
        drawings: Callable[[], Sequence[Drawing]],
        chosen: Callable[[], tuple[Drawing | None, int | None]],
        sheet: Callable[[], Sheet],
    ) -> None:
        super().__init__(panel, Depth.MARKS)
        self._drawings = drawings
        self._chosen = chosen
        self._sheet = sheet

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is drawn."""
        return not self._drawings()

    def draw(self, painter: QPainter, _exposed: QRectF) -> None:
        """Paint the figures, the chosen one last."""
        drawings = self._drawings()
        if not drawings:
            return
        sheet = self._sheet()
        chosen, handle = self._chosen()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for drawing in drawings:
            is_chosen = chosen is not None and drawing.id == chosen.id
            figure = figure_of(drawing, sheet)
            self._paint(painter, figure, 2.0 if is_chosen else 1.4)
            if is_chosen:
                self._paint_handles(painter, figure, handle, is_locked=drawing.is_locked)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint(self, painter: QPainter, figure: Figure, width: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        for fill in figure.fills:
            painter.setBrush(fill.color)
            painter.drawPolygon(fill.polygon)
        for stroke in figure.strokes:
            pen = QPen(stroke.color, width)
            if stroke.is_dashed:
                pen = QPen(stroke.color, 1.0, Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.drawLine(stroke.start, stroke.end)
        for label in figure.labels:
            self._write(painter, label)

    def _write(self, painter: QPainter, label: Label) -> None:
        look = self.panel.look
        width = look.width(label.text)
        left = label.at.x() - label.share * width
        if not -width < left < self.panel.projection.width:
            return
        # A label stays readable while its drawing goes out of sight.
        left = min(max(left, _PAD), max(_PAD, self.panel.projection.width - width - _PAD))
        if label.is_boxed:
            frame = QRectF(left - _PAD, label.at.y(), width + 2 * _PAD, look.line_height + 2)
            painter.setPen(look.border)
            painter.setBrush(look.raised)
            painter.drawRoundedRect(frame, 3, 3)
        look.write(painter, round(left), round(label.at.y() + 1), label.text, label.ink)

    def _paint_handles(
        self, painter: QPainter, figure: Figure, chosen: int | None, *, is_locked: bool
    ) -> None:
        look = self.panel.look
        painter.setPen(QPen(look.muted if is_locked else look.accent, 1.6))
        for place, handle in enumerate(figure.handles):
            is_held = place == chosen
            painter.setBrush(look.accent if is_held else look.background)
            size = _HANDLE + (1.5 if is_held else 0.0)
            painter.drawEllipse(QPointF(handle.x(), handle.y()), size, size)
