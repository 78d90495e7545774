"""Paint one thing into a panel, in the panel's own pixels."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

if TYPE_CHECKING:
    from fks_desk.ui.chart.panel import Panel


class Layer(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph ships no types
    """Lie over a whole panel and draw the part that is exposed.

    The panel scales nothing: a layer asks the projection for pixels. So a paint
    costs what is visible, whatever the number of bars.
    """

    def __init__(self, panel: Panel, depth: float) -> None:
        super().__init__(panel)
        self.panel = panel
        self.setZValue(depth)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    @abstractmethod
    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint what shows inside the exposed rectangle."""

    def boundingRect(self) -> QRectF:
        """Return the panel's rectangle."""
        return self.panel.rect()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Let Qt paint the layer."""
        self.draw(painter, QRectF(option.exposedRect))
