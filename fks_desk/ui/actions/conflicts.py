"""Find keys that would mean two things in one place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
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
    found: dict[tuple[int, int, int], Conflict] = {}  # by the places of both and of the key
    for claims in _by_first_stroke(actions).values():
        for one, other in combinations(claims, 2):
            if one.place != other.place and one.clashes(other, over):
                found[one.place, other.place, one.key_place] = Conflict(
                    key=one.action.keys[one.key_place], first=one.action, second=other.action
                )
    return [found[places] for places in sorted(found)]


@lru_cache(maxsize=2_000)
def strokes(key: str) -> tuple[str, ...]:
    """Return the strokes of a key text; a comma that follows one parts it from the next."""
    parts = key.replace(", ", "\n").split("\n")
    return tuple(part.strip().casefold() for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """Hold one key of one action, and the place of each in its list."""

    place: int
    key_place: int
    action: Action
    strokes: tuple[str, ...]

    def clashes(self, other: _Claim, layers: Mapping[str, str]) -> bool:
        shared = min(len(self.strokes), len(other.strokes))
        return self.strokes[:shared] == other.strokes[:shared] and _meet(
            self.action.context, other.action.context, layers
        )


def _by_first_stroke(actions: Iterable[Action]) -> Mapping[str, list[_Claim]]:
    """Part the keys into groups; only those of one group can clash."""
    groups: dict[str, list[_Claim]] = {}
    for place, action in enumerate(actions):
        for key_place, key in enumerate(action.keys):
            found = strokes(key)
            claim = _Claim(place=place, key_place=key_place, action=action, strokes=found)
            groups.setdefault(found[0], []).append(claim)
    return groups


def _meet(first: str, second: str, layers: Mapping[str, str]) -> bool:
    if layers.get(first) == second or layers.get(second) == first:
        return False
    return first == second or WINDOW in {first, second}
