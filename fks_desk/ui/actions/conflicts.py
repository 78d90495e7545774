"""Find keys that would mean two things in one place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from fks_desk.ui.actions.action import WINDOW, Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Hold two actions and the key that both want."""

    key: str
    first: Action
    second: Action

    def __str__(self) -> str:
        return f"{self.key} means both {self.first.id} and {self.second.id}"


def find_conflicts(
    actions: Iterable[Action], layers: Mapping[str, str] | None = None
) -> list[Conflict]:
    """Return every clash of keys, of whole ones and of a key with the start of a chord.

    `layers` maps a context to the one it lies over; a layer's keys go before those
    below it, so these two cannot clash.
    """
    over = layers or {}
    found = []
    for first, second in combinations(actions, 2):
        if not _meet(first.context, second.context, over):
            continue
        found += [
            Conflict(key=key, first=first, second=second)
            for key in first.keys
            if any(_overlap(key, other) for other in second.keys)
        ]
    return found


def strokes(key: str) -> tuple[str, ...]:
    """Return the strokes of a key text; a comma that follows one parts it from the next."""
    parts = key.replace(", ", "\n").split("\n")
    return tuple(part.strip().casefold() for part in parts)


def _meet(first: str, second: str, layers: Mapping[str, str]) -> bool:
    if layers.get(first) == second or layers.get(second) == first:
        return False
    return first == second or WINDOW in {first, second}


def _overlap(one: str, other: str) -> bool:
    short, long = sorted((strokes(one), strokes(other)), key=len)
    return long[: len(short)] == short
