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
        return self.pyramid.lowest(LOW, low, high), self.pyramid.highest(HIGH, low, high)

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
        for pyramid in self.pyramids.values():
            pyramid.refresh(*self.study.touched(change.low, change.high))

    def range(self, left: float, right: float) -> tuple[float, float]:
        """Return the least and the greatest value between two bar numbers, NaN if there is none."""
        low, high = math.floor(left), math.ceil(right) + 1
        ranges = [(p.lowest(0, low, high), p.highest(1, low, high)) for p in self.pyramids.values()]
        return joined(ranges)

    def _rebuild(self) -> None:
        self.pyramids = {name: line_pyramid(values) for name, values in self.study.lines.items()}


def joined(ranges: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the range that holds all ranges, leaving out what is not a number."""
    lows = [low for low, _ in ranges if math.isfinite(low)]
    highs = [high for _, high in ranges if math.isfinite(high)]
    return (min(lows), max(highs)) if lows and highs else (math.nan, math.nan)
