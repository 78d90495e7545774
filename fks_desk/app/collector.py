"""Collect cyclic garbage on the window's thread alone."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

LOOK_EVERY_MS = 100
# A look at everything that lives takes longest, so it comes seldom.
_LOOKS_BETWEEN_FULL = 300
_OLDEST = 2


class Collector(QObject):
    """Take the collector over while the window is open.

    Python collects on whatever thread allocates. A pane or a timer that is part of
    a cycle would then die on the engine's thread, and Qt ends the process for it:
    what belongs to a thread must be destroyed there.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._was_on = gc.isenabled()
        self._looks = 0
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Collect by the timer from now on."""
        self._was_on = gc.isenabled()
        gc.disable()
        # What stands now stands until the end; to look at it again and again takes long.
        gc.freeze()
        self._timer.start()

    def stop(self) -> None:
        """Leave the collector as it was found."""
        self._timer.stop()
        if self._was_on:
            gc.enable()

    def look(self) -> None:
        """Collect the oldest generation that is due, by Python's own thresholds."""
        due = zip(gc.get_count(), gc.get_threshold(), strict=True)
        over = [place for place, (count, most) in enumerate(due) if most and count > most]
        self._looks += 1
        if not over:
            return
        if over[-1] < _OLDEST:
            gc.collect(over[-1])
        elif self._looks < _LOOKS_BETWEEN_FULL:
            gc.collect(_OLDEST - 1)
        else:
            self._looks = 0
            gc.collect()
