"""Turn anchors into pixels of a panel, and pixels into anchors."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from fks_desk.core.clock import from_ms, to_ms
from fks_desk.core.drawings import Anchor
from fks_desk.ui.chart.panel import Panel
from fks_desk.ui.chart.projection import Projection
from fks_desk.ui.models.chart import ChartModel
from fks_desk.ui.models.series import CLOSE, HIGH, LOW, OPEN

_MAGNET = 10.0  # pixels within which a point jumps onto a price of its bar
_STEPS = 150  # nudges from the bottom of the panel to its top
SNAPS = (CLOSE, HIGH, LOW, OPEN)


@dataclass(frozen=True, slots=True)
class Point:
    """Hold a place: a bar number, which may lie beyond the newest bar, and a price."""

    number: int
    price: float


class Paper:
    """Know where moments and prices lie on the price panel of one chart."""

    def __init__(self, model: ChartModel, panel: Panel) -> None:
        self.model = model
        self.panel = panel

    @property
    def projection(self) -> Projection:
        """Return the panel's projection."""
        return self.panel.projection

    def number_of(self, anchor: Anchor) -> int:
        """Return the bar that holds the anchor's moment, on whatever timeframe shows."""
        series, bar_ms, moment = self.model.series, self.model.bar_ms, to_ms(anchor.moment)
        if not len(series):
            return 0
        newest = int(series.time[-1])
        if moment >= newest + bar_ms:
            return series.stop - 1 + (moment - newest) // bar_ms
        oldest = int(series.time[0])
        if moment < oldest:
            return series.first - -(-(oldest - moment) // bar_ms)
        return int(series.holding(np.array([moment]))[0])

    def x(self, anchor: Anchor) -> float:
        """Return the anchor's pixel from the left."""
        return self.projection.x(self.number_of(anchor))

    def y(self, anchor: Anchor) -> float:
        """Return the anchor's pixel from the top."""
        return self.projection.y(float(anchor.price))

    def point(self, x: float, y: float, *, is_magnetic: bool) -> Point:
        """Return the place at a pixel, on a price of its bar if one is near."""
        number = round(self.projection.number(x))
        price = self.projection.value(y)
        bar = self.model.series.bar(number)
        if is_magnetic and bar is not None:
            near = min(
                (float(bar[row]) for row in SNAPS), key=lambda one: abs(self.projection.y(one) - y)
            )
            if abs(self.projection.y(near) - y) <= _MAGNET:
                price = near
        return Point(number, price)

    def anchor(self, point: Point) -> Anchor:
        """Return the anchor of a place, with as many digits as the instrument has."""
        moment = self.model.series.time_at(point.number, self.model.bar_ms)
        return Anchor(moment=from_ms(moment), price=self.exact(point.price))

    def exact(self, price: float) -> Decimal:
        """Return a price of the screen as a number of the instrument's precision."""
        return Decimal(f"{price:.{self.model.price_digits}f}")

    def nudge(self, steps: int) -> Decimal:
        """Return what one key press changes a price by: at least a tick, a little to the eye."""
        projection = self.projection
        step = abs(projection.high - projection.low) / _STEPS
        least = Decimal(1).scaleb(-self.model.price_digits)
        return max(least, self.exact(step)) * steps
