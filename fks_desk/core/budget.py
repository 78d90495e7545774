"""Remember across a restart how much of an exchange's patience is used up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from fks_desk.core.clock import require_utc


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetState:
    """Hold what a venue counts against us: the weight of this minute, and until when it waits.

    `held_until` is None unless the venue asked to be left alone.
    """

    venue: str
    used_weight: int = 0
    used_at: datetime | None = None
    held_until: datetime | None = None

    def __post_init__(self) -> None:
        if self.used_weight < 0:
            raise ValueError(f"used_weight must be zero or more, was {self.used_weight}")
        for name in ("used_at", "held_until"):
            moment = getattr(self, name)
            if moment is not None:
                require_utc(moment, name)


class BudgetStore(Protocol):
    """Keep the newest state of each venue where a killed process cannot lose it."""

    def load(self, venue: str) -> BudgetState | None:
        """Return the state, or None if none is known or readable."""
        ...

    def save(self, state: BudgetState) -> None:
        """Keep the state; returns when it is written."""
        ...
