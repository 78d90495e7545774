"""Paint the crosshair, and the legend that reads the bar under it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QColor, QPainter

from fks_desk.ui.chart.layers.layer import Depth, Layer
from fks_desk.ui.chart.look import Look, Placed

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
        self._laid_out: tuple[object, object] = (None, None)
        self._texts: list[Placed] = []

    def draw(self, painter: QPainter, _exposed: QRectF) -> None:
        """Paint the rows."""
        look = self.panel.look
        look.write_all(painter, self._placed(look))

    @property
    def extent(self) -> QRectF:
        """Return the rectangle that the rows take."""
        texts = self._placed(self.panel.look)
        right = max((text.at.x() + text.width for text in texts), default=0.0)
        tall = self.panel.look.line_height + _APART
        return QRectF(0, 0, math.ceil(right) + 1, _TOP + tall * len(self.rows) if texts else 0.0)

    def _placed(self, look: Look) -> Sequence[Placed]:
        """Return the texts where they are painted, laid out once for the same rows."""
        if self._laid_out[0] is not self.rows or self._laid_out[1] is not look:
            self._laid_out = self.rows, look
            self._texts = []
            y = float(_TOP)
            for row in self.rows:
                x = float(_LEFT)
                for piece in row:
                    ink = piece.color or look.text
                    text = look.placed(x, y, piece.text, ink, is_bold=piece.is_bold)
                    self._texts.append(text)
                    x += text.width
                y += look.line_height + _APART
        return self._texts
