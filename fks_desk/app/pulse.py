"""Notice that this process did not run for a while: the machine slept, or somebody stopped it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from fks_desk.core.clock import Clock

BEAT_S = 1.0
LONGEST_S = 10.0


class Pulse:
    """Beat once a second by the wall clock, and tell of each beat that came far too late.

    The monotonic clock stands still while a machine sleeps; the wall clock goes on. One
    that was set forward looks the same, and starting anew is right then as well.
    """

    def __init__(self, *, clock: Clock, on_wake: Callable[[float], None]) -> None:
        self._clock = clock
        self._on_wake = on_wake
        self._last = clock.now()
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to beat on the running loop."""
        self._last = self._clock.now()
        self._tick()

    def stop(self) -> None:
        """End the beating."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def beat(self) -> None:
        """Look at the clock now; whoever acts on what is known calls this first."""
        if self._timer is None:
            return
        now = self._clock.now()
        gap_s = (now - self._last).total_seconds()
        self._last = now
        if gap_s > LONGEST_S:
            self._on_wake(gap_s)

    def _tick(self) -> None:
        # No task: a timer's callback runs before whatever the same turn wakes up.
        self._timer = asyncio.get_running_loop().call_later(BEAT_S, self._tick)
        self.beat()
