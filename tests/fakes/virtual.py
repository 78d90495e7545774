"""Run an event loop on made-up time: every wait ends at once, in the order of real waits.

Nothing here reads the machine's clock, so a test that sleeps through an hour takes
as long as what happens in that hour, and happens the same way each time.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any


class VirtualLoop(asyncio.SelectorEventLoop):
    """Be a loop whose clock jumps to whatever is due next."""

    def __init__(self) -> None:
        self._seconds = 0.0
        super().__init__(_Impatient(self._jump))

    def time(self) -> float:
        return self._seconds

    def _jump(self, seconds: float) -> None:
        self._seconds += seconds


class _Impatient(selectors.SelectSelector):
    """Wait for nothing: jump over the time until the next timer."""

    def __init__(self, jump: Callable[[float], None]) -> None:
        super().__init__()
        self._jump = jump

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("everything waits, and nothing will ever happen")
        if timeout > 0:
            self._jump(timeout)
        return []


class LoopClock:
    """Tell a loop's time; the wall clock alone can be set wrong."""

    def __init__(self, start: datetime, seconds: Callable[[], float]) -> None:
        self._start = start
        self._seconds = seconds
        self.error = timedelta(0)

    def now(self) -> datetime:
        return self._start + self.error + timedelta(seconds=self._seconds())

    def monotonic(self) -> float:
        return self._seconds()
