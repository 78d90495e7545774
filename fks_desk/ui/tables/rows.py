"""Keep keyed rows in the order of their sort key, at most so many."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Generic, TypeVar

R = TypeVar("R")


class RowStore(Generic[R]):
    """Find rows by key and by position, oldest at position 0.

    Appending at the end and dropping from the front cost the same at any length;
    a row that belongs in between costs a walk over those behind it. Positions are
    kept relative to `_dropped`, so that dropping the oldest moves no other entry.
    """

    def __init__(
        self, *, key: Callable[[R], Hashable], order: Callable[[R], Any], limit: int
    ) -> None:
        if limit < 1:
            raise ValueError(f"need limit >= 1, was {limit}")
        self._key = key
        self._order = order
        self.limit = limit
        self._rows: list[R] = []
        self._places: dict[Hashable, int] = {}
        self._dropped = 0

    def __len__(self) -> int:
        return len(self._rows)

    def at(self, position: int) -> R:
        """Return the row at a position, counted from the oldest."""
        return self._rows[position]

    def find(self, key: Hashable) -> int | None:
        """Return a key's position, or None."""
        place = self._places.get(key)
        return None if place is None else place - self._dropped

    def key_of(self, row: R) -> Hashable:
        """Return what names the row."""
        return self._key(row)

    def keeps_place(self, row: R, position: int) -> bool:
        """Tell whether the row may replace the one at the position without moving."""
        return bool(self._order(row) == self._order(self._rows[position]))

    def replace(self, position: int, row: R) -> None:
        """Put the row in the place of an older state of itself."""
        self._rows[position] = row

    def place_for(self, row: R) -> int:
        """Return where a new row belongs: behind all that are not younger."""
        order = self._order(row)
        if not self._rows or self._order(self._rows[-1]) <= order:
            return len(self._rows)
        return bisect_right(self._rows, order, key=self._order)

    def youngest(self, rows: Iterable[R]) -> list[R]:
        """Return the rows in their order, no more of them than can be kept."""
        return sorted(rows, key=self._order)[-self.limit :]

    def append(self, rows: Sequence[R]) -> None:
        """Put new rows behind all others; they must be in their order already."""
        position = len(self._rows)
        self._rows.extend(rows)
        self._number_from(position)

    def insert(self, position: int, row: R) -> None:
        """Put a new row at its place."""
        self._rows.insert(position, row)
        self._number_from(position)

    def remove(self, position: int) -> None:
        """Take a row out."""
        del self._places[self._key(self._rows.pop(position))]
        self._number_from(position)

    def drop_oldest(self, count: int) -> None:
        """Take the oldest rows out."""
        for row in self._rows[:count]:
            del self._places[self._key(row)]
        del self._rows[:count]
        self._dropped += count

    def fill(self, rows: list[R]) -> None:
        """Start anew with the youngest of these rows; of equal keys the last one counts."""
        unique = {self._key(row): row for row in rows}
        self._rows = self.youngest(unique.values())
        self._places = {}
        self._dropped = 0
        self._number_from(0)

    def _number_from(self, position: int) -> None:
        for place in range(position, len(self._rows)):
            self._places[self._key(self._rows[place])] = place + self._dropped
