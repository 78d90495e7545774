"""Define orders that are worked by the desk through children."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from fks_desk.core.clock import require_utc
from fks_desk.core.model import AccountId, InstrumentId, Side
from fks_desk.core.terms import ParentId

# Fewer is a plain order; more would be refused by the limit on open orders.
SLICES = range(2, 201)


class ParentKind(StrEnum):
    """Say how a parent spends its size."""

    LADDER = "ladder"
    TWAP = "twap"
    ICEBERG = "iceberg"


class ParentState(StrEnum):
    """Say where a parent stands."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentPlan:
    """Hold what a parent order is to do.

    A ladder rests `slices` limits from `price` to `far_price` at once. A TWAP sends
    `slices` market orders, one every `every`. An iceberg rests one limit at `price`
    after another, `slices` in all.
    """

    parent: ParentId
    account: AccountId
    instrument: InstrumentId
    kind: ParentKind
    side: Side
    size: Decimal
    slices: int
    price: Decimal | None = None
    far_price: Decimal | None = None
    every: timedelta | None = None
    created: datetime

    def __post_init__(self) -> None:
        require_utc(self.created, "created")
        if not (self.size.is_finite() and self.size > 0):
            raise ValueError(f"size must be above zero, was {self.size}")
        if self.slices not in SLICES:
            raise ValueError(f"need {SLICES.start} <= slices < {SLICES.stop}, was {self.slices}")
        wanted = {
            "price": self.kind is not ParentKind.TWAP,
            "far_price": self.kind is ParentKind.LADDER,
            "every": self.kind is ParentKind.TWAP,
        }
        for name, is_due in wanted.items():
            if (getattr(self, name) is not None) is not is_due:
                word = "needs" if is_due else "has no place for"
                raise ValueError(f"a {self.kind} {word} {name}, was {getattr(self, name)}")
        if self.every is not None and self.every <= timedelta(0):
            raise ValueError(f"every must be above zero, was {self.every}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentOrder:
    """Hold a parent as far as it got."""

    plan: ParentPlan
    state: ParentState
    reason: str = ""
    updated: datetime

    @property
    def id(self) -> ParentId:
        """Return the parent's id."""
        return self.plan.parent


class ParentStore(Protocol):
    """Read parent orders; they are written with what they change."""

    async def running_parents(self, account: AccountId) -> Sequence[ParentOrder]:
        """Return the parents that still work, oldest first."""
        ...

    async def parents(self, account: AccountId, limit: int = 200) -> Sequence[ParentOrder]:
        """Return the newest parents."""
        ...
