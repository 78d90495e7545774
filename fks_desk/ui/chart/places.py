"""Place buckets on pixels, once for everything that is drawn over the same bars."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fks_desk.ui.chart.projection import Projection
from fks_desk.ui.chart.pyramid import Buckets, Place, middles

Numbers = NDArray[np.float64]


def pixels_of(projection: Projection, buckets: Buckets) -> Numbers:
    """Return the pixel of each bucket's middle; several lines share it, so it is read only."""
    return _pixels(projection.left, projection.bar_width, buckets.place)


def columns_of(projection: Projection, buckets: Buckets, body: int) -> tuple[Numbers, Numbers]:
    """Return the left pixel and the width of each bar's body, both read only.

    Buckets of many bars stand without gaps, as the bars themselves would.
    """
    return _columns(projection.left, projection.bar_width, buckets.place, body)


@lru_cache(maxsize=32)
def _pixels(left: float, bar_width: float, place: Place) -> Numbers:
    return _read_only((middles(place) - left) * bar_width)


@lru_cache(maxsize=32)
def _columns(left: float, bar_width: float, place: Place, body: int) -> tuple[Numbers, Numbers]:
    level, first, count, _ = place
    if level == 0:
        x = np.floor(_pixels(left, bar_width, place)) - body // 2
        return _read_only(x), _read_only(np.full(count, float(body)))
    numbers = np.arange(first, first + count + 1) * (1 << level) - 0.5
    edges = np.floor((numbers - left) * bar_width)
    return _read_only(edges[:-1]), _read_only(np.maximum(1.0, np.diff(edges)))


def _read_only(numbers: Numbers) -> Numbers:
    numbers.flags.writeable = False
    return numbers
