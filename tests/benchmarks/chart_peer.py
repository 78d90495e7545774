"""Time the frames of finplot's or VeighNa's chart; runs in the peer's own environment.

usage: chart_peer.py finplot|vnpy BARS.npz. Prints milliseconds of processor time a
frame, median and p95, by name of the scene. A scene stops after a few seconds.
"""

import json
import math
import os
import statistics
import sys
import time
import warnings

warnings.filterwarnings("ignore")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")

import numpy as np  # noqa: E402  the environment comes first
import pyqtgraph as pg  # noqa: E402  the environment comes first
from PySide6.QtCore import QEvent, QObject  # noqa: E402  the environment comes first

WIDTH, HEIGHT, FRAMES, MOST_S = 1000, 600, 60, 6.0


class Paints(QObject):
    """Count the paints of a widget."""

    count = 0

    def eventFilter(self, _watched, event):
        self.count += event.type() == QEvent.Type.Paint
        return False


def finplot_chart(bars):
    import finplot
    import pandas as pd

    columns = {name: bars[name] for name in ("open", "close", "high", "low")}
    table = pd.DataFrame(columns, index=pd.to_datetime(bars["time"], unit="ms"))
    finplot.autoviewrestore(False)
    axis = finplot.create_plot("peer", init_zoom_periods=300, maximize=False)
    window = finplot.windows[0]
    window.resize(WIDTH, HEIGHT)
    item = finplot.candlestick_ochl(table, ax=axis)
    finplot.show(qt_exec=False)
    last = len(table) - 1

    def tick(price):
        table.iat[last, 1] = price
        table.iat[last, 2] = max(table.iat[last, 2], price)
        table.iat[last, 3] = min(table.iat[last, 3], price)
        item.update_data(table)

    return window, lambda left, right: axis.vb.update_y_zoom(max(0, left), min(right, last)), tick


def vnpy_chart(bars):
    from datetime import datetime, timedelta

    from vnpy.chart import CandleItem, ChartWidget
    from vnpy.trader.constant import Exchange, Interval
    from vnpy.trader.object import BarData

    rows = zip(
        *(bars[name].tolist() for name in ("open", "high", "low", "close", "volume")), strict=True
    )
    start, minute = datetime(2020, 1, 1), timedelta(minutes=1)
    history = [
        BarData(
            symbol="B", exchange=Exchange.SSE, datetime=start + number * minute,
            interval=Interval.MINUTE, open_price=o, high_price=h, low_price=low, close_price=c,
            volume=v, gateway_name="B",
        )
        for number, (o, h, low, c, v) in enumerate(rows)
    ]  # fmt: skip
    widget = ChartWidget()
    widget.resize(WIDTH, HEIGHT)
    widget.add_plot("candle")
    widget.add_item(CandleItem, "candle", "candle")
    widget.update_history(history)

    def look(left, right):
        # Its own way to move: the newest bar number and the count of bars in sight.
        widget._right_ix, widget._bar_count = int(right), int(right - left)
        widget._update_x_range()

    def tick(price):
        bar = history[-1]
        bar.close_price = price
        bar.high_price, bar.low_price = max(bar.high_price, price), min(bar.low_price, price)
        widget.update_bar(bar)

    return widget, look, tick


def main(peer, file):
    app = pg.mkQApp()
    bars = dict(np.load(file))
    count, last = len(bars["close"]), float(bars["close"][-1])
    start = time.thread_time()
    window, look, tick = {"finplot": finplot_chart, "vnpy": vnpy_chart}[peer](bars)
    window.show()
    paints, viewport = Paints(), window.viewport()
    viewport.installEventFilter(paints)

    def settle():
        before = paints.count
        app.processEvents()
        if paints.count == before:
            viewport.repaint()

    look(max(0, count - 300), count)
    settle()
    times = {"first paint": [(time.thread_time() - start) * 1e3]}
    middle, ratio = count / 2, math.log(100 / (count * 0.98))

    def zoom(turn):
        half = count * 0.98 * math.exp(ratio * turn / FRAMES) / 2
        look(middle - half, middle + half)

    def run(name, step):
        found, until = [], time.monotonic() + MOST_S
        for turn in range(FRAMES):
            begun = time.thread_time()
            step(turn)
            settle()
            found.append((time.thread_time() - begun) * 1e3)
            if time.monotonic() > until and len(found) > 2:
                break
        times[name] = found

    run("pan 500 bars", lambda turn: look(middle - 250 + 3 * turn, middle + 250 + 3 * turn))
    run("pan 90 %", lambda turn: look(turn * count * 0.001, (0.9 + turn * 0.001) * count))
    run("zoom", zoom)
    look(count - 300, count)
    run("tick", lambda turn: tick(last + turn % 7 / 10))
    print(json.dumps({name: statistics.median(found) for name, found in times.items()}))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
