"""Store closed candles of many pairs as they come while a chart shows a pair that moves.

The engine's thread and the window's are one process, as in the desk: bus, recorder and
database on one side, the bridge and a chart with studies on the other. Every candle passes
both, and the shown pair moves a hundred times a second and gets a new bar each second.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from fks_desk.adapters.storage.database import Database
from fks_desk.adapters.storage.stores import open_stores
from fks_desk.app.collector import Collector
from fks_desk.core.bus import Bus
from fks_desk.core.clock import SystemClock, from_ms
from fks_desk.core.messages import CandleClosed, CandleMoved
from fks_desk.core.model import Candle, Timeframe
from fks_desk.market.recorder import Recorder
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.chart.view import ChartView
from fks_desk.ui.models.chart import ChartModel
from fks_desk.ui.models.chart_marks import ChartMarks
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.models.staging import Staging
from fks_desk.ui.theme.colors import DARK
from fks_desk.ui.theme.current import apply
from tests.fakes.charts import (
    START,
    AtOnce,
    MadeCandles,
    MadeInstruments,
    MadeTrading,
    made_candle,
    made_frame,
    made_instrument,
)

PAIRS = [made_instrument(f"C{number}/USDT").id for number in range(50)]
TURN_S, WARM_S = 0.01, 2.0
SWITCH_S = 0.001  # how long one thread may keep the other waiting, as the desk sets it
SHOWN = made_instrument()
SERIES = made_frame(5_000, timeframe=Timeframe.M1)
STUDIES = ("SMA", "EMA", "BBANDS", "RSI", "MACD")


@dataclass
class Lived:
    """Hold rows stored a second, and the milliseconds between the window's paints."""

    rate: float = 0.0
    offered: int = 0
    stored: int = 0
    gaps_ms: list[float] = field(default_factory=list)

    @property
    def frames_per_s(self) -> float:
        return 1000 * len(self.gaps_ms) / sum(self.gaps_ms)

    def gap(self, percent: float) -> float:
        return float(np.percentile(self.gaps_ms, percent))


class _Paints(QObject):
    """Note when the chart is painted."""

    def __init__(self, view: ChartView) -> None:
        super().__init__(view)
        self.moments: list[float] = []
        view.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.moments.append(time.perf_counter())
        return False


def live(url: str, *, rate: int, seconds: float) -> Lived:
    """Offer so many closed candles a second for so long and return what became of them."""
    app = QApplication.instance() or QApplication([])
    apply(app, DARK)
    bridge, lived = Bridge(), Lived()
    view, model = _chart()
    bridge.subscribe(CandleMoved, model.on_candle_moved)
    bridge.subscribe(CandleClosed, model.on_candle_closed)
    paints, failed = _Paints(view), []

    def work() -> None:
        try:
            asyncio.run(_engine(url, bridge, lived, rate=rate, seconds=seconds))
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=work)
    watch = QTimer()
    watch.timeout.connect(lambda: None if thread.is_alive() else app.quit())
    watch.start(50)
    with _as_in_the_desk(view):
        began = time.perf_counter()
        thread.start()
        app.exec()
    thread.join()
    bridge.close()
    view.close()
    if failed:
        raise failed[0]
    # Without the first seconds, in which connections are made, and the last, of storing alone.
    kept = [one for one in paints.moments if began + WARM_S < one < began + seconds]
    lived.gaps_ms = (np.diff(kept) * 1000).tolist()
    return lived


@contextmanager
def _as_in_the_desk(window: QObject) -> Iterator[None]:
    """Let the threads take turns, and garbage be collected, as the desk does it."""
    before, collector = sys.getswitchinterval(), Collector(window)
    sys.setswitchinterval(SWITCH_S)
    collector.start()
    try:
        yield
    finally:
        collector.stop()
        sys.setswitchinterval(before)


def _chart() -> tuple[ChartView, ChartModel]:
    market = MarketModel(store=MadeInstruments([SHOWN]), nursery=AtOnce())
    market.load()
    candles = MadeCandles({(SHOWN.id, Timeframe.M1): SERIES})
    model = ChartModel(candles=candles, market=market, send=lambda _command: None, nursery=AtOnce())
    marks = ChartMarks(trading=MadeTrading(), nursery=AtOnce())
    view = ChartView(model=model, marks=marks, staging=Staging())
    view.resize(1000, 600)
    view.show()
    model.show(SHOWN.id, Timeframe.M1)
    for name in STUDIES:
        model.add_study(name)
    return view, model


async def _engine(url: str, bridge: Bridge, lived: Lived, *, rate: int, seconds: float) -> None:
    database = Database(url)
    stores = await open_stores(database=database, clock=SystemClock())
    bus = Bus()
    recorder = Recorder(candles=stores.candle_writer, publish=bus.publish)
    bus.subscribe(CandleClosed, recorder.on_candle_closed)
    bus.subscribe_all(bridge.post)
    recorder.start()
    before = (await database.rows("SELECT count(*) AS count FROM ohlcv_data"))[0]["count"]
    began = time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        due = int(passed * rate)
        for number in range(lived.offered, due):
            bus.publish(CandleClosed(candle=_closed(number)))
        lived.offered = due
        bus.publish(CandleMoved(candle=_moved(passed)))
        await asyncio.sleep(TURN_S)
    while recorder.waiting:
        await asyncio.sleep(TURN_S)
    after = (await database.rows("SELECT count(*) AS count FROM ohlcv_data"))[0]["count"]
    lived.stored = after - before
    lived.rate = lived.stored / (time.perf_counter() - began)
    await recorder.close()
    await database.close()


def _closed(number: int) -> Candle:
    bar, pair = divmod(number, len(PAIRS))
    opened = START + bar * Timeframe.M1.delta
    prices = (f"{60_000 + bar % 90}", f"{60_100 + pair}", "59900", f"{60_000 + number % 97}.5")
    return made_candle(
        PAIRS[pair], Timeframe.M1, opened, prices, volume=f"{number % 1000}.25", is_closed=True
    )


def _moved(passed: float) -> Candle:
    """Return a state of the shown pair's newest bar; a bar takes a second."""
    opened = from_ms(int(SERIES.time[-1])) + int(1 + passed) * Timeframe.M1.delta
    close = float(SERIES.close[-1])
    prices = (f"{close:.2f}", f"{close + 9:.2f}", f"{close - 9:.2f}", f"{close + passed % 1:.2f}")
    return made_candle(SHOWN.id, Timeframe.M1, opened, prices)
