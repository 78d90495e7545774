"""Keep the candles of one chart as arrays that grow at both ends."""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fks_desk.core.frame import Floats, Frame, Times

OPEN, HIGH, LOW, CLOSE, VOLUME = range(5)
_PRICE_ROWS = ("open", "high", "low", "close", "volume")
_LEAST_ROOM = 64


class Columns:
    """Hold a (rows, length) table whose columns have fixed numbers, negative ones too.

    Room is doubled on the side that grows, so that adding a column at either end
    costs constant time on average and never renumbers the others.
    """

    def __init__(self, rows: int, *, first: int = 0, dtype: type[np.generic] = np.float64) -> None:
        self._data: NDArray[Any] = np.empty((rows, _LEAST_ROOM), dtype=dtype)
        self._start = 0
        self._stop = 0
        self.first = first

    def __len__(self) -> int:
        return self._stop - self._start

    @property
    def stop(self) -> int:
        """Return the number after the last column's."""
        return self.first + self._stop - self._start

    @property
    def all(self) -> NDArray[Any]:
        """Return every column, without copying."""
        return self._data[:, self._start : self._stop]

    def between(self, low: int, high: int) -> NDArray[Any]:
        """Return the columns numbered from low up to, not including, high, without copying."""
        shift = self._start - self.first
        return self._data[:, low + shift : high + shift]

    def row(self, row: int, low: int, high: int) -> NDArray[Any]:
        """Return one row of the columns from low up to, not including, high, without copying."""
        shift = self._start - self.first
        return self._data[row, low + shift : high + shift]

    def value(self, row: int, number: int) -> float:
        """Return one value, far cheaper than by a slice of one column."""
        return float(self._data.item(row, number - self.first + self._start))

    def put(self, number: int, value: float) -> None:
        """Write one value into the first row."""
        self._data[0, number - self.first + self._start] = value

    def column(self, number: int) -> list[float]:
        """Return the values of one column, far cheaper than one by one."""
        values: list[float] = self._data[:, number - self.first + self._start].tolist()
        return values

    def grow_left(self, count: int) -> NDArray[Any]:
        """Add columns before the first and return them, to be filled."""
        if count > self._start:
            self._move(left=count + len(self) + _LEAST_ROOM, right=self._data.shape[1] - self._stop)
        self._start -= count
        self.first -= count
        return self._data[:, self._start : self._start + count]

    def grow_right(self, count: int) -> NDArray[Any]:
        """Add columns after the last and return them, to be filled."""
        if self._stop + count > self._data.shape[1]:
            self._move(left=self._start, right=count + max(_LEAST_ROOM, len(self)))
        self._stop += count
        return self._data[:, self._stop - count : self._stop]

    def _move(self, *, left: int, right: int) -> None:
        length = len(self)
        data = np.empty((self._data.shape[0], left + length + right), dtype=self._data.dtype)
        data[:, left : left + length] = self.all
        self._data, self._start, self._stop = data, left, left + length


class Placed(StrEnum):
    """Say where a candle of a stream went."""

    LAST = "last"
    APPENDED = "appended"
    OLDER = "older"
    UNKNOWN = "unknown"


