"""Measure the chart beside finplot, VeighNa and the least that painting candles can cost.

Frames are counted in processor time of the painting thread, which waits for nobody:
what else runs on the machine changes figures little, and peers and limit are counted
in the same way. Ticks and the crosshair go through the window's loop until they are
painted, as they do in the desk; from due to painted is counted by the clock.
"""

from __future__ import annotations

import gc
import math
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QObject
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QGridLayout, QWidget

from fks_desk.core.clock import from_ms
from fks_desk.core.frame import Frame
from fks_desk.core.messages import CandleMoved
from fks_desk.core.model import InstrumentId, Timeframe
from fks_desk.ui.chart.view import ChartView
from fks_desk.ui.chart.window import Window
from fks_desk.ui.models.chart import ChartModel
from fks_desk.ui.models.chart_marks import ChartMarks
from fks_desk.ui.models.market import MarketModel
from fks_desk.ui.models.staging import Staging
from fks_desk.ui.theme.colors import DARK
from fks_desk.ui.theme.current import apply
from tests.benchmarks.chart_limit import HEIGHT, WIDTH, BarePainter
from tests.benchmarks.measure import Measure, less_is_better, more_is_better, not_run
from tests.benchmarks.peers import asked
from tests.fakes.charts import (
    AtOnce,
    MadeCandles,
    MadeInstruments,
    MadeTrading,
    made_candle,
    made_frame,
    made_instrument,
)

