"""Pass streams from one connection to the next: nothing lost, nothing twice, all in order."""

from __future__ import annotations

from collections.abc import Collection, Set
from dataclasses import dataclass, field
from typing import Any

Numbered = tuple[int, Any]  # what orders a stream, and a frame of it


@dataclass(slots=True)
class _Crossing:
    """Hold one stream between its two connections."""

    last: int | None = None
    held: list[Numbered] = field(default_factory=list)
    is_over: bool = False


class Handover:
    """Hear both connections until the new one is known to have missed nothing.

    Frames of the new connection wait until the old one has told of the first of
    them; from then on the old one is not listened to. A stream that is silent on
    both is passed on by `finish`. One that `has_failed` leaves the old connection
    in its place.
    """

    def __init__(self, names: Collection[str], *, old: str, new: str) -> None:
        self.old, self.new = old, new
        self.has_failed = False
        self._crossings = {name: _Crossing() for name in names}

    @property
    def names(self) -> Set[str]:
        """Return the streams that pass."""
        return self._crossings.keys()

    @property
    def is_over(self) -> bool:
        """Tell whether every stream has passed."""
        return all(one.is_over for one in self._crossings.values())

    def take(self, url: str, name: str, number: int, frame: Any) -> list[Any]:
        """Return what may be delivered now, in order."""
        crossing = self._crossings.get(name)
        if crossing is None:
            return [frame] if url != self.old else []
        if url == self.old:
            return self._from_old(crossing, number, frame)
        return self._from_new(crossing, number, frame)

    def finish(self) -> dict[str, list[Any]]:
        """End the handover and return what still waited, by stream."""
        return {name: _release(one) for name, one in self._crossings.items() if not one.is_over}

    def _from_old(self, crossing: _Crossing, number: int, frame: Any) -> list[Any]:
        if crossing.is_over:
            return []
        crossing.last = number
        if crossing.held and number >= crossing.held[0][0]:
            return [frame, *_release(crossing)]
        return [frame]

    def _from_new(self, crossing: _Crossing, number: int, frame: Any) -> list[Any]:
        if crossing.last is not None and number <= crossing.last:
            # The old connection was ahead, so nothing lies between the two.
            return _release(crossing)
        if crossing.is_over:
            return [frame]
        crossing.held.append((number, frame))
        return []


def _release(crossing: _Crossing) -> list[Any]:
    crossing.is_over = True
    held, crossing.held = crossing.held, []
    last = crossing.last
    return [frame for number, frame in held if last is None or number > last]
