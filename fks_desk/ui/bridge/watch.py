"""Measure how long the window stood still."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, QTimer

from fks_desk.core.clock import Clock

TICK_MS = 10
LONGEST_MS = 10_000  # a longer gap is counted as this


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameGauge:
    """Hold the gaps between the turns of the window's loop, in milliseconds."""

    ticks: int
    longest_ms: float
    p50_ms: int
    p99_ms: int
    over_50_ms: int
    over_100_ms: int
    histogram: Mapping[int, int]


class FrameWatch(QObject):
    """Tick every ten milliseconds and note how late each tick came."""

    def __init__(self, *, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._gaps: Counter[int] = Counter()
        self._longest_ms = 0.0
        self._last = clock.monotonic()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        """Begin to measure."""
        self.reset()
        self._timer.start()

    def stop(self) -> None:
        """End measuring; what was measured stays."""
        self._timer.stop()

    def reset(self) -> None:
        """Forget what was measured."""
        self._gaps.clear()
        self._longest_ms = 0.0
        self._last = self._clock.monotonic()

    def gauge(self) -> FrameGauge:
        """Return what was measured since the start or the last reset."""
        return FrameGauge(
            ticks=self._gaps.total(),
            longest_ms=self._longest_ms,
            p50_ms=_quantile(self._gaps, 0.50),
            p99_ms=_quantile(self._gaps, 0.99),
            over_50_ms=_above(self._gaps, 50),
            over_100_ms=_above(self._gaps, 100),
            histogram=dict(self._gaps),
        )

    def _tick(self) -> None:
        now = self._clock.monotonic()
        gap_ms = (now - self._last) * 1000
        self._last = now
        self._longest_ms = max(self._longest_ms, gap_ms)
        self._gaps[min(int(gap_ms), LONGEST_MS)] += 1


def _above(gaps: Counter[int], limit_ms: int) -> int:
    return sum(count for gap_ms, count in gaps.items() if gap_ms >= limit_ms)


def _quantile(gaps: Counter[int], share: float) -> int:
    """Return the gap, in whole milliseconds, that the share of all gaps does not exceed."""
    wanted = gaps.total() * share
    seen = 0
    for gap_ms in sorted(gaps):
        seen += gaps[gap_ms]
        if seen >= wanted:
            return gap_ms
    return 0
