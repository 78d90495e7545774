"""Sum bars up in powers of two, so that a paint costs pixels and not bars."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fks_desk.ui.models.series import CLOSE, HIGH, LOW, OPEN, VOLUME, Columns

Table = NDArray[Any]
Merge = Callable[[Table, Table, Table], None]
Place = tuple[int, int, int, int]  # level, first, count, shift

_TOP = 512
_FEW = 4_096  # bars; so many are folded faster than all are summed up


class Bars(Protocol):
    """Offer numbered columns, as `Columns` does."""

    @property
    def first(self) -> int:
        """Return the first column's number."""
        ...

    @property
    def stop(self) -> int:
        """Return the number after the last column's."""
        ...

    def between(self, low: int, high: int) -> Table:
        """Return the columns from low up to, not including, high."""
        ...

    def row(self, row: int, low: int, high: int) -> Table:
        """Return one row of those columns, without copying."""
        ...

    def value(self, row: int, number: int) -> float:
        """Return one value."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """Hold what one paint needs: columns of `1 << level` bars, the first numbered `first`.

    They are drawn `shift` bars later than they stand.
    """

    level: int
    first: int
    columns: Table
    shift: int = 0

    @property
    def width(self) -> int:
        """Return how many bars one bucket holds."""
        return 1 << self.level

    @property
    def place(self) -> Place:
        """Return where the buckets stand."""
        return self.level, self.first, self.columns.shape[1], self.shift

    def centres(self) -> NDArray[np.float64]:
        """Return the buckets' middles in bar numbers."""
        return middles(self.place)


