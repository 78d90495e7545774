"""Paint one thing into a panel, in the panel's own pixels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

if TYPE_CHECKING:
    from fks_desk.ui.chart.panel import Panel


class Depth(IntEnum):
    """Order the layers of a panel, the lowest first."""

    GRID = 0
    VOLUME = 1
    BARS = 2
    STUDY = 3
    MARKS = 4
    LEVELS = 5
    CROSSHAIR = 6
    LEGEND = 7
    MESSAGE = 8


class Layer(ABC):
    """Lie over a whole panel and draw the part that is exposed.

    A layer is no graphics item: it asks the panel's projection for pixels, so a
    paint costs what is visible and a scene has nothing to keep in order.
    """

    def __init__(self, panel: Panel, depth: Depth) -> None:
        self.panel = panel
        self.depth = depth
        self.is_shown = True
        panel.add(self)

    @abstractmethod
    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint what shows inside the exposed rectangle, in the panel's pixels."""
