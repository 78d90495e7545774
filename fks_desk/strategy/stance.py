"""Turn rules over whole arrays into stances: 1 is long, 0 is flat, -1 is short."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fks_desk.core.model import Stance

Stances = NDArray[np.int8]
Flags = NDArray[np.bool_]

_BY_NUMBER = {1: Stance.LONG, 0: Stance.FLAT, -1: Stance.SHORT}
NUMBER = {stance: number for number, stance in _BY_NUMBER.items()}


def newest(stances: Stances) -> Stance:
    """Return the stance after the newest bar, flat if there is none."""
    return _BY_NUMBER[int(stances[-1])] if stances.size else Stance.FLAT


def while_true(long: Flags, short: Flags | None = None) -> Stances:
    """Return long wherever the one holds, short wherever the other does, else flat."""
    stances = long.astype(np.int8)
    if short is not None:
        stances[short & ~long] = -1
    return stances


def between(enter: Flags, leave: Flags) -> Stances:
    """Return long from each bar that says enter until the next that says leave.

    A bar that says both leaves. It is flat before the first entry.
    """
    told = enter | leave
    positions = np.where(told, np.arange(told.size), -1)
    last = np.maximum.accumulate(positions) if told.size else positions
    held = (last >= 0) & ~leave[np.maximum(last, 0)] if told.size else told
    return held.astype(np.int8)