MILLION, HUNDRED_THOUSAND, TEN_THOUSAND = 1_000_000, 100_000, 10_000
FRAMES = 200
BTC = made_instrument()
OVERLAYS, PANES = ("SMA", "EMA", "BBANDS"), ("RSI", "MACD")
MOVES = ("pan 500 bars", "pan 90 %", "zoom")
FINPLOT = ("PySide6==6.11.3", "pyqtgraph==0.14.0", "finplot==1.9.7", "pandas==3.1.1")
VNPY = ("vnpy==4.5.0",)
DELIVERIES_A_SECOND, WATCHED_S = 60, 5
DAY_BARS, TICKS_A_BAR = 480, 60  # eight hours of one-minute bars, a tick a second


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Hold the middle and the slow end of many frames, in milliseconds."""

    median: float
    p95: float


def measures() -> Iterator[Measure]:
    """Yield milliseconds a frame, with what they are held against in the same run."""
    app = QApplication.instance() or QApplication([])
    apply(app, DARK)
    large, middle, small = map(made_frame, (MILLION, HUNDRED_THOUSAND, TEN_THOUSAND))
    full = _times(large, [*OVERLAYS, *PANES])
    yield from _full_chart(full)
    bare, limit = _times(large, []), _limit_times(large)
    for name in (*MOVES, "tick"):
        yield _beside(f"1m_bars_alone_{name}", bare[name], "bare painter", limit[name].median, 0.1)
    few = _times(small, [*OVERLAYS, *PANES])
    for name in ("pan 500 bars", "tick"):
        yield _beside(f"1m_bars_full_{name}", full[name], "10k bars", few[name].median, 1 / 1.3)
    yield from _peer("finplot", FINPLOT, large, bare, 8)
    yield from _peer("vnpy", VNPY, middle, _times(middle, []), 100)
    yield from _nine_charts(middle)
    yield from _eight_hours()


def _full_chart(times: dict[str, Spread]) -> Iterator[Measure]:
    """Tell of a million bars with volume, three overlays and two panes."""
    what = "1m_bars_full"
    yield _goal(f"{what}_first_paint", times["first paint"].median, "ms", 100)
    for name in MOVES:
        yield _goal(f"{what}_{name}_median", times[name].median, "ms", 4)
        yield _goal(f"{what}_{name}_p95", times[name].p95, "ms", 8)
    for name in ("tick", "crosshair"):
        yield _goal(f"{what}_{name}_median", times[name].median, "ms", 1)


def _peer(
    name: str, packages: tuple[str, ...], frame: Frame, ours: dict[str, Spread], goal: float
) -> Iterator[Measure]:
    script = Path(__file__).with_name("chart_peer.py")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bars.npz"
        np.savez(file, **{column: getattr(frame, column) for column in frame.__slots__})
        theirs = asked(name, packages, script, name, str(file))
    what = "1m_bars_alone" if len(frame) == MILLION else "100k_bars_alone"
    for scene in (*MOVES, "tick"):
        if "missing" in theirs:
            yield not_run(_named(what, scene), "ms", theirs["missing"], goal, ours[scene].median)
            continue
        yield _beside(f"{what}_{scene}", ours[scene], name, theirs[scene], goal)


def _nine_charts(frame: Frame) -> Iterator[Measure]:
    """Deliver sixty times a second to nine charts, each of which ticks twenty times."""
    window = QWidget()
    grid = QGridLayout(window)
    charts = [_chart(_Whole({(BTC.id, Timeframe.M5): frame})) for _ in range(9)]
    for place, (view, model) in enumerate(charts):
        model.show(BTC.id, Timeframe.M5)
        grid.addWidget(view, place // 3, place % 3)
    window.resize(1600, 1000)
    window.show()
    QTest.qWaitForWindowExposed(window)
    ticks = _ticks(charts[0][1])
    paints = [_Paints(view) for view, _ in charts]
    late, worked = [], []
    start, turn = time.perf_counter(), -1
    while turn < DELIVERIES_A_SECOND * WATCHED_S - 1:
        # Behind time the newest ticks go out and those they replace do not, as by the bridge.
        passed = int((time.perf_counter() - start) * DELIVERIES_A_SECOND)
        turn = max(turn + 1, passed)
        due = start + turn / DELIVERIES_A_SECOND
        time.sleep(max(0.0, due - time.perf_counter()))
        begun = time.thread_time()
        ticking = [(turn * 3 + place) % 9 for place in range(3)]
        before = [paints[number].count for number in ticking]
        for number in ticking:
            charts[number][1].on_candle_moved(ticks[turn % len(ticks)])
        while any(paints[n].count == was for n, was in zip(ticking, before, strict=True)):
            QApplication.processEvents()
        worked.append((time.thread_time() - begun) * 1e3)
        late.append((time.perf_counter() - due) * 1e3)
    held = len(late) / (time.perf_counter() - start)
    window.close()
    what = "9_charts_of_100k_bars"
    name = f"chart.{what}_deliveries"
    yield more_is_better(name, held, "1/s", "due", DELIVERIES_A_SECOND, 0.99)
    yield _goal(f"{what}_work_a_delivery_p99", float(np.percentile(worked, 99)), "ms", 25)
    yield _goal(f"{what}_due_to_painted_p99", float(np.percentile(late, 99)), "ms", 25)


def _eight_hours() -> Iterator[Measure]:
    """Let a chart with studies live through eight hours of ticks, each of them painted."""
    view, model = _chart(_Whole({(BTC.id, Timeframe.M1): made_frame(5_000)}))
    model.show(BTC.id, Timeframe.M1)
    for name in (*OVERLAYS, *PANES):
        model.add_study(name)
    opened_ms = int(model.series.time[-1])
    before = (0, 0)
    for bar in range(DAY_BARS):
        opened = from_ms(opened_ms + bar * 60_000)
        for tick in range(TICKS_A_BAR):
            price = 67_000 + 50 * math.sin(bar / 40) + 10 * math.sin(bar + tick / 7)
            prices = (f"{price - 1:.2f}", f"{price + 9:.2f}", f"{price - 9:.2f}", f"{price:.2f}")
            candle = made_candle(BTC.id, Timeframe.M1, opened, prices)
            model.on_candle_moved(CandleMoved(candle=candle))
            view.repaint()
        if bar == DAY_BARS // 8:
            before = _footprint()
    memory, objects = (after - was for after, was in zip(_footprint(), before, strict=True))
    yield _goal("8_hours_of_ticks_memory_growth", memory / 1e6, "MB", 5)
    yield _goal("8_hours_of_ticks_objects_more", objects, "objects", 500)
    view.close()


def _footprint() -> tuple[int, int]:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE"), len(gc.get_objects())


def _goal(name: str, value: float, unit: str, most: float) -> Measure:
    return less_is_better(_named(name), value, unit, "allowed", most)


def _beside(name: str, ours: Spread, against: str, other: float, goal: float) -> Measure:
    return less_is_better(_named(name), ours.median, "ms", against, other, goal)


def _named(*words: str) -> str:
    """Return the name of a measure: a scene is named for people."""
    return "chart." + "_".join(words).replace("%", "percent").replace(" ", "_")


def _times(frame: Frame, studies: list[str]) -> dict[str, Spread]:
    view, model = _chart(_Whole({(BTC.id, Timeframe.M5): frame}))
    for name in studies:
        model.add_study(name)
    start = time.thread_time()
    model.show(BTC.id, Timeframe.M5)
    view.repaint()
    first_paint = (time.thread_time() - start) * 1e3
    for pyramid in view.stack.pyramids():
        pyramid.build()
    first, stop = model.series.first, model.series.stop

    def show(left: float, right: float) -> None:
        view.set_window(Window(left=left, right=right))
        view.repaint()

    times = {"first paint": Spread(median=first_paint, p95=first_paint)}
    times |= _moves(show, first, stop)
    show(stop - 300, stop)
    ticks = _ticks(model)

    paints = _Paints(view)

    def tick(turn: int) -> None:
        model.on_candle_moved(ticks[turn % len(ticks)])
        paints.settle()

    def point(turn: int) -> None:
        view.put_crosshair(stop - 200 + turn % 190, view.stack.price, 100.0 + turn)
        paints.settle()

    times["tick"] = _spread(tick)
    times["crosshair"] = _spread(point)
    view.close()
    return times


class _Paints(QObject):
    """Count the paints of a chart, and wait for the next one."""

    def __init__(self, view: ChartView) -> None:
        super().__init__(view)
        self.count = 0
        view.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False

    def settle(self) -> None:
        """Let the loop run until the chart is painted."""
        before = self.count
        while self.count == before:
            QApplication.processEvents()


def _chart(candles: MadeCandles) -> tuple[ChartView, ChartModel]:
    market = MarketModel(store=MadeInstruments([BTC]), nursery=AtOnce())
    market.load()
    model = ChartModel(candles=candles, market=market, send=lambda _command: None, nursery=AtOnce())
    marks = ChartMarks(trading=MadeTrading(), nursery=AtOnce())
    view = ChartView(model=model, marks=marks, staging=Staging())
    view.resize(WIDTH, HEIGHT)
    view.show()
    QTest.qWaitForWindowExposed(view)
    view.repaint()
    return view, model


class _Whole(MadeCandles):
    """Give every candle at the first question: arrays in memory."""

    async def latest(
        self,
        instrument: InstrumentId,
        timeframe: Timeframe,
        count: int,
        before: datetime | None = None,
    ) -> Frame:
        return await super().latest(instrument, timeframe, MILLION, before)


def _ticks(model: ChartModel) -> list[CandleMoved]:
    opened = from_ms(int(model.series.time[-1]))
    bar = model.series.bar(model.series.stop - 1)
    assert bar is not None
    edges = (f"{bar[0]:.2f}", f"{bar[1] + 2:.2f}", f"{bar[2] - 2:.2f}")
    # No price comes twice, so that no text or value is known from before.
    prices = [f"{bar[3] + (-1) ** turn * turn / 100:.2f}" for turn in range(FRAMES)]
    return [
        CandleMoved(candle=made_candle(BTC.id, Timeframe.M5, opened, (*edges, price)))
        for price in prices
    ]


def _limit_times(frame: Frame) -> dict[str, Spread]:
    bare = BarePainter()
    bare.resize(WIDTH, HEIGHT)
    bare.show()
    QTest.qWaitForWindowExposed(bare)
    bare.load(frame)
    bare.look(len(frame) - 125, len(frame))
    times = _moves(bare.look, 0, len(frame))
    bare.look(len(frame) - 300, len(frame))
    last = frame.close[-1]
    times["tick"] = _spread(lambda turn: bare.tick(last + turn % 7 / 10))
    bare.close()
    return times


def _moves(show: Callable[[float, float], None], first: int, stop: int) -> dict[str, Spread]:
    middle, count = (first + stop) / 2, stop - first
    ratio = math.log(100 / (count * 0.98))

    def zoom(turn: int) -> None:
        half = count * 0.98 * math.exp(ratio * turn / FRAMES) / 2
        show(middle - half, middle + half)

    return {
        "pan 500 bars": _spread(
            lambda turn: show(middle - 250 + 3 * turn, middle + 250 + 3 * turn)
        ),
        "pan 90 %": _spread(
            lambda turn: show(first + turn * count * 0.0005, first + (0.9 + turn * 0.0005) * count)
        ),
        "zoom": _spread(zoom),
    }


def _spread(frame: Callable[[int], None]) -> Spread:
    times = []
    for turn in range(FRAMES):
        start = time.thread_time()
        frame(turn)
        times.append((time.thread_time() - start) * 1e3)
    return Spread(median=statistics.median(times), p95=statistics.quantiles(times, n=20)[-1])
