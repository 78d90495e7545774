"""Paint the crosshair, and the legend that reads the bar under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QColor, QPainter

from fks_desk.ui.chart.layers.layer import Depth, Layer

if TYPE_CHECKING:
    from fks_desk.ui.chart.panel import Panel

_LEFT, _TOP, _APART = 10, 6, 2


class CrosshairLayer(Layer):
    """Paint a vertical line on a bar and, in the panel it is in, a horizontal one."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel, Depth.CROSSHAIR)
        self.number: int | None = None
        self.y: float | None = None

    def draw(self, painter: QPainter, _exposed: QRectF) -> None:
        """Paint the lines."""
        if self.number is None:
            return
        projection = self.panel.projection
        painter.setPen(self.panel.look.crosshair)
        x = round(projection.x(self.number))
        painter.drawLine(QLineF(x, 0, x, projection.height))
        if self.y is not None:
            painter.drawLine(QLineF(0, round(self.y), projection.width, round(self.y)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Hold one word or number of a legend; no colour means the plain one."""

    text: str
    color: QColor | None = None
    is_bold: bool = False


class LegendLayer(Layer):
    """Paint rows of text at the top left of a panel."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel, Depth.LEGEND)
        self.rows: Sequence[Sequence[Piece]] = ()

    def draw(self, painter: QPainter, _exposed: QRectF) -> None:
        """Paint the rows."""
        look = self.panel.look
        y = float(_TOP)
        for row in self.rows:
            x = float(_LEFT)
            for piece in row:
                ink = piece.color or look.text
                x += look.write(painter, x, y, piece.text, ink, is_bold=piece.is_bold)
            y += look.line_height + _APART
