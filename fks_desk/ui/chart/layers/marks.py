"""Mark fills, signals and the trades of a backtest on the bars that hold them."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from fks_desk.core.frame import Floats, Times
from fks_desk.ui.chart.layers.batch import LineBatch
from fks_desk.ui.chart.layers.layer import Depth, Layer
from fks_desk.ui.chart.source import BarSource
from fks_desk.ui.models.points import Marks
from fks_desk.ui.models.series import HIGH, LOW

if TYPE_CHECKING:
    from fks_desk.ui.chart.panel import Panel

Places = NDArray[np.int64]
Bools = NDArray[np.bool_]

_SIZE = 6.0
_BESIDE = 11.0  # pixels between a bar and the signal that was made at it
_RING = 7.0
_REACH = 9.0  # pixels from the middle of a mark within which it is meant
_LATEST = 1 << 62
_MEASURED = 50  # newest bars that tell how long one may be
_MOST_SHOWN = 400  # triangles; beyond it they would cover the bars they speak of
_NONE = Marks.of([])
_UP = QPolygonF([QPointF(0, 0), QPointF(-_SIZE, _SIZE * 1.7), QPointF(_SIZE, _SIZE * 1.7)])
_DIAMOND = QPolygonF([QPointF(0, -5), QPointF(5, 0), QPointF(0, 5), QPointF(-5, 0)])
_DOWN = QPolygonF([QPointF(0, 0), QPointF(-_SIZE, -_SIZE * 1.7), QPointF(_SIZE, -_SIZE * 1.7)])


class MarkLayer(Layer):
    """Paint a triangle at each buy (from below) and each sell (from above).

    Filled ones are our fills, outlined ones a backtest's trades, whose entries
    and exits are joined by a line: whole where it won, dotted where it lost. A
    strategy's signal is a diamond beside its bar: below to buy, above to sell, grey
    to stay out.
    """

    def __init__(self, panel: Panel, source: BarSource) -> None:
        super().__init__(panel, Depth.MARKS)
        self._source = source
        self._lines = LineBatch()
        self.shows_signals = True
        self._pointed: tuple[int, float | None] | None = None
        self._fills = self._signals = Marks.of([])
        self._entries = self._exits = Marks.of([])
        self._won = np.empty(0, dtype=bool)

    def set_fills(self, fills: Marks) -> None:
        """Mark these fills."""
        self._fills = fills

    def set_signals(self, signals: Marks) -> None:
        """Mark what strategies said."""
        self._signals = signals

    def set_trades(self, entries: Marks, exits: Marks, won: Bools) -> None:
        """Mark the trades of a backtest; an exit stands at the place of its entry."""
        self._entries, self._exits, self._won = entries, exits, won

    def point_at(self, moment_ms: int | None, price: float | None = None) -> None:
        """Ring the moment that somebody asked to see, at a price or over the whole bar."""
        self._pointed = None if moment_ms is None else (moment_ms, price)

    def at(self, place: QPointF) -> tuple[str, Hashable] | None:
        """Return the pane and the key of the row whose mark is under the mouse."""
        for pane, marks in self._kinds():
            if not len(marks) or not marks.keys:
                continue
            seen, x, y = self._placed(marks, centred=True)
            if not seen.size or seen.size > _MOST_SHOWN:
                continue
            off = np.hypot(x - place.x(), y - place.y())
            nearest = int(np.argmin(off))
            if off[nearest] <= _REACH:
                return pane, marks.keys[seen[nearest]]
        return None

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is marked at all."""
        if self._pointed is not None or len(self._fills) or len(self._entries):
            return False
        return not (self.shows_signals and len(self._signals)) and not len(self._exits)

    def draw(self, painter: QPainter, _exposed: QRectF) -> None:
        """Paint the marks in sight."""
        if self.is_empty:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_trades(painter)
        if self.shows_signals:
            self._draw_signals(painter)
        self._draw_marks(painter, self._fills, is_filled=True)
        self._draw_pointed(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _kinds(self) -> tuple[tuple[str, Marks], ...]:
        """Return what is marked, the uppermost first."""
        signals = self._signals if self.shows_signals else _NONE
        return (
            ("fills", self._fills),
            ("signals", signals),
            ("backtest", self._entries),
            ("backtest", self._exits),
        )

    def _placed(self, marks: Marks, *, centred: bool) -> tuple[Places, Floats, Floats]:
        """Return which marks are in sight, and their pixels: of their tips or of their middles."""
        projection = self.panel.projection
        numbers = self._numbers(marks.time)
        series = self._source.series
        known = numbers >= series.first
        if marks is not self._fills:
            # In a replay what was said later is not known yet.
            known &= marks.time <= self._newest_ms()
        inside = (numbers >= projection.left) & (numbers <= projection.right)
        seen = np.flatnonzero(known & inside)
        x, y = projection.xs(numbers[seen]), projection.ys(marks.price[seen])
        if marks is self._signals:
            y = self._beside(numbers[seen].astype(np.int64), marks.side[seen])
        elif centred:
            y = y + marks.side[seen] * _SIZE
        return seen, x, y

    def _newest_ms(self) -> int:
        """Return when the newest bar ends at the latest."""
        times = self._source.series.time[-_MEASURED:]
        return int(times[-1] + np.diff(times).max()) - 1 if times.size > 1 else _LATEST

    def _beside(self, numbers: Places, sides: Floats) -> Floats:
        """Return pixels below the low of a bar to buy at, above the high of any other."""
        series, projection = self._source.series, self.panel.projection
        bars = series.prices.between(series.first, series.stop)[:, numbers - series.first]
        below = projection.ys(bars[LOW]) + _BESIDE
        above = projection.ys(bars[HIGH]) - _BESIDE
        return np.where((sides > 0) != self.panel.is_inverted, below, above)

    def _draw_signals(self, painter: QPainter) -> None:
        if not len(self._signals):
            return
        look = self.panel.look
        seen, x, y = self._placed(self._signals, centred=True)
        if seen.size > _MOST_SHOWN:
            return
        for side, color in ((1, look.up), (-1, look.down), (0, look.muted)):
            painter.setPen(QPen(color, 1.5))
            painter.setBrush(look.background)
            for place in np.flatnonzero(self._signals.side[seen] == side):
                painter.drawPolygon(_DIAMOND.translated(float(x[place]), float(y[place])))

    def _draw_pointed(self, painter: QPainter) -> None:
        if self._pointed is None or not len(self._source.series):
            return
        moment, price = self._pointed
        projection, look = self.panel.projection, self.panel.look
        number = float(self._numbers(np.array([moment], dtype=np.int64))[0])
        x, half = projection.x(number), max(_RING, projection.bar_width / 2 + 2)
        painter.setPen(QPen(look.accent, 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if price is not None and math.isfinite(price):
            painter.drawEllipse(QPointF(x, projection.y(price)), half + 3, half + 3)
            return
        bar = self._source.series.bar(int(number))
        if bar is not None:
            top, bottom = sorted((projection.y(bar[HIGH]), projection.y(bar[LOW])))
            box = QRectF(x - half, top - _RING, 2 * half, bottom - top + 2 * _RING)
            painter.drawRoundedRect(box, 3, 3)

    def _draw_trades(self, painter: QPainter) -> None:
        if not len(self._entries):
            return
        projection, look = self.panel.projection, self.panel.look
        begin, end = self._numbers(self._entries.time), self._numbers(self._exits.time)
        seen = (end >= projection.left) & (begin <= projection.right)
        for mask, color, style in (
            (seen & self._won, look.up, Qt.PenStyle.SolidLine),
            (seen & ~self._won, look.down, Qt.PenStyle.DotLine),
        ):
            self._lines.draw(
                painter,
                QPen(color, 1.5, style),
                projection.xs(begin[mask]),
                projection.ys(self._entries.price[mask]),
                projection.xs(end[mask]),
                projection.ys(self._exits.price[mask]),
            )
        self._draw_marks(painter, self._entries, is_filled=False)
        self._draw_marks(painter, self._exits, is_filled=False)

    def _draw_marks(self, painter: QPainter, marks: Marks, *, is_filled: bool) -> None:
        if not len(marks):
            return
        look = self.panel.look
        seen, x, y = self._placed(marks, centred=False)
        if seen.size > _MOST_SHOWN:
            return
        for side, shape in ((1, _UP), (-1, _DOWN)):
            _prepare(painter, look.side(side), look.background, is_filled=is_filled)
            for place in np.flatnonzero(marks.side[seen] == side):
                painter.drawPolygon(shape.translated(float(x[place]), float(y[place])))

    def _numbers(self, moments: Times) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return self._source.series.holding(moments).astype(np.float64)


def _prepare(painter: QPainter, color: QColor, ground: QColor, *, is_filled: bool) -> None:
    if is_filled:
        # A rim in the colour of the ground keeps the mark apart from a bar of its colour.
        painter.setPen(QPen(ground, 1.2))
        painter.setBrush(color)
    else:
        painter.setPen(QPen(color, 1.5))
        painter.setBrush(ground)
