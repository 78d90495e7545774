"""Paint the crosshair, and the legend that reads the bar under it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import takewhile
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


class _Line(NamedTuple):
    """Hold a row as it is painted."""

    pieces: Sequence[Piece]
    texts: list[Placed]
    veil: QRectF
    top: float
    bottom: float
    right: float


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
        self._lines: list[_Line] = []
        self._veil = QColor()

    def draw(self, painter: QPainter, exposed: QRectF) -> None:
        """Paint the rows that show."""
        look = self.panel.look
        top, bottom, left = exposed.top(), exposed.bottom(), exposed.left()
        for line in self._placed(look):
            if line.top < bottom and line.bottom > top and line.right > left:
                painter.fillRect(line.veil, self._veil)
                look.write_all(painter, line.texts)

    @property
    def texts(self) -> list[Placed]:
        """Return every text where it is painted, row by row."""
        return [text for line in self._placed(self.panel.look) for text in line.texts]

    @property
    def extent(self) -> QRectF:
        """Return the rectangle that the rows take."""
        lines = self._placed(self.panel.look)
        if not lines:
            return QRectF(0, 0, 1, 0)
        right = max(line.right for line in lines)
        return QRectF(0, 0, math.ceil(right) + 1, lines[-1].bottom + 1)

    def _placed(self, look: Look) -> Sequence[_Line]:
        """Return the rows where they are painted, laid out once for the same rows."""
        rows, before, room = self._laid_out
        now = self.panel.projection.width, self._most(look)
        if rows is not self.rows or before is not look or room != now:
            if before is not look or room != now:
                self._lines = []
            self._laid_out = self.rows, look, now
            self._lay_out(look)
        return self._lines

    def _lay_out(self, look: Look) -> None:
        self._veil = QColor(look.background)
        self._veil.setAlpha(_VEIL)
        y, tall = float(_TOP), look.line_height + _APART
        before, self._lines = self._lines, []
        most = self._most(look)
        hidden = len(self.rows) - most
        for place, row in enumerate(self.rows[:most]):
            old = before[place] if place < len(before) else None
            is_last = hidden > 0 and place == most - 1
            tail = Piece(f"  +{hidden}", look.muted) if is_last else None
            self._lines.append(self._line(look, y, tall, self._fitting(row, tail), old))
            y += tall

    def _most(self, look: Look) -> int:
        """Return how many rows the panel has room for, one at least."""
        tall = look.line_height + _APART
        return max(1, int((self.panel.projection.height * _SHARE - _TOP) // tall))

    @staticmethod
    def _line(look: Look, y: float, tall: float, row: Sequence[Piece], old: _Line | None) -> _Line:
        """Return a row's texts, those that stand and say what they did taken as they are."""
        known = 0
        if old is not None:
            pairs = zip(row, old.pieces, strict=False)
            known = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        # What is painted a second time is worth a layout of its own.
        texts = [
            text
            if text.layout is not None
            else look.placed(text.at.x(), y, text.text, text.ink, is_bold=text.is_bold)
            for text in (old.texts[:known] if old is not None else ())
        ]
        x = texts[-1].at.x() + texts[-1].width if texts else float(_LEFT)
        for piece in row[known:]:
            ink = piece.color or look.text
            text = look.placed(x, y, piece.text, ink, is_bold=piece.is_bold)
            texts.append(text)
            x += text.width
        veil = QRectF(_LEFT - 4, y - 1, x - _LEFT + 6, tall)
        return _Line(row, texts, veil, y - 1, y - 1 + tall, x + 2)

    def _fitting(self, row: Sequence[Piece], tail: Piece | None = None) -> Sequence[Piece]:
        """Return the pieces that have room, the close before the rest; no number is cut in two."""
        # The blank behind the last number may stand out.
        room = self.panel.projection.width - _LEFT - _RIGHT + _BLANK
        end = [] if tail is None else [tail]
        room -= self._width(end)
        if tail is None and row and not row[-1].leads and self._width(row) <= room:
            return row
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
