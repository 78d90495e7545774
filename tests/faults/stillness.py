"""Measure how long a Qt loop stands still; run alone it tells the machine's own noise."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer

TICK_MS = 10
CONTROL_REPORT = "control.json"


class Stillness:
    """Tick every ten milliseconds and keep the longest gap of each second of wall time."""

    def __init__(self) -> None:
        self.seconds: dict[int, float] = {}
        self.gaps: Counter[int] = Counter()
        self._last = 0.0

    def start(self, parent: QObject | None = None) -> None:
        self._timer = QTimer(parent)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._last = time.perf_counter()
        self._timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        gap = (now - self._last) * 1000
        self._last = now
        self.gaps[int(gap)] += 1
        # A gap belongs to the second in which it ended and to the one in which it began.
        ended = time.time()
        for second in {int(ended), int(ended - gap / 1000)}:
            self.seconds[second] = max(self.seconds.get(second, 0.0), gap)


def main(report: Path, seconds: float) -> None:
    """Be an empty application that measures for so long, or until it is told to end."""
    from PySide6.QtWidgets import QApplication

    app = QApplication(["control"])
    stillness = Stillness()
    stillness.start()

    def write() -> None:
        draft = report.with_suffix(".new")
        draft.write_text(json.dumps({"stillness": stillness.seconds, "gaps": stillness.gaps}))
        draft.replace(report)

    saving = QTimer()
    saving.timeout.connect(write)
    saving.start(1000)
    QTimer.singleShot(int(seconds * 1000), app.quit)
    app.exec()
    write()


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
