"""Paint the crosshair, and the legend that reads the bar under it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QLineF, QRect, QRectF
from PySide6.QtGui import QColor, QPainter

from fks_desk.ui.chart.layers.layer import Depth, Layer
from fks_desk.ui.chart.look import Look, Placed

if TYPE_CHECKING:
    from fks_desk.ui.chart.panel import Panel

_LEFT, _TOP, _APART = 10, 6, 2
_RIGHT, _BLANK = 4, 8
_VEIL = 190  # of 255
_LAST_PAIRS = 2  # close and volume
_SHARE = 0.4  # of the panel's height that rows may take


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

    def lines(self) -> list[QRect]:
        """Return a rectangle around each line, in the panel's pixels."""
        if self.number is None:
            return []
        projection = self.panel.projection
        x = round(projection.x(self.number))
        found = [QRect(x - 1, 0, 3, round(projection.height))]
        if self.y is not None:
            found.append(QRect(0, round(self.y) - 1, round(projection.width), 3))
        return found


class Piece(NamedTuple):
    """Hold one word or number of a legend; no colour means the plain one.

    One that `leads` says nothing without the next and is left out with it.
    """

    text: str
    color: QColor | None = None
    is_bold: bool = False
    leads: bool = False


class LegendLayer(Layer):
    """Paint rows of text at the top left of a panel, as much of each as has room.

    A veil in the colour of the ground lies below, so that bars and lines pass behind the
    numbers and not through them. A low panel belongs to its bars: there the last row counts
    those that are left out, and the crosshair's sentence still reads them all.
    """

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel, Depth.LEGEND)
        self.rows: Sequence[Sequence[Piece]] = ()
        self._laid_out: tuple[object, object, object] = (None, None, None)
        self._texts: list[Placed] = []
        self._veils: list[QRectF] = []
        self._veil = QColor()

    def draw(self, painter: QPainter, _exposed: QRectF) -> None:
        """Paint the rows."""
        look = self.panel.look
        texts = self._placed(look)
        for veil in self._veils:
            painter.fillRect(veil, self._veil)
        look.write_all(painter, texts)

    @property
    def extent(self) -> QRectF:
        """Return the rectangle that the rows take."""
        self._placed(self.panel.look)
        right = max((veil.right() for veil in self._veils), default=0.0)
        tall = self.panel.look.line_height + _APART
        bottom = _TOP + tall * len(self._veils) if self._veils else 0.0
        return QRectF(0, 0, math.ceil(right) + 1, bottom)

    def _placed(self, look: Look) -> Sequence[Placed]:
        """Return the texts where they are painted, laid out once for the same rows."""
        rows, before, room = self._laid_out
        now = self.panel.projection.width, self._most(look)
        if rows is not self.rows or before is not look or room != now:
            self._laid_out = self.rows, look, now
            self._lay_out(look)
        return self._texts

    def _lay_out(self, look: Look) -> None:
        self._texts, self._veils = [], []
        self._veil = QColor(look.background)
        self._veil.setAlpha(_VEIL)
        y, tall = float(_TOP), look.line_height + _APART
        most = self._most(look)
        hidden = len(self.rows) - most
        for place, row in enumerate(self.rows[:most], start=1):
            x = float(_LEFT)
            tail = Piece(f"  +{hidden}", look.muted) if hidden > 0 and place == most else None
            for piece in self._fitting(row, tail):
                ink = piece.color or look.text
                text = look.placed(x, y, piece.text, ink, is_bold=piece.is_bold)
                self._texts.append(text)
                x += text.width
            self._veils.append(QRectF(_LEFT - 4, y - 1, x - _LEFT + 6, tall))
            y += tall

    def _most(self, look: Look) -> int:
        """Return how many rows the panel has room for, one at least."""
        tall = look.line_height + _APART
        return max(1, int((self.panel.projection.height * _SHARE - _TOP) // tall))

    def _fitting(self, row: Sequence[Piece], tail: Piece | None = None) -> Sequence[Piece]:
        """Return the pieces that have room, the close before the rest; no number is cut in two."""
        # The blank behind the last number may stand out.
        room = self.panel.projection.width - _LEFT - _RIGHT + _BLANK
        end = [] if tail is None else [tail]
        room -= self._width(end)
        kept = list(row)
        while self._width(kept) > room:
            pairs = [place for place, piece in enumerate(kept) if piece.leads]
            if len(pairs) <= _LAST_PAIRS:
                break
            del kept[pairs[0] : pairs[0] + 2]
        while kept and (self._width(kept) > room or kept[-1].leads):
            kept.pop()
        return [*kept, *end]

    def _width(self, pieces: Sequence[Piece]) -> float:
        width = self.panel.look.width
        return sum(width(piece.text, is_bold=piece.is_bold) for piece in pieces)
