"""Tell which pixels a tick or a step of the crosshair changes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import NamedTuple

from PySide6.QtCore import QRect


class Stain(NamedTuple):
    """Hold where something lies over the bars, and what it shows there."""

    area: QRect
    content: object


Stains = Mapping[Hashable, Stain]


def changed(before: Stains, now: Stains) -> list[QRect]:
    """Return the areas where something came, went, moved or shows something else.

    Two that cover no more together than apart are one area.
    """
    areas: list[QRect] = []
    for name, new in now.items():
        old = before.get(name)
        if old is None:
            _add(areas, new.area)
        elif old != new:
            _add(areas, new.area)
            if old.area != new.area:
                _add(areas, old.area)
    for name, old in before.items():
        if name not in now:
            _add(areas, old.area)
    return areas


def _add(areas: list[QRect], area: QRect) -> None:
    if area.isEmpty():
        return
    for place, other in enumerate(areas):
        both = area | other
        if _size(both) <= _size(area) + _size(other):
            areas[place] = both
            return
    areas.append(area)


def _size(area: QRect) -> int:
    return area.width() * area.height()
