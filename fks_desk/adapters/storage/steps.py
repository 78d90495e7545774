"""Hold prices and volumes as whole steps of a power of ten, and get the same doubles back.

64231.12 is kept as 6,423,112 steps of scale 2. A decimal of up to 15 digits is exact that
way, and dividing by the power gives the very double that its text means. TimescaleDB packs
whole steps into less than half the space of the prices themselves, whose binary digits all
differ. What is no such decimal stays as it is, with scale 0: the same division holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fks_desk.core.frame import Floats

Scales = NDArray[np.int16]
Groups = NDArray[np.int64]
Table = NDArray[np.float64]  # one row for each column of the database

FINEST = 22  # the last power of ten that a double holds exactly
MOST_STEPS = 1e15
POWERS: Floats = np.array([float(10**scale) for scale in range(FINEST + 1)])
_LARGE = 4096
_SAMPLE = 512
_NONE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Hold columns as steps, and the scale that all columns of a row share."""

    columns: Table
    scales: Scales

    @property
    def common(self) -> int | None:
        """Return the scale, if it is the same in every row."""
        first = int(self.scales[0]) if self.scales.size else 0
        return first if (self.scales == first).all() else None


def steps_of_series(columns: Sequence[Floats], least: int = 0) -> Steps:
    """Return one series as steps of one scale, not coarser than `least`, where that is possible."""
    table = np.stack(columns)
    count = table.shape[1]
    if count > _LARGE:
        # A sample tells the scale of nearly every series; what it missed is looked at below.
        places = np.linspace(0, count - 1, _SAMPLE).astype(np.int64)
        found = _coarsest(table[:, places])
        common = max(least, int(found.max(initial=_NONE)))
        steps, fits = _fitted(table, common)
        if fits.all():
            return Steps(columns=steps, scales=np.full(count, common, dtype=np.int16))
        least = common
    return steps_of_rows(table, np.zeros(count, dtype=np.int64), np.array([least]))


def steps_of_rows(
    columns: Table | Sequence[Floats], groups: Groups, least: NDArray[np.int64]
) -> Steps:
    """Return rows of several series as steps; rows of one group share a scale where possible.

    `groups` numbers each row's series, `least` is a scale for each of them.
    """
    table = np.asarray(columns)
    own = _coarsest(table)
    shared = np.asarray(least, dtype=np.int16).copy()
    np.maximum.at(shared, groups, own)
    wanted = shared[groups]
    steps, fits = _fitted(table, wanted)
    alone, is_alone = _fitted(table, np.maximum(own, 0).astype(np.int16))
    is_alone &= own > _NONE
    scales = np.where(fits, wanted, np.where(is_alone, own, 0)).astype(np.int16)
    return Steps(
        columns=np.where(fits, steps, np.where(is_alone, alone, table)),
        scales=scales,
    )


def from_steps(steps: Floats, scales: Scales | int) -> Floats:
    """Return the numbers that the steps stand for."""
    return steps / POWERS[scales]


def _fitted(table: Table, scales: Scales | int) -> tuple[Table, NDArray[np.bool_]]:
    """Return the rows in steps of these scales, and which of them come back as they were."""
    powers = POWERS[scales]
    with np.errstate(over="ignore", invalid="ignore"):
        steps = np.rint(table * powers)
        fits = (steps / powers == table).all(axis=0)
    return steps, fits & (np.abs(steps) < MOST_STEPS).all(axis=0)


def _coarsest(table: Table) -> Scales:
    """Return each row's coarsest scale, or -1 where none gives it back."""
    found = np.full(table.shape[1], _NONE, dtype=np.int16)
    left = np.arange(table.shape[1])
    for scale in range(FINEST + 1):
        if not left.size:
            break
        _steps, fits = _fitted(table[:, left], scale)
        found[left[fits]] = scale
        left = left[~fits]
    return found