class Series:
    """Hold candles by a bar number that never changes while the chart stays on its symbol.

    The first candles loaded are numbered from 0; older ones loaded later get
    negative numbers, so that nothing on the screen moves. With `step_ms` above zero
    two bars further apart than that have a hole between them.
    """

    def __init__(self) -> None:
        self.step_ms = 0
        self._newest: tuple[Columns, int, int, Frame] | None = None
        self.clear()

    def clear(self) -> None:
        """Forget every candle."""
        self.prices = Columns(len(_PRICE_ROWS))
        self._times = Columns(1, dtype=np.int64)

    def __len__(self) -> int:
        return len(self._times)

    @property
    def first(self) -> int:
        """Return the oldest bar's number."""
        return self._times.first

    @property
    def stop(self) -> int:
        """Return the number after the newest bar's."""
        return self._times.stop

    @property
    def time(self) -> Times:
        """Return the open times in milliseconds, oldest first, without copying."""
        times: Times = self._times.all[0]
        return times

    def frame(self, low: int | None = None, high: int | None = None) -> Frame:
        """Return the bars numbered from low up to, not including, high, without copying."""
        low = self.first if low is None else max(low, self.first)
        high = self.stop if high is None else min(high, self.stop)
        prices = self.prices.between(low, high)
        rows = {name: prices[row] for row, name in enumerate(_PRICE_ROWS)}
        return Frame(time=self._times.between(low, high)[0], **rows)

    @property
    def newest(self) -> Frame:
        """Return the newest bar, which several readers ask for at each tick, without copying."""
        stop, count, known = self.stop, len(self), self._newest
        # Columns move in memory only while they grow, and others replace them only when cleared.
        if known is None or known[0] is not self.prices or known[1:3] != (stop, count):
            known = self._newest = self.prices, stop, count, self.frame(stop - 1, stop)
        return known[3]

    def replace(self, frame: Frame, *, stop: int | None = None) -> None:
        """Hold exactly this frame; `stop` is the number after its newest bar."""
        self.clear()
        first = 0 if stop is None else stop - len(frame)
        self.prices.first = self._times.first = first
        self._fill(self._times.grow_right(len(frame)), self.prices.grow_right(len(frame)), frame)

    def prepend(self, frame: Frame) -> int:
        """Add the frame's bars that are older than all we have; return how many they were."""
        if len(self):
            frame = frame.slice(0, int(np.searchsorted(frame.time, self.time[0])))
        count = len(frame)
        if count:
            self._fill(self._times.grow_left(count), self.prices.grow_left(count), frame)
        return count

    def place(self, bar: Frame) -> tuple[Placed, int]:
        """Put one bar in its place by its time; return the kind of place and its number."""
        moment = int(bar.time[0])
        newest = self._times.column(self.stop - 1)[0] if len(self) else None
        if moment == newest:
            self._fill(None, self.prices.between(self.stop - 1, self.stop), bar)
            return Placed.LAST, self.stop - 1
        if newest is None or moment > newest:
            self._fill(self._times.grow_right(1), self.prices.grow_right(1), bar)
            return Placed.APPENDED, self.stop - 1
        number = self.number_at(moment)
        if self.time[number - self.first] != moment:
            return Placed.UNKNOWN, number
        self._fill(None, self.prices.between(number, number + 1), bar)
        return Placed.OLDER, number

    def append(self, frame: Frame) -> None:
        """Add bars after the newest."""
        count = len(frame)
        self._fill(self._times.grow_right(count), self.prices.grow_right(count), frame)

    def put(self, low: int, frame: Frame) -> None:
        """Put a frame in place of as many bars from low on, their times too."""
        high = low + len(frame)
        self._fill(self._times.between(low, high), self.prices.between(low, high), frame)

    def put_last(self, bar: Frame) -> None:
        """Put a bar in place of the newest."""
        self.put(self.stop - 1, bar)

    def splice(self, frame: Frame, start_ms: int, end_ms: int) -> tuple[int, int, bool]:
        """Put the frame in place of all bars from start up to, not including, end.

        Returns the numbers of the new bars and whether the same bars stood there
        before, by their times. If not, bars are renumbered; the newest keeps its number.
        """
        low, high = self.number_at(start_ms), self.number_at(end_ms)
        if np.array_equal(self._times.between(low, high)[0], frame.time):
            self._fill(None, self.prices.between(low, high), frame)
            return low, high, True
        before, after = self.frame(None, low), self.frame(high, None)
        stop = self.stop
        self.replace(_joined(before, frame, after), stop=stop)
        high = stop - len(after)
        return high - len(frame), high, False

    def breaks(self, low: int, high: int) -> NDArray[np.int64]:
        """Return the bars from low up to, not including, high that follow a hole."""
        low, high = max(low, self.first + 1), min(high, self.stop)
        if not self.step_ms or low >= high:
            return np.empty(0, dtype=np.int64)
        steps = np.diff(self._times.between(low - 1, high)[0])
        return np.flatnonzero(steps > self.step_ms).astype(np.int64) + low

    def pieces(self, low: int, high: int) -> list[tuple[int, int]]:
        """Return the stretches from low up to, not including, high that have no hole inside.

        Bars without a price are a hole too: no stretch holds one.
        """
        cuts = {int(number) for number in self.breaks(low + 1, high)}
        known = np.isfinite(self.prices.between(low, high)[CLOSE])
        if not known.all():
            cuts |= {int(number) + low + 1 for number in np.flatnonzero(known[1:] != known[:-1])}
        edges = [low, *sorted(cuts), high]
        return [(one, end) for one, end in pairwise(edges) if one < end and known[one - low]]

    def number_at(self, moment_ms: int) -> int:
        """Return the number of the first bar that opened at or after the moment."""
        return self.first + int(np.searchsorted(self.time, moment_ms))

    def holding(self, moments_ms: Times) -> NDArray[np.int64]:
        """Return the numbers of the bars that hold the moments; first - 1 is before all."""
        return np.asarray(np.searchsorted(self.time, moments_ms, side="right") - 1 + self.first)

    def time_at(self, number: int, step_ms: int) -> int:
        """Return when a bar opened, or would have, counting on in whole steps beyond the ends."""
        if not len(self):
            return number * step_ms
        inside = min(max(number, self.first), self.stop - 1)
        return int(self.time[inside - self.first]) + (number - inside) * step_ms

    def bar(self, number: int) -> Floats | None:
        """Return open, high, low, close and volume of a bar, or None if there is none."""
        if not self.first <= number < self.stop:
            return None
        column: Floats = self.prices.between(number, number + 1)[:, 0]
        return column

    @staticmethod
    def _fill(times: NDArray[Any] | None, prices: NDArray[Any], frame: Frame) -> None:
        if times is not None:
            times[0] = frame.time
        for row, name in enumerate(_PRICE_ROWS):
            prices[row] = getattr(frame, name)


def _joined(*frames: Frame) -> Frame:
    def column(name: str) -> Any:
        return np.concatenate([getattr(frame, name) for frame in frames])

    return Frame(time=column("time"), **{name: column(name) for name in _PRICE_ROWS})
