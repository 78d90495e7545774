"""Measure the chart against the least that painting candles with a bare QPainter can cost."""

from __future__ import annotations

import math
import os
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from fks_desk.core.clock import from_ms
from fks_desk.core.frame import Frame
from fks_desk.core.messages import CandleMoved
from fks_desk.core.model import Timeframe
from fks_desk.ui.chart.view import ChartView
from fks_desk.ui.chart.window import Window
from fks_desk.ui.models.chart import ChartModel
from fks_desk.ui.models.chart_marks import ChartMarks
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.models.staging import Staging
from fks_desk.ui.theme.colors import DARK
from fks_desk.ui.theme.current import apply
from tests.fakes.charts import (
    AtOnce,
    MadeCandles,
    MadeInstruments,
    MadeTrading,
    made_candle,
    made_frame,
    made_instrument,
)

WIDTH, HEIGHT = 1000, 600
MILLION, TEN_THOUSAND = 1_000_000, 10_000
FRAMES = 100
BTC = made_instrument()


def measures() -> Iterator[dict[str, Any]]:
    """Yield milliseconds a frame, beside the bare limit's of the same run."""
    app = QApplication.instance() or QApplication([])
    apply(app, DARK)
    large, small = made_frame(MILLION), made_frame(TEN_THOUSAND)
    ours, limit = _chart_times(large), _limit_times(large)
    few = _chart_times(small)
    goals = {"first paint": 3.0, "pan 500 bars": 4.0, "pan 90 %": 4.0, "zoom": 4.0, "tick": 4.0}
    for name, goal in goals.items():
        yield _measure(f"chart, 1M bars: {name}", ours[name], "bare painter", limit[name], goal)
    for name in ("pan 500 bars", "zoom", "tick"):
        yield _measure(f"chart: {name}, 1M", ours[name], "10k bars", few[name], 1.5)
    for name in ("with 3 studies: pan 500 bars", "with 3 studies: tick", "crosshair"):
        yield _measure(f"chart, 1M bars: {name}", ours[name], "a frame at 60 Hz", 1000 / 60, 0.5)


def _measure(name: str, value: float, against: str, limit: float, goal: float) -> dict[str, Any]:
    return {
        "measure": name,
        "value": round(value, 3),
        "unit": "ms",
        "against": f"{against}: {limit:.3f} ms",
        "ratio": round(value / limit, 2),
        "goal": f"ratio <= {goal:g}",
    }


def _chart_times(frame: Frame) -> dict[str, float]:
    view, model = _chart(frame)
    start = time.perf_counter()
    model.show(BTC.id, Timeframe.M5)
    view.repaint()
    times = {"first paint": (time.perf_counter() - start) * 1e3}
    first, stop = model.series.first, model.series.stop

    def show(left: float, right: float) -> None:
        view.set_window(Window(left=left, right=right))
        view.repaint()

    times |= _moves(show, first, stop)
    show(stop - 300, stop)
    ticks = _ticks(model)

    def tick(turn: int) -> None:
        model.on_candle_moved(ticks[turn % len(ticks)])
        view.repaint()

    def point(turn: int) -> None:
        view.put_crosshair(stop - 200 + turn, view.stack.price, 100.0 + turn)
        view.repaint()

    times["tick"] = _quartile(tick)
    times["crosshair"] = _quartile(point)
    for name in ("SMA", "BBANDS", "RSI"):
        model.add_study(name)
    times["with 3 studies: tick"] = _quartile(tick)
    moves = _moves(show, first, stop)
    times["with 3 studies: pan 500 bars"] = moves["pan 500 bars"]
    view.close()
    return times


def _chart(frame: Frame) -> tuple[ChartView, ChartModel]:
    market = MarketModel(store=MadeInstruments([BTC]), nursery=AtOnce())
    market.load()
    model = ChartModel(
        candles=MadeCandles({(BTC.id, Timeframe.M5): frame}),
        market=market,
        send=lambda _command: None,
        nursery=AtOnce(),
    )
    marks = ChartMarks(trading=MadeTrading(), nursery=AtOnce())
    view = ChartView(model=model, marks=marks, staging=Staging())
    view.resize(WIDTH, HEIGHT)
    view.show()
    QTest.qWaitForWindowExposed(view)
    view.repaint()
    return view, model


def _ticks(model: ChartModel) -> list[CandleMoved]:
    opened = from_ms(int(model.series.time[-1]))
    bar = model.series.bar(model.series.stop - 1)
    low, high, last = bar[2] - 5, bar[1] + 5, bar[3]
    prices = [f"{last + turn % 7 / 10:.2f}" for turn in range(50)]
    edges = (f"{bar[0]:.2f}", f"{high:.2f}", f"{low:.2f}")
    return [
        CandleMoved(candle=made_candle(BTC.id, Timeframe.M5, opened, (*edges, price)))
        for price in prices
    ]


