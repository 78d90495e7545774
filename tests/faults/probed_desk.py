"""Be the real desk with its window, and measure it from inside for some seconds.

Writes a report into the data folder: what arrived at the bridge, how long the
window's loop stood still in each second, the memory, and when what was first seen.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
import traceback
from collections import Counter
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from PySide6.QtCore import QEvent, QObject, QTimer

from fks_desk.app import desktop as desktop_module
from fks_desk.app.desktop import Desktop, DesktopOptions, run_desktop
from fks_desk.app.folders import Folders
from fks_desk.app.settings import DemoSettings, load_settings
from fks_desk.app.world import demo_world
from fks_desk.core.messages import CandleMoved, EngineReady, Event, MarketTraded
from fks_desk.venue.market.tape import IDS_PER_BAR
from tests.fakes.soak import soak
from tests.faults.stillness import Stillness
from tests.faults.window_process import REPORT

if TYPE_CHECKING:
    # The engine is imported behind the window's first picture, as in the desk itself.
    from fks_desk.app.engine import Engine

CROWD_REPORT = "crowd.json"
CROWD_ENDS_S = 120.0  # the streams begin, and at the end what was sent is counted


class Arrivals:
    """Count what reaches the bridge; a public print is known by its number."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        # By pair and minute: first number, last number, how many.
        self.minutes: dict[str, list[int]] = {}
        self.prints: Counter[str] = Counter()
        self.lag_s = 0.0

    def take(self, event: Event) -> None:
        self.kinds[type(event).__name__] += 1
        if isinstance(event, MarketTraded):
            name, number = event.trade.instrument, int(event.trade.trade_id)
            self.prints[name] += 1
            minute = self.minutes.setdefault(f"{name} {number // IDS_PER_BAR}", [number, 0, 0])
            minute[1] = number
            minute[2] += 1
            self.lag_s = max(self.lag_s, time.time() - event.trade.ts_event.timestamp())


class FirstPaint(QObject):
    """Note when a widget is painted for the first time."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.moment = self.cpu_s = 0.0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and not self.moment:
            self.moment = time.time()
            self.cpu_s = time.process_time()
        return False


class ProbedDesk(Desktop):
    """Measure while it runs, then close like a person would."""

    seconds = 0.0
    crowd = 0

    def __init__(self, options: DesktopOptions) -> None:
        super().__init__(options)
        self._root = options.folders.root
        self.arrivals = Arrivals()
        self.stillness = Stillness()
        self.memory: list[tuple[float, int]] = []
        self.moments: dict[str, float] = {}
        self._candles = 0
        self._moving_cpu_s = 0.0
        self._paint = FirstPaint(self.window)
        self.window.installEventFilter(self._paint)
        self._post = self.bridge.post
        self.bridge.post = self._counted  # type: ignore[method-assign]
        self.bridge.subscribe(EngineReady, self._on_ready)
        self.bridge.subscribe(CandleMoved, self._on_candle)

    async def run(self) -> int:
        self.stillness.start(self.window)
        memory = QTimer(self.window)
        memory.timeout.connect(self._weigh)
        memory.start(1000)
        code = await super().run()
        self.moments["ended"] = time.time()
        (self._root / REPORT).write_text(json.dumps(self.report()))
        return code

    def report(self) -> dict[str, Any]:
        counts = self.bridge.counts()
        return {
            "moments": self.moments | {"painted": self._paint.moment},
            "kinds": self.arrivals.kinds,
            "prints": self.arrivals.prints,
            "minutes": self.arrivals.minutes,
            "lag_s": self.arrivals.lag_s,
            "bridge": {name: getattr(counts, name) for name in counts.__slots__},
            "stillness": self.stillness.seconds,
            "gaps": self.stillness.gaps,
            "memory": self.memory,
            "cpu_s": {"painted": self._paint.cpu_s, "moving": self._moving_cpu_s},
            "platform": os.environ.get("QT_QPA_PLATFORM", ""),
        }

    def _counted(self, event: Event) -> None:
        self.arrivals.take(event)
        self._post(event)

    def _on_ready(self, _event: EngineReady) -> None:
        if "ready" not in self.moments:
            self.moments["ready"] = time.time()
            wait_s = self.seconds
            if self.crowd:
                watching = asyncio.run_coroutine_threadsafe(self._watch_crowd(), self.engine.loop)
                watching.add_done_callback(self._tell_failure)
                wait_s += CROWD_ENDS_S
            QTimer.singleShot(int(wait_s * 1000), self.window.close)

    def _make_engine(self) -> Engine:
        self.made = super()._make_engine()
        return self.made

    async def _watch_crowd(self) -> None:
        """Let a crowd of further symbols through the real decoder onto this desk's bus."""
        # A collection on this thread would end objects that belong to the window's.
        assert self.made.rooms is not None
        done = await soak(
            self.seconds,
            count=self.crowd,
            bus=self.made.bus,
            collect=lambda: None,
            learn=self.made.rooms.market.instruments.learn,
        )
        told = {
            "sent": done.sent,
            "arrived": done.arrived,
            "lost": done.lost,
            "losses": done.losses,
            "megabytes": done.megabytes,
        }
        (self._root / CROWD_REPORT).write_text(json.dumps(told))

    def _tell_failure(self, watching: Future[None]) -> None:
        """Leave a trace: nobody waits for the crowd, and the report would only be missing."""
        if not watching.cancelled() and (error := watching.exception()) is not None:
            text = "".join(traceback.format_exception(error))
            (self._root / CROWD_REPORT).write_text(json.dumps({"error": text}))

    def _on_candle(self, event: CandleMoved) -> None:
        # The first may be a repaired one; the second says that the market moves.
        self._candles += 1
        if self._candles == 2:
            QTimer.singleShot(0, self._on_moving)

    def _on_moving(self) -> None:
        self.moments["moving"] = time.time()
        self._moving_cpu_s = time.process_time()

    def _weigh(self) -> None:
        self.memory.append((time.time(), psutil.Process().memory_info().rss))


def run_probed(root: Path, *, seconds: float, rate: float | None, crowd: int = 0) -> int:
    """Run the desk on a data folder for some seconds, counted from when it is ready."""
    folders = Folders(root=root)
    folders.make()
    settings = load_settings(folders.settings_file)
    demo = settings.demo
    if rate is not None:
        demo = DemoSettings(messages_per_second=rate)
    ProbedDesk.seconds, ProbedDesk.crowd = seconds, crowd
    desktop_module.Desktop = ProbedDesk  # type: ignore[misc]
    return run_desktop(DesktopOptions(settings=settings, folders=folders, world=demo_world(demo)))
