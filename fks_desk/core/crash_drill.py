"""Name the points of an order's life at which a crash drill kills a desk, and what came of it.

Glossary: a *drill* runs on a scratch desk with an exchange of its own, never on the
account one trades; a *strike* kills the desk, its database or both as a power cut would;
a *verdict* is what the invariants say once the desk has started again without help.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from fks_desk.core.clock import require_utc
from fks_desk.core.messages import Command, Event

MIGRATING = "migrate.mid"
UNDER_WAY = "order.sent_before_ack"
CLOSING = "shutdown.mid"
POINTS = (
    MIGRATING,
    "intent.before_persist",
    "intent.persisted",
    "risk.reserved",
    "order.before_send",
    UNDER_WAY,
    "order.acked_before_persist",
    "order.persisted_before_publish",
    "fill.received_before_persist",
    "fill.persisted_before_position",
    "position.persisted",
    "cancel.sent_before_ack",
    "reconcile.mid",
    CLOSING,
)


class StruckPart(StrEnum):
    """Say what a strike kills."""

    DESK = "desk"
    DATABASE = "database"
    BOTH = "both"


class VerdictState(StrEnum):
    """Say how far a point has come."""

    WAITING = "waiting"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Hold what came of a strike; `seconds` until the desk had settled again."""

    point: str
    part: StruckPart
    state: VerdictState = VerdictState.WAITING
    seconds: float = 0.0
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashDrill:
    """Hold one drill; `ended` is None while it runs, `detail` says what it went through."""

    began: datetime
    verdicts: tuple[Verdict, ...]
    ended: datetime | None = None
    detail: str = ""

    def __post_init__(self) -> None:
        require_utc(self.began, "began")
        if self.ended is not None:
            require_utc(self.ended, "ended")

    @property
    def is_running(self) -> bool:
        """Tell whether the drill is still going on."""
        return self.ended is None

    def count(self, state: VerdictState) -> int:
        """Return how many points are in a state."""
        return sum(verdict.state is state for verdict in self.verdicts)


class CrashDrillReader(Protocol):
    """Read the drill that runs, or else the last one."""

    async def last(self) -> CrashDrill | None:
        """Return the newest drill, or None if there was none yet."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCrashDrill(Command):
    """Begin a drill on a scratch desk, unless one runs."""

    part: StruckPart = StruckPart.DESK


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelCrashDrill(Command):
    """End the drill that runs; what was judged by then is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashDrillMoved(Event):
    """A drill has come further, or has ended."""

    drill: CrashDrill

    @property
    def merge_key(self) -> object:
        """Return one key: only the newest picture matters."""
        return CrashDrillMoved
