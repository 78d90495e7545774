"""Hold points to be marked on a chart, each with the row that it stands for."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from fks_desk.core.frame import Floats, Times


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Marks:
    """Hold points column by column, oldest first.

    `side` is +1 where something was bought, -1 where it was sold and 0 for neither;
    `keys` name the rows behind the points, in the same order.
    """

    time: Times
    price: Floats
    side: Floats
    keys: tuple[Hashable, ...] = ()

    def __len__(self) -> int:
        return int(self.time.size)

    @classmethod
    def of(cls, points: Sequence[tuple[int, float, int]], keys: Sequence[Hashable] = ()) -> Marks:
        """Return (time in ms, price, side) points as columns."""
        order = sorted(range(len(points)), key=points.__getitem__)
        return cls.in_order(
            [points[place] for place in order], [keys[place] for place in order] if keys else ()
        )

    @classmethod
    def in_order(
        cls, points: Sequence[tuple[int, float, int]], keys: Sequence[Hashable] = ()
    ) -> Marks:
        """Return the points as columns in the order given: an exit stays beside its entry."""
        return cls(
            time=np.array([point[0] for point in points], dtype=np.int64),
            price=np.array([point[1] for point in points], dtype=np.float64),
            side=np.array([point[2] for point in points], dtype=np.float64),
            keys=tuple(keys),
        )

    def between(self, start_ms: int, end_ms: int) -> list[Hashable]:
        """Return the keys of the points from start up to, not including, end."""
        inside = np.flatnonzero((self.time >= start_ms) & (self.time < end_ms))
        return [self.keys[place] for place in inside]
