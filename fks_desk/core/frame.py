"""Turn exact candles into float64 arrays: the one bridge from money to maths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fks_desk.core.clock import to_ms
from fks_desk.core.model import Candle

Floats = NDArray[np.float64]
Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """Hold candles column by column, oldest first.

    All arrays are one-dimensional and of one length. `time` is the candle's
    open in milliseconds since 1970 (UTC), strictly rising; prices are in the
    quote currency, `volume` in the base currency.
    """

    time: Times
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def __post_init__(self) -> None:
        shape = self.time.shape
        # Made at each tick, so that what is right costs little.
        prices = self.open.shape == self.high.shape == self.low.shape == self.close.shape
        if not (prices and shape == self.open.shape == self.volume.shape and len(shape) == 1):
            lengths = {name: getattr(self, name).shape for name in self.__slots__}
            raise ValueError(f"need one-dimensional columns of one length, were {lengths}")

    def __len__(self) -> int:
        return int(self.time.size)

    @classmethod
    def empty(cls) -> Frame:
        """Return a frame without candles."""
        none = np.empty(0, dtype=np.float64)
        return cls(
            time=np.empty(0, dtype=np.int64),
            open=none,
            high=none,
            low=none,
            close=none,
            volume=none,
        )

    @classmethod
    def of(cls, candles: Sequence[Candle]) -> Frame:
        """Return the candles as arrays, in the order given."""

        def column(name: str) -> Floats:
            return np.array([float(getattr(candle, name)) for candle in candles], dtype=np.float64)

        return cls(
            time=np.array([to_ms(candle.opened) for candle in candles], dtype=np.int64),
            open=column("open"),
            high=column("high"),
            low=column("low"),
            close=column("close"),
            volume=column("volume"),
        )

    def slice(self, start: int, stop: int) -> Frame:
        """Return the candles from start up to, not including, stop, without copying."""
        return Frame(**{name: getattr(self, name)[start:stop] for name in self.__slots__})

    def since_hole(self, step_ms: int) -> Frame:
        """Return the newest candles that follow one another without a hole, without copying."""
        breaks = np.flatnonzero(np.diff(self.time) > step_ms)
        return self if not breaks.size else self.slice(int(breaks[-1]) + 1, len(self))

    def tail(self, count: int) -> Frame:
        """Return the newest candles, at most count of them, without copying."""
        if count >= len(self):
            return self
        return self.slice(max(0, len(self) - count), len(self))
