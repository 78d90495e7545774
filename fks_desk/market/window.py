"""Hold the newest closed candles of one instrument and timeframe."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime

from fks_desk.core.frame import Frame
from fks_desk.core.model import Candle


class HotWindow:
    """Keep up to `size` candles, sorted by open time, one per open time."""

    def __init__(self, *, size: int = 1500) -> None:
        self._size = size
        self._candles: list[Candle] = []

    def __len__(self) -> int:
        return len(self._candles)

    @property
    def newest(self) -> Candle | None:
        """Return the newest candle, or None."""
        return self._candles[-1] if self._candles else None

    def find(self, opened: datetime) -> Candle | None:
        """Return the candle that opened then, or None."""
        at = bisect_left(self._candles, opened, key=lambda one: one.opened)
        found = self._candles[at] if at < len(self._candles) else None
        return found if found is not None and found.opened == opened else None

    def put(self, candle: Candle) -> None:
        """Add a candle, or replace the one that opened at the same time."""
        if not self._candles or candle.opened > self._candles[-1].opened:
            self._candles.append(candle)
        else:
            at = bisect_left(self._candles, candle.opened, key=lambda one: one.opened)
            is_known = self._candles[at].opened == candle.opened
            self._candles[at : at + is_known] = [candle]
        # Trimmed in blocks, so that a full window does not move on every bar.
        if len(self._candles) >= self._size + self._size // 4:
            del self._candles[: -self._size]

    def put_all(self, candles: Iterable[Candle]) -> None:
        """Add many candles."""
        for candle in candles:
            self.put(candle)

    def frame(self) -> Frame:
        """Return the candles as arrays."""
        return Frame.of(self._candles[-self._size :])
