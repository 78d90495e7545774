"""Keep the guard from following every small fill with an order, and bring it back in time."""

from __future__ import annotations

from dataclasses import dataclass

from fks_desk.core.clock import Clock
from fks_desk.core.terms import ParentId

_FIRST_S = 0.25
_LONGEST_S = 10.0
_FIRST_RETRY_S = 1.0
_LONGEST_RETRY_S = 30.0
_MOST_RETRIES = 8


@dataclass(slots=True)
class _State:
    steps: int = 0
    failures: int = 0
    not_before: float = float("-inf")


class Pace:
    """Count steps per family; each doubles the wait before the next.

    So a limit on orders per minute is never used up by one entry that fills in a
    hundred parts.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._families: dict[ParentId, _State] = {}
        self._waiting: set[ParentId] = set()

    def is_early(self, parent: ParentId) -> bool:
        """Tell whether the family's next step has to wait."""
        state = self._families.get(parent)
        return state is not None and self._clock.monotonic() < state.not_before

    def step(self, parent: ParentId) -> None:
        """Count a step that was taken."""
        state = self._families.setdefault(parent, _State())
        state.not_before = self._clock.monotonic() + min(_FIRST_S * 2**state.steps, _LONGEST_S)
        state.steps = min(state.steps + 1, 16)
        state.failures = 0

    def fail(self, parent: ParentId, *, passes: bool = False) -> None:
        """Count a step that was not taken; it is tried again, but only what passes for ever."""
        state = self._families.setdefault(parent, _State())
        state.failures += 1
        if passes:
            state.failures = min(state.failures, _MOST_RETRIES)
        if state.failures <= _MOST_RETRIES:
            wait = min(_FIRST_RETRY_S * 2 ** (state.failures - 1), _LONGEST_RETRY_S)
            state.not_before = self._clock.monotonic() + wait
            self._waiting.add(parent)

    def come_back(self, parent: ParentId) -> None:
        """Ask for the family when its wait is over."""
        self._waiting.add(parent)

    def forget(self, parent: ParentId) -> None:
        """Forget a family that needs no step any more."""
        self._families.pop(parent, None)
        self._waiting.discard(parent)

    def due(self) -> tuple[ParentId, ...]:
        """Return the families whose wait is over, once each."""
        found = tuple(parent for parent in self._waiting if not self.is_early(parent))
        self._waiting.difference_update(found)
        return found
