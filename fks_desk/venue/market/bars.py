"""Hold candles as whole ticks and lots, and fold them into longer ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

MINUTE_MS = 60_000
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bars:
    """Hold candles column by column, oldest first, all arrays of one length.

    `time` is the open in milliseconds, prices are in ticks, `volume` in lots,
    `quote` is the traded value in ticks times lots, `count` the prints.
    """

    time: Ints
    open: Ints
    high: Ints
    low: Ints
    close: Ints
    volume: Ints
    quote: Ints
    count: Ints

    def __len__(self) -> int:
        return int(self.time.size)

    def slice(self, start: int, stop: int) -> Bars:
        """Return the bars from start up to, not including, stop."""
        return Bars(**{name: getattr(self, name)[start:stop] for name in self.__slots__})

    def between(self, start_ms: int, end_ms: int) -> Bars:
        """Return the bars that opened at or after start and before end."""
        first, last = np.searchsorted(self.time, (start_ms, end_ms))
        return self.slice(int(first), int(last))


def no_bars() -> Bars:
    """Return bars without a bar."""
    none = np.empty(0, dtype=np.int64)
    return Bars(**dict.fromkeys(Bars.__slots__, none))


def joined(parts: Sequence[Bars]) -> Bars:
    """Return the parts, given oldest first, as one."""
    if not parts:
        return no_bars()
    return Bars(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in Bars.__slots__}
    )


def folded(bars: Bars, length_ms: int) -> Bars:
    """Return the bars gathered into longer ones that open at multiples of the length."""
    if not len(bars):
        return bars
    opened = bars.time - bars.time % length_ms
    starts = np.flatnonzero(np.r_[True, opened[1:] != opened[:-1]])
    ends = np.r_[starts[1:], opened.size] - 1
    return Bars(
        time=opened[starts],
        open=bars.open[starts],
        high=np.maximum.reduceat(bars.high, starts),
        low=np.minimum.reduceat(bars.low, starts),
        close=bars.close[ends],
        volume=np.add.reduceat(bars.volume, starts),
        quote=np.add.reduceat(bars.quote, starts),
        count=np.add.reduceat(bars.count, starts),
    )
