"""Tell which pixels a tick or a step of the crosshair changes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import NamedTuple

from PySide6.QtCore import QRect
from PySide6.QtGui import QRegion


class Stain(NamedTuple):
    """Hold where something lies over the bars, and what it shows there."""

    area: QRect
    content: object


Stains = Mapping[Hashable, Stain]


def changed(before: Stains, now: Stains) -> QRegion:
    """Return where something came, went, moved or shows something else."""
    region = QRegion()
    for name in before.keys() | now.keys():
        old, new = before.get(name), now.get(name)
        if old == new:
            continue
        for stain in (old, new):
            if stain is not None:
                region += stain.area
    return region
