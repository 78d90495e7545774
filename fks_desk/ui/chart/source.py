"""Hold bars and studies with their pyramids, and follow each change."""

from __future__ import annotations

import math

from fks_desk.ui.chart.pyramid import Pyramid, candle_pyramid, line_pyramid
from fks_desk.ui.models.history import Change
from fks_desk.ui.models.series import HIGH, LOW, VOLUME, Series
from fks_desk.ui.models.studies import Study


class BarSource:
    """Hold the bars of a chart, summed up."""

    def __init__(self, series: Series) -> None:
        self.series = series
        self.pyramid = candle_pyramid(series.prices)

    def follow(self, change: Change) -> None:
        """Sum up anew what changed."""
        if change.kind.is_whole:
            self.pyramid = candle_pyramid(self.series.prices)
        else:
            self.pyramid.refresh(change.low, change.high)

    def range(self, left: float, right: float) -> tuple[float, float]:
        """Return the lowest low and highest high between two bar numbers, NaN if no bar is."""
        low, high = math.floor(left), math.ceil(right) + 1
        return self.pyramid.extent(LOW, HIGH, low, high)

    def greatest_volume(self, left: float, right: float) -> float:
        """Return the greatest volume between two bar numbers, NaN if no bar is."""
        return self.pyramid.highest(VOLUME, math.floor(left), math.ceil(right) + 1)


class StudySource:
    """Hold the lines of one study, summed up."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.pyramids: dict[str, Pyramid] = {}
        self._rebuild()

    def follow(self, change: Change) -> None:
        """Sum up anew what changed; the study itself is current already."""
        if change.kind.is_whole:
            self._rebuild()
            return
        if not self.pyramids:
            return
        low, high = self.study.touched(change.low, change.high)
        for pyramid in self.pyramids.values():
            pyramid.refresh(low, high)

    def range(self, left: float, right: float) -> tuple[float, float]:
        """Return the least and the greatest value between two bar numbers, NaN if there is none."""
        low, high = math.floor(left), math.ceil(right) + 1
        return joined([pyramid.extent(0, 1, low, high) for pyramid in self.pyramids.values()])

    def _rebuild(self) -> None:
        self.pyramids = {name: line_pyramid(values) for name, values in self.study.lines.items()}


def joined(ranges: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the range that holds all ranges, leaving out what is not a number."""
    isfinite, least, greatest = math.isfinite, math.inf, -math.inf
    for low, high in ranges:
        if low < least and isfinite(low):
            least = low
        if high > greatest and isfinite(high):
            greatest = high
    has_both = isfinite(least) and isfinite(greatest)
    return (least, greatest) if has_both else (math.nan, math.nan)
