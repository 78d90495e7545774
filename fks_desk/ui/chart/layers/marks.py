"""Mark fills and the trades of a backtest on the bars that hold them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from fks_desk.core.frame import Times
from fks_desk.core.messages import BacktestTrade
from fks_desk.ui.chart.layers.batch import LineBatch
from fks_desk.ui.chart.layers.layer import Depth, Layer
from fks_desk.ui.chart.source import BarSource
from fks_desk.ui.models.chart_marks import Marks

if TYPE_CHECKING:
    from fks_desk.ui.chart.panel import Panel

_SIZE = 6.0
_MOST_SHOWN = 400  # triangles; beyond it they would cover the bars they speak of
_UP = QPolygonF([QPointF(0, 0), QPointF(-_SIZE, _SIZE * 1.7), QPointF(_SIZE, _SIZE * 1.7)])
_DOWN = QPolygonF([QPointF(0, 0), QPointF(-_SIZE, -_SIZE * 1.7), QPointF(_SIZE, -_SIZE * 1.7)])


class MarkLayer(Layer):
    """Paint a triangle at each buy (from below) and each sell (from above).

    Filled ones are our fills, outlined ones a backtest's trades, whose entries
    and exits are joined by a line: whole where it won, dotted where it lost.
    """

    def __init__(self, panel: Panel, source: BarSource) -> None:
        super().__init__(panel, Depth.MARKS)
        self._source = source
        self._lines = LineBatch()
        self._fills = Marks.of([])
        self._entries = self._exits = Marks.of([])
        self._won = np.empty(0, dtype=bool)

    def set_fills(self, fills: Marks) -> None:
        """Mark these fills."""
        self._fills = fills

    def set_trades(self, trades: Sequence[BacktestTrade]) -> None:
        """Mark these trades of a backtest."""
        trades = sorted(trades, key=lambda trade: trade.entry_time)
        signs = [1 if trade.side in {"buy", "long"} else -1 for trade in trades]
        pairs = list(zip(trades, signs, strict=True))
        self._entries = _marks([(t.entry_time, t.entry_price, s) for t, s in pairs])
        self._exits = _marks([(t.exit_time, t.exit_price, -s) for t, s in pairs])
        self._won = np.array([trade.pnl >= 0 for trade in trades], dtype=bool)

    def draw(self, painter: QPainter, _exposed: QRectF) -> None:
        """Paint the marks in sight."""
        if not len(self._fills) and not len(self._entries):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_trades(painter)
        self._draw_marks(painter, self._fills, is_filled=True)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

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
        projection, look = self.panel.projection, self.panel.look
        numbers = self._numbers(marks.time)
        seen = np.flatnonzero((numbers >= projection.left) & (numbers <= projection.right))
        if seen.size > _MOST_SHOWN:
            return
        x, y = projection.xs(numbers[seen]), projection.ys(marks.price[seen])
        for side, shape in ((1, _UP), (-1, _DOWN)):
            _prepare(painter, look.side(side), look.background, is_filled=is_filled)
            for place in np.flatnonzero(marks.side[seen] == side):
                painter.drawPolygon(shape.translated(float(x[place]), float(y[place])))

    def _numbers(self, moments: Times) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return self._source.series.holding(moments).astype(np.float64)


def _marks(points: list[tuple[int, float, int]]) -> Marks:
    """Return the points as columns in the order given: an exit stays beside its entry."""
    return Marks(
        time=np.array([point[0] for point in points], dtype=np.int64),
        price=np.array([point[1] for point in points], dtype=np.float64),
        side=np.array([point[2] for point in points], dtype=np.float64),
    )


def _prepare(painter: QPainter, color: QColor, ground: QColor, *, is_filled: bool) -> None:
    if is_filled:
        # A rim in the colour of the ground keeps the mark apart from a bar of its colour.
        painter.setPen(QPen(ground, 1.2))
        painter.setBrush(color)
    else:
        painter.setPen(QPen(color, 1.5))
        painter.setBrush(ground)
