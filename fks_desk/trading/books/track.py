"""Keep an instrument's newest executions in the venue's order, each with the position after it."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from fks_desk.core.model import Fill, Instrument, Position
from fks_desk.trading.portfolio import apply_fill, flat, in_order

Place = tuple[datetime, int, str]

_BREATH = 200


@dataclass(frozen=True, slots=True)
class Mark:
    """Hold one execution, its place among all others and the position after it."""

    place: Place
    fill: Fill
    position: Position


class Track:
    """Hold what a late execution is put into: the newest marks, and the position before them.

    Average cost depends on the order of buys and sells, so what comes late takes its
    place and all that follow it are counted anew. An execution older than the track
    reaches back needs the store.
    """

    def __init__(
        self,
        start: Position | None = None,
        since: Place | None = None,
        *,
        marks: Iterable[Mark] = (),
        remembered: int = 10_000,
    ) -> None:
        self._start = start
        self._since = since
        self._marks = list(marks)
        self._remembered = remembered

    @property
    def newest(self) -> Place | None:
        """Return the place of the newest execution, or None before the first."""
        return self._marks[-1].place if self._marks else self._since

    @property
    def position(self) -> Position | None:
        """Return the position after the newest execution, or None before the first."""
        return self._marks[-1].position if self._marks else self._start

    def reaches(self, place: Place) -> bool:
        """Tell whether everything after the place is in memory."""
        return self._since is None or place > self._since

    def follow(self, marks: Iterable[Mark]) -> None:
        """Add marks that are newer than every other."""
        self._marks.extend(marks)
        surplus = len(self._marks) - self._remembered
        # Half of it at once, so that a long list is not moved for each execution.
        if surplus > self._remembered:
            last = self._marks[surplus - 1]
            self._start, self._since = last.position, last.place
            del self._marks[:surplus]

    async def with_late(
        self, fills: Iterable[Fill], instrument: Instrument, currency: str
    ) -> Track:
        """Return the track with executions that it reaches, each in its place."""
        late = sorted(((in_order(fill), fill) for fill in fills), key=_place)
        at = bisect_left(self._marks, late[0][0], key=lambda mark: mark.place)
        kept = self._marks[:at]
        rest = sorted([*((mark.place, mark.fill) for mark in self._marks[at:]), *late], key=_place)
        before = kept[-1].position if kept else self._start
        track = Track(self._start, self._since, marks=kept, remembered=self._remembered)
        track.follow(await marks_of(rest, before, instrument, currency))
        return track


async def marks_of(
    placed: Iterable[tuple[Place, Fill]],
    before: Position | None,
    instrument: Instrument,
    currency: str,
) -> list[Mark]:
    """Return the marks of executions in their order, letting others run meanwhile."""
    marks: list[Mark] = []
    for number, (place, fill) in enumerate(placed, start=1):
        before = apply_fill(before or flat(fill, instrument, currency), fill, instrument)
        marks.append(Mark(place, fill, before))
        if number % _BREATH == 0:
            await asyncio.sleep(0)
    return marks


def _place(placed: tuple[Place, Fill]) -> Place:
    return placed[0]
