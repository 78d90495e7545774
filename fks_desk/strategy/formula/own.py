"""Say what a formula of our own can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from fks_desk.core.frame import Floats, Frame

Params = Mapping[str, float]


class Carry(Protocol):
    """Carry a formula forward one bar at a time, at a cost that does not grow."""

    def update(self, frame: Frame) -> dict[str, float]:
        """Take the frame's newest bar as closed and return the outputs there."""
        ...

    def peek(self, frame: Frame) -> dict[str, float]:
        """Return what the outputs would be if the frame's newest bar closed as it stands."""
        ...


class OwnFormula(Protocol):
    """Compute outputs of a frame's length, NaN where it is too early."""

    def compute(self, frame: Frame, params: Params) -> dict[str, Floats]:
        """Return one array per output."""
        ...

    def carry(self, frame: Frame, params: Params) -> Carry | None:
        """Return a handle that goes on after the frame, or None if it is too short."""
        ...

    def lookback(self, params: Params) -> int:
        """Return how many bars pass before the first value."""
        ...

    def memory(self, params: Params) -> int | None:
        """Return how many bars back a value can still tell apart; None for all of them."""
        ...

    def shifts(self, params: Params) -> Mapping[str, int]:
        """Return by how many bars an output is drawn later (or, below zero, earlier)."""
        ...
