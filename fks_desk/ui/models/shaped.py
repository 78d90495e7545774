"""Follow a chart's candles with bars of another shape."""

from __future__ import annotations

import math
from collections.abc import Iterator
from enum import StrEnum

import numpy as np

from fks_desk.core.frame import Frame
from fks_desk.strategy.bar_shapes import (
    AVERAGED,
    RangeBars,
    Renko,
    Shaper,
    VolumeBars,
    heikin_ashi,
)
from fks_desk.ui.models.history import Change, ChangeKind
from fks_desk.ui.models.series import OPEN, Series

_MEASURED = 500  # newest candles that a size is guessed from
_MOST = 300_000  # newest candles that are put into another shape


class BarKind(StrEnum):
    """Say what a bar holds."""

    TIME = "time"
    HEIKIN_ASHI = "heikin-ashi"
    RENKO = "renko"
    RANGE = "range"
    VOLUME = "volume"


_TIMES = {BarKind.RANGE: 1.5, BarKind.VOLUME: 3.0}
_SHAPERS: dict[BarKind, type[Renko] | type[RangeBars] | type[VolumeBars]] = {
    BarKind.RENKO: Renko,
    BarKind.RANGE: RangeBars,
    BarKind.VOLUME: VolumeBars,
}


class Shaped:
    """Hold the bars that are drawn, made from the candles that there are.

    Bars of time are the candles themselves. Renko, range and volume bars end with the
    one in progress; they are made anew when older candles doubled what there was.
    """

    def __init__(self, candles: Series) -> None:
        self.kind = BarKind.TIME
        self.size = math.nan  # of a Renko brick, a range or a volume
        self.series = candles
        self._candles = candles
        self._shaper: Shaper | None = None
        self._used = 0

    def choose(self, kind: BarKind, size: float | None = None) -> None:
        """Hold bars of this kind; without a size it follows from the newest candles."""
        self.kind = kind
        self.size = math.nan if size is None else size
        self.series = self._candles if kind is BarKind.TIME else Series()
        self._make()

    def follow(self, change: Change) -> Iterator[Change]:
        """Bring the bars up to date, telling each change as soon as it is made."""
        if self.kind is BarKind.TIME:
            yield change
        elif change.kind.is_whole:
            if change.kind is ChangeKind.REPLACED:
                self.size = math.nan
            self._make()
            yield Change(kind=change.kind, low=self.series.first, high=self.series.stop)
        elif self.kind is BarKind.HEIKIN_ASHI:
            yield self._average(change)
        elif change.kind is ChangeKind.PREPENDED:
            yield from self._deepen()
        elif change.high < self._candles.stop:
            self._make()
            yield self._renumbered()
        else:
            yield from self._go_on(change)

    def complete(self) -> Iterator[Change]:
        """Use every candle, once no older one is on its way."""
        is_behind = self._shaper is not None and self._used < min(_MOST, len(self._candles) - 1)
        if is_behind:
            self._make()
            yield self._renumbered()

    def _make(self) -> None:
        if self.kind is BarKind.HEIKIN_ASHI:
            self.series.step_ms = self._candles.step_ms
            self.series.replace(heikin_ashi(self._candles.frame()), stop=self._candles.stop)
        elif self.kind is not BarKind.TIME:
            self._shape()

    def _shape(self) -> None:
        candles, stop = self._candles, self.series.stop if len(self.series) else None
        newest = max(candles.first, candles.stop - 1)
        closed = candles.frame(newest - _MOST, newest)
        if math.isnan(self.size):
            self.size = guessed_size(self.kind, closed)
        self._used = len(closed)
        self._shaper = _SHAPERS[self.kind](size=self.size)
        bars = [self._shaper.settle(closed)]
        if len(candles):
            bars.append(self._shaper.forming(candles.frame(candles.stop - 1)))
        self.series.replace(_joined(bars), stop=stop)

    def _deepen(self) -> Iterator[Change]:
        if len(self._candles) > 2 * self._used and self._used < _MOST:
            self._make()
            yield self._renumbered()

    def _go_on(self, change: Change) -> Iterator[Change]:
        candles, series = self._candles, self.series
        if self._shaper is None or not len(series):
            self._make()
            yield Change(kind=ChangeKind.REPLACED, low=series.first, high=series.stop)
            return
        newest = candles.frame(candles.stop - 1)
        if change.kind is ChangeKind.APPENDED:
            self._used += 1
            closed = candles.frame(candles.stop - 2, candles.stop - 1)
            done = self._shaper.settle(closed)
            for place in range(len(done)):
                series.put_last(done.slice(place, place + 1))
                yield self._last(ChangeKind.MOVED)
                series.append(self._shaper.forming(newest))
                yield self._last(ChangeKind.APPENDED)
        series.put_last(self._shaper.forming(newest))
        yield self._last(ChangeKind.MOVED)

    def _average(self, change: Change) -> Change:
        """Average the candles that came or changed, and those that still remember them."""
        candles, series = self._candles, self.series
        if change.kind is ChangeKind.PREPENDED:
            series.prepend(candles.frame(change.low, change.high))
        elif change.kind is ChangeKind.APPENDED:
            series.append(candles.frame(change.low, change.high))
        low = max(candles.first, change.low - 1)
        high = min(candles.stop, change.high + AVERAGED)
        is_known = low < change.low
        start = float(series.prices.between(low, low + 1)[OPEN, 0]) if is_known else None
        series.put(low, heikin_ashi(candles.frame(low, high), start))
        return Change(kind=change.kind, low=change.low, high=high)

    def _last(self, kind: ChangeKind) -> Change:
        return Change(kind=kind, low=self.series.stop - 1, high=self.series.stop)

    def _renumbered(self) -> Change:
        return Change(kind=ChangeKind.SPLICED, low=self.series.first, high=self.series.stop)


def guessed_size(kind: BarKind, frame: Frame) -> float:
    """Return a size that makes about as many bars as there are candles, in round figures."""
    newest = frame.tail(_MEASURED)
    measured = newest.volume if kind is BarKind.VOLUME else newest.high - newest.low
    measured = measured[np.isfinite(measured)]
    size = float(measured.mean()) * _TIMES.get(kind, 1.0) if measured.size else math.nan
    if not (math.isfinite(size) and size > 0):
        return 1.0
    power = 10.0 ** math.floor(math.log10(size))
    return next(nice for nice in (1.0, 2.0, 5.0, 10.0) if nice * power >= size * 0.75) * power


def _joined(frames: list[Frame]) -> Frame:
    def column(name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.concatenate([getattr(frame, name) for frame in frames])

    return Frame(**{name: column(name) for name in Frame.__slots__})  # type: ignore[arg-type]  # time stays int64
