"""Know where candles are missing between those of a chart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fks_desk.ui.models.history import Change, ChangeKind
from fks_desk.ui.models.series import Series


class Holes:
    """Keep the numbers of the bars before which others are missing, lowest first."""

    def __init__(self, series: Series) -> None:
        self._series = series
        self.numbers: NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def __len__(self) -> int:
        return int(self.numbers.size)

    def follow(self, change: Change) -> None:
        """Look again where bars came or changed."""
        if change.kind.is_whole:
            self.numbers = self._series.breaks(self._series.first, self._series.stop)
            return
        if change.kind is ChangeKind.MOVED:
            return  # no bar came, and those that changed stand where they stood
        # The bar behind the changed ones may have got its neighbour only now.
        low, high = change.low, min(change.high + 1, self._series.stop)
        before, after = np.searchsorted(self.numbers, [low, high])
        found = self._series.breaks(low, high)
        if found.size or before != after:
            self.numbers = np.concatenate((self.numbers[:before], found, self.numbers[after:]))

    def between(self, low: float, high: float) -> NDArray[np.int64]:
        """Return the numbers from low up to high."""
        before, after = np.searchsorted(self.numbers, [low, high])
        return self.numbers[before:after]

    def is_before(self, number: int) -> bool:
        """Tell whether candles are missing right before a bar."""
        place = int(np.searchsorted(self.numbers, number))
        return place < self.numbers.size and int(self.numbers[place]) == number

    def missing(self, number: int) -> int:
        """Return how many candles are missing right before a bar."""
        if not self.is_before(number):
            return 0
        series = self._series
        gap = int(series.time[number - series.first] - series.time[number - 1 - series.first])
        return gap // series.step_ms - 1