class Pyramid:
    """Keep buckets of 2, 4, 8 ... bars over a table that grows at both ends.

    A bucket is numbered by the bars it holds (bar number shifted right), so older
    bars never regroup the ones already summed. Buckets at the ends may be partial.
    Nothing is summed up before somebody looks from far enough away to need it.
    """

    def __init__(self, base: Bars, rows: int, merge: Merge) -> None:
        self._base = base
        self._rows = rows
        self._merge = merge
        self._levels: list[Columns] = []
        self.is_built = False
        self._waiting: tuple[int, int] | None = None
        self._folded: dict[tuple[int, np.ufunc], tuple[int, int, float]] = {}

    @property
    def depth(self) -> int:
        """Return the number of levels, the bars themselves included."""
        self.build()
        return len(self._levels) + 1

    def build(self) -> None:
        """Sum up everything, unless that is done already."""
        if not self.is_built:
            self.is_built = True
            self._waiting = (self._base.first, self._base.stop)
        self._catch_up()

    def refresh(self, low: int, high: int) -> None:
        """Note that bars from low up to, not including, high came or changed.

        They are summed up when somebody asks, so that a tick costs nothing up close.
        """
        if low < self._base.stop - 1:
            self._folded.clear()
        if not self.is_built:
            return
        waiting = self._waiting
        if waiting is not None and (low > waiting[1] or high < waiting[0]):
            self._catch_up()
            waiting = None
        self._waiting = (
            (low, high) if waiting is None else (min(low, waiting[0]), max(high, waiting[1]))
        )

    def buckets(self, low: float, high: float, bars_per_pixel: float) -> Buckets:
        """Return the bars that touch the range, in at most one bucket a pixel."""
        level = self.level_for(bars_per_pixel)
        store = self._base if level == 0 else self._levels[level - 1]
        first = min(max(math.floor(low) >> level, store.first), store.stop)
        stop = max(first, min((math.ceil(high) >> level) + 1, store.stop))
        return Buckets(level=level, first=first, columns=store.between(first, stop))

    def lowest(self, row: int, low: int, high: int) -> float:
        """Return the least value of bars low up to, not including, high; NaN if there is none."""
        return self._extreme(row, low, high, np.fmin)

    def highest(self, row: int, low: int, high: int) -> float:
        """Return the greatest value of bars low up to, not including, high; NaN if none."""
        return self._extreme(row, low, high, np.fmax)

    def extent(self, low_row: int, high_row: int, low: int, high: int) -> tuple[float, float]:
        """Return the least value of one row and the greatest of another, NaN if there is none."""
        return self.lowest(low_row, low, high), self.highest(high_row, low, high)

    def level_for(self, bars_per_pixel: float) -> int:
        """Return the level on which no pixel holds more than one bucket."""
        if bars_per_pixel <= 1:
            return 0
        self.build()
        return min(math.ceil(math.log2(bars_per_pixel)), len(self._levels))

    def _extreme(self, row: int, low: int, high: int, pick: np.ufunc) -> float:
        """Fold the closed bars once, and the newest, which ticks, each time."""
        base = self._base
        low, high = max(low, base.first), min(high, base.stop)
        if low >= high:
            return math.nan
        closed = min(high, base.stop - 1)
        known = self._folded.get((row, pick))
        if known is None or known[0] != low or known[1] != closed:
            known = self._folded[row, pick] = low, closed, self._fold(row, low, closed, pick)
        folded = known[2]
        if closed >= high:
            return folded
        newest = base.value(row, closed)
        # What is not a number is unequal to itself.
        if newest != newest or folded != folded:  # noqa: PLR0124
            return folded if newest != newest else newest  # noqa: PLR0124
        return min(folded, newest) if pick is np.fmin else max(folded, newest)

    def _fold(self, row: int, low: int, high: int, pick: np.ufunc) -> float:
        """Fold a few thousand buckets, and the bars at both ends that fill none of them."""
        base = self._base
        if low >= high:
            return math.nan
        if high - low <= _FEW:
            return float(pick.reduce(base.row(row, low, high)))
        self.build()
        level = min(((high - low) // _FEW).bit_length(), len(self._levels))
        first, stop = -(-low >> level), high >> level
        found = pick.reduce(self._levels[level - 1].row(row, first, stop))
        for start, end in ((low, first << level), (stop << level, high)):
            if start < end:
                found = pick(found, pick.reduce(base.row(row, start, end)))
        return float(found)

    def _catch_up(self) -> None:
        """Sum up what was noted, as far up as it changes anything."""
        if self._waiting is None:
            return
        low, high = self._waiting
        self._waiting = None
        below: Bars = self._base
        level = 0
        while below.stop - below.first > _TOP or level < len(self._levels):
            low, high = low >> 1, -(-high >> 1)
            if level == len(self._levels):
                self._levels.append(Columns(self._rows, first=below.first >> 1))
                low, high = below.first >> 1, -(-below.stop >> 1)
            above = self._levels[level]
            before, extent = self._one(above, low, high), (above.first, above.stop)
            self._sum_up(below, above, low, high)
            is_same = before is not None and before == self._one(above, low, high)
            if is_same and extent == (above.first, above.stop):
                return
            below = above
            level += 1

    @staticmethod
    def _one(above: Columns, low: int, high: int) -> bytes | None:
        """Return the content of a single bucket, None for more of them."""
        is_one = high - low == 1 and above.first <= low < above.stop
        return above.between(low, high).tobytes() if is_one else None

    def _sum_up(self, below: Bars, above: Columns, low: int, high: int) -> None:
        _cover(above, below.first >> 1, -(-below.stop >> 1))
        low, high = max(low, above.first), min(high, above.stop)
        if low >= high:
            return
        # Only the outermost buckets can have one half; they take it as it is.
        if 2 * low < below.first:
            above.between(low, low + 1)[:] = below.between(2 * low + 1, 2 * low + 2)
            low += 1
        if low < high and 2 * high > below.stop:
            above.between(high - 1, high)[:] = below.between(2 * high - 2, 2 * high - 1)
            high -= 1
        if low < high:
            halves = below.between(2 * low, 2 * high)
            self._merge(halves[:, 0::2], halves[:, 1::2], above.between(low, high))


def _cover(columns: Columns, first: int, stop: int) -> None:
    if first < columns.first:
        columns.grow_left(columns.first - first)
    if stop > columns.stop:
        columns.grow_right(stop - columns.stop)


def middles(place: Place) -> NDArray[np.float64]:
    """Return the middles of buckets in bar numbers."""
    level, first, count, shift = place
    numbers = np.arange(first, first + count, dtype=np.float64)
    return numbers * (1 << level) + (((1 << level) - 1) / 2 + shift)


def merge_candles(left: Table, right: Table, into: Table) -> None:
    """Join neighbours: first open, highest high, lowest low, last close, greatest volume.

    The greatest volume is what overlapping volume bars would show, so that the
    picture does not jump from one level of detail to the next.
    """
    into[OPEN] = np.where(np.isnan(left[OPEN]), right[OPEN], left[OPEN])
    np.fmax(left[HIGH], right[HIGH], out=into[HIGH])
    np.fmin(left[LOW], right[LOW], out=into[LOW])
    into[CLOSE] = np.where(np.isnan(right[CLOSE]), left[CLOSE], right[CLOSE])
    np.fmax(left[VOLUME], right[VOLUME], out=into[VOLUME])


def merge_lines(left: Table, right: Table, into: Table) -> None:
    """Join neighbours of a line: row 0 is the least value, row 1 the greatest."""
    np.fmin(left[0], right[0], out=into[0])
    np.fmax(left[1], right[1], out=into[1])


class LineBars:
    """Show a line of values as (least, greatest) columns."""

    def __init__(self, values: Columns) -> None:
        self._values = values

    @property
    def first(self) -> int:
        """Return the first value's number."""
        return self._values.first

    @property
    def stop(self) -> int:
        """Return the number after the last value's."""
        return self._values.stop

    def between(self, low: int, high: int) -> Table:
        """Return the values twice: least and greatest of one bar are the same."""
        values = self._values.between(low, high)
        return np.concatenate((values, values))

    def row(self, _row: int, low: int, high: int) -> Table:
        """Return the values, which both rows hold."""
        return self._values.row(0, low, high)

    def value(self, _row: int, number: int) -> float:
        """Return one value, which both rows hold."""
        return self._values.value(0, number)


def candle_pyramid(prices: Columns) -> Pyramid:
    """Return a pyramid over rows open, high, low, close and volume."""
    return Pyramid(prices, 5, merge_candles)


def line_pyramid(values: Columns) -> Pyramid:
    """Return a pyramid over one row of values."""
    return Pyramid(LineBars(values), 2, merge_lines)