def _limit_times(frame: Frame) -> dict[str, float]:
    bare = BarePainter()
    bare.resize(WIDTH, HEIGHT)
    bare.show()
    QTest.qWaitForWindowExposed(bare)
    bare.repaint()
    start = time.perf_counter()
    bare.load(frame)
    bare.look(len(frame) - 125, len(frame))
    times = {"first paint": (time.perf_counter() - start) * 1e3}
    times |= _moves(bare.look, 0, len(frame))
    bare.look(len(frame) - 300, len(frame))
    last = frame.close[-1]
    times["tick"] = _quartile(lambda turn: bare.tick(last + turn % 7 / 10))
    bare.close()
    return times


def _moves(show: Callable[[float, float], None], first: int, stop: int) -> dict[str, float]:
    middle, count = (first + stop) / 2, stop - first
    ratio = math.log(100 / (count * 0.98))

    def zoom(turn: int) -> None:
        half = count * 0.98 * math.exp(ratio * turn / FRAMES) / 2
        show(middle - half, middle + half)

    return {
        "pan 500 bars": _quartile(
            lambda turn: show(middle - 250 + 3 * turn, middle + 250 + 3 * turn)
        ),
        "pan 90 %": _quartile(
            lambda turn: show(first + turn * count * 0.001, first + (0.9 + turn * 0.001) * count)
        ),
        "zoom": _quartile(zoom),
    }


def _quartile(frame: Callable[[int], None]) -> float:
    """Return the time that a quarter of the frames stay below.

    Whatever else runs on the machine only ever adds to a frame.
    """
    times = []
    for turn in range(FRAMES):
        start = time.perf_counter()
        frame(turn)
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.quantiles(times, n=4)[0]


class BarePainter(QWidget):
    """Paint candles, eight lines and their labels, and know nothing else: the limit."""

    def __init__(self) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._levels: list[Any] = []
        self._range = (0.0, 1.0, 0.0, 1.0)
        self._rects = PrimitiveArray(QRectF, 4)

    def load(self, frame: Frame) -> None:
        """Sum up neighbours again and again: open, high, low, close."""
        table = np.stack([frame.open, frame.high, frame.low, frame.close])
        self._levels = [table]
        while table.shape[1] > 1024:
            left, right = table[:, 0 : table.shape[1] // 2 * 2 : 2], table[:, 1::2]
            high, low = np.maximum(left[1], right[1]), np.minimum(left[2], right[2])
            table = np.stack([left[0], high, low, right[3]])
            self._levels.append(table)

    def look(self, left: float, right: float) -> None:
        """Paint these bars, fitted."""
        table, _, start, stop = self._seen(left, right)
        low, high = table[2, start:stop].min(), table[1, start:stop].max()
        self._range = (left, right, low, high)
        self.repaint()

    def tick(self, price: float) -> None:
        """Change the newest close and paint."""
        for table in self._levels:
            table[3, -1] = price
        self.repaint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.fillRect(event.rect(), QColor(DARK.panel))
            if self._levels:
                self._paint(painter, self.width() - 70, self.height() - 24)
        finally:
            painter.end()

    def _paint(self, painter: QPainter, width: int, height: int) -> None:
        left, right, low, high = self._range
        self._paint_lines(painter, width, height)
        table, bars, start, stop = self._seen(left, right)
        opened, top, bottom, close = height - (table[:, start:stop] - low) * (height / (high - low))
        x = np.floor((np.arange(start, stop) * bars - left) * width / (right - left))
        body = max(1, int(bars * width / (right - left) * 0.7))
        for mask, color in ((close <= opened, DARK.up), (close > opened, DARK.down)):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(color))
            self._fill(painter, x[mask], top[mask], 1, bottom[mask])
            if body > 1:
                upper, lower = np.minimum(opened, close), np.maximum(opened, close)
                self._fill(painter, x[mask] - body // 2, upper[mask], body, lower[mask])

    def _paint_lines(self, painter: QPainter, width: int, height: int) -> None:
        _, _, low, high = self._range
        for part in range(1, 8):
            y, x = height * part / 8, width * part / 8
            painter.setPen(QColor(DARK.grid))
            painter.drawLine(QLineF(0, y, width, y))
            painter.drawLine(QLineF(x, 0, x, height))
            painter.setPen(QColor(DARK.axis))
            painter.drawText(QPointF(width + 5, y), f"{high - (high - low) * part / 8:,.2f}")
            painter.drawText(QPointF(x - 15, height + 16), f"{part:02d}:00")

    def _fill(self, painter: QPainter, x: Any, top: Any, wide: int, bottom: Any) -> None:
        self._rects.resize(x.size)
        rows = self._rects.ndarray()
        rows[:, 0], rows[:, 1], rows[:, 2] = x, top, wide
        rows[:, 3] = np.maximum(1.0, bottom - top)
        painter.drawRects(*self._rects.drawargs())

    def _seen(self, left: float, right: float) -> tuple[Any, int, int, int]:
        level = 0
        while (right - left) / (1 << level) > WIDTH - 70 and level < len(self._levels) - 1:
            level += 1
        table = self._levels[level]
        stop = min((int(right) >> level) + 1, table.shape[1])
        return table, 1 << level, max(0, int(left) >> level), stop
