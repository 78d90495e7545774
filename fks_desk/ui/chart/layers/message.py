"""Write a sentence where there are no bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from fks_desk.ui.chart.layers.layer import Depth, Layer

if TYPE_CHECKING:
    from fks_desk.ui.chart.panel import Panel

_MARGIN = 24.0


class MessageLayer(Layer):
    """Write in the middle of the panel, in as many lines as it takes."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel, Depth.MESSAGE)
        self.text = ""

    def draw(self, painter: QPainter, _exposed: QRectF) -> None:
        """Paint the sentence."""
        if not self.text:
            return
        look = self.panel.look
        painter.setFont(look.font)
        painter.setPen(look.muted)
        area = QRectF(0, 0, self.panel.area.width(), self.panel.area.height())
        box = area.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(box, flags, self.text)
