"""Keep the picture of the bars while only the newest one, or what lies over them, changes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPixmap

Draw = Callable[[QPainter], None]


class Still:
    """Hold one picture, good for exactly one state of the chart.

    A state that is seen once may never come back, as while panning; so the picture
    is made when a state is asked for the second time in a row. `newest` counts what
    became of the newest bar, which is painted over in the picture.
    """

    def __init__(self) -> None:
        self._state: object = None
        self._newest = 0
        self._picture: QPixmap | None = None

    def drop(self) -> None:
        """Forget the picture: something below the newest bar changed."""
        self._state = self._picture = None

    def picture(
        self,
        state: object,
        newest: int,
        size: QSize,
        ratio: float,
        *,
        draw: Draw,
        draw_newest: Draw,
    ) -> QPixmap | None:
        """Return the picture of this state, drawn once; None where it does not pay."""
        if state != self._state:
            self._state, self._picture = state, None
            return None
        if self._picture is None:
            self._picture = QPixmap(size * ratio)
            self._picture.setDevicePixelRatio(ratio)
            _paint(self._picture, draw)
        elif newest != self._newest:
            _paint(self._picture, draw_newest)
        self._newest = newest
        return self._picture


def _paint(picture: QPixmap, draw: Draw) -> None:
    painter = QPainter(picture)
    try:
        draw(painter)
    finally:
        painter.end()
