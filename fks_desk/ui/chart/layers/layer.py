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

    SHADE = 0
    GRID = 1
    VOLUME = 2
    BARS = 3
    STUDY = 4
    MARKS = 5
    LEVELS = 6
    CROSSHAIR = 7
    LEGEND = 8
    MESSAGE = 9


EVERY_DEPTH = frozenset(Depth)
# What a tick changes at the newest bar alone; the rest is kept as a picture.
STILL_DEPTHS = frozenset({Depth.SHADE, Depth.GRID, Depth.VOLUME, Depth.BARS, Depth.STUDY})
MOVING_DEPTHS = EVERY_DEPTH - STILL_DEPTHS


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

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to paint anywhere."""
        return False

    @abstractmethod
    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint what shows inside the exposed rectangle, in the panel's pixels."""

    def draw_newest(self, painter: QPainter, strip: QRectF) -> None:
        """Paint what shows inside a strip around the newest bar, pixel by pixel as `draw` does.

        Layers that have a quicker way for so few bars take it.
        """
        self.draw(painter, strip)
