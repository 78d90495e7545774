"""Turn one bar into the prints that drew it: a path through open, high, low and close."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fks_desk.venue.market.bars import Bars, Ints, no_bars

FEWEST = 4  # one print each for open, high, low and close
IDS_PER_BAR = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tape:
    """Hold the prints of one bar in order.

    `offset_ms` counts from the bar's open, `price` in ticks, `size` in lots;
    `is_sell` tells that the taker sold.
    """

    opened_ms: int
    offset_ms: Ints
    price: Ints
    size: Ints
    is_sell: NDArray[np.bool_]

    def __len__(self) -> int:
        return int(self.price.size)

    def due(self, moment_ms: int) -> int:
        """Return how many prints have happened at the moment."""
        return int(np.searchsorted(self.offset_ms, moment_ms - self.opened_ms, side="right"))

    def bar(self, count: int) -> Bars:
        """Return what the first prints add up to: one bar, or none before the first."""
        if count == 0:
            return no_bars()
        price, size = self.price[:count], self.size[:count]
        values = {
            "time": self.opened_ms,
            "open": price[0],
            "high": price.max(),
            "low": price.min(),
            "close": price[-1],
            "volume": size.sum(),
            "quote": (price * size).sum(),
            "count": count,
        }
        return Bars(**{name: np.array([value], np.int64) for name, value in values.items()})


def tape_of(bars: Bars, *, length_ms: int, count: int, seed: tuple[int, ...]) -> Tape:
    """Return the prints of a single bar, the same for the same seed.

    The first print is the open and the last the close, high and low are each
    reached, nothing goes beyond them, and the sizes add up to the volume.
    """
    opened_ms, volume = int(bars.time[0]), int(bars.volume[0])
    if volume <= 0:
        return _silent(opened_ms)
    rng = np.random.default_rng((*seed, opened_ms))
    if volume < FEWEST:
        price = np.full(volume, bars.close[0], dtype=np.int64)
    else:
        price = _path(bars, min(max(count, FEWEST), volume), rng)
    total = price.size
    step = length_ms / total
    moments = (np.arange(total) + rng.uniform(0.05, 0.95, total)) * step
    return Tape(
        opened_ms=opened_ms,
        offset_ms=moments.astype(np.int64),
        price=price,
        size=_sizes(volume, total, rng),
        is_sell=_takers(price, rng),
    )


def _path(bars: Bars, count: int, rng: np.random.Generator) -> Ints:
    """Return the prices: straight legs between the four corners, with noise kept inside."""
    first, high, low, last = (
        int(getattr(bars, name)[0]) for name in ("open", "high", "low", "close")
    )
    corners = [first, low, high, last] if last >= first else [first, high, low, last]
    inner = np.sort(rng.choice(np.arange(1, count - 1), 2, replace=False))
    at = np.array([0, inner[0], inner[1], count - 1])
    line = np.interp(np.arange(count), at, corners)
    noise = rng.normal(0.0, 0.06 * max(high - low, 1), count)
    price: Ints = np.clip(np.rint(line + noise), low, high).astype(np.int64)
    price[at] = corners
    return price


def _sizes(volume: int, count: int, rng: np.random.Generator) -> Ints:
    """Return sizes of at least one lot that add up to the volume."""
    weights = rng.exponential(1.0, count)
    edges = np.rint(np.cumsum(weights) / weights.sum() * (volume - count)).astype(np.int64)
    sizes: Ints = np.diff(edges, prepend=0) + 1
    return sizes


def _takers(price: Ints, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return whether each print's taker sold: mostly where the price fell."""
    moves = np.diff(price, prepend=price[0])
    return rng.uniform(size=price.size) < 0.5 - 0.35 * np.sign(moves)


def _silent(opened_ms: int) -> Tape:
    none = np.empty(0, dtype=np.int64)
    return Tape(
        opened_ms=opened_ms, offset_ms=none, price=none, size=none, is_sell=none.astype(np.bool_)
    )
