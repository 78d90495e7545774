"""Choose which bars are on the screen."""

from __future__ import annotations

from dataclasses import dataclass, replace

FEWEST = 8.0  # bars; fewer would be a picture of nothing
RIGHT_SHARE = 0.06  # of the width stays free beside the newest bar


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Hold the range of bar numbers from one edge of the chart to the other."""

    left: float
    right: float

    @property
    def count(self) -> float:
        """Return how many bars fit."""
        return self.right - self.left

    @classmethod
    def newest(cls, stop: int, count: float) -> Window:
        """Return a window of count bars whose newest one has some room beside it."""
        right = stop - 0.5 + count * RIGHT_SHARE
        return cls(left=right - count, right=right)

    def panned(self, bars: float) -> Window:
        """Return the window moved to the right by bars."""
        return Window(left=self.left + bars, right=self.right + bars)

    def zoomed(self, factor: float, anchor: float, most: float) -> Window:
        """Return a window of factor times as many bars, with the anchor where it was."""
        count = min(max(self.count * factor, FEWEST), max(most, FEWEST))
        share = (anchor - self.left) / self.count
        left = anchor - share * count
        return Window(left=left, right=left + count)

    def kept(self, first: int, stop: int) -> Window:
        """Return the window moved so that at least a few bars stay in sight."""
        if stop <= first:
            return self
        few = min(self.count / 4, 3.0)
        window = self
        if window.right < first + few:
            window = window.panned(first + few - window.right)
        if window.left > stop - few:
            window = window.panned(stop - few - window.left)
        return window

    def showing(self, number: int) -> Window:
        """Return the window moved just enough to show a bar with its neighbour."""
        window = self
        if number - 1 < window.left:
            window = window.panned(number - 1 - window.left)
        if number + 1 > window.right:
            window = window.panned(number + 1 - window.right)
        return window

    def shows(self, number: int) -> bool:
        """Tell whether the bar's middle is inside."""
        return self.left <= number <= self.right

    def widened(self, width_factor: float) -> Window:
        """Return what a chart of another width shows at the same bar width."""
        return replace(self, left=self.right - self.count * width_factor)
