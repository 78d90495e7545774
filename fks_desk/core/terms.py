"""Say under which conditions an order works, and what family of orders it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from fks_desk.core.clock import require_utc

ParentId = NewType("ParentId", str)

# The widest and the narrowest distance that a trailing stop may keep, in basis points.
TRAIL_BPS = range(10, 2001)


class Role(StrEnum):
    """Say what an order does in its family."""

    ENTRY = "entry"
    TARGET = "target"
    STOP = "stop"
    SLICE = "slice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exits:
    """Hold where a position is to be left: a stop, a target, or both.

    `trail_bps` makes the stop follow the best price at this distance, in basis points.
    """

    stop: Decimal | None = None
    target: Decimal | None = None
    trail_bps: int | None = None

    def __post_init__(self) -> None:
        for name in ("stop", "target"):
            _require_price(getattr(self, name), name)
        _require_trail(self.trail_bps)
        if self.stop is None and self.target is None and self.trail_bps is None:
            raise ValueError("exits need a stop, a target or a trail, were none")
        if self.stop is not None and self.trail_bps is not None:
            raise ValueError(f"a stop stands or trails, were {self.stop} and {self.trail_bps}")

    @property
    def has_stop(self) -> bool:
        """Tell whether a loss is bounded."""
        return self.stop is not None or self.trail_bps is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Hold what an order asks for beside side, size and limit.

    `trigger_price` wakes a stop or a take-profit. `expires` goes with the time in
    force GTD. `exits` are attached once the order fills. `beside` is the price to which
    a person has moved the target that is to stand beside this stop.
    """

    trigger_price: Decimal | None = None
    trail_bps: int | None = None
    is_post_only: bool = False
    is_reduce_only: bool = False
    expires: datetime | None = None
    exits: Exits | None = None
    beside: Decimal | None = None

    def __post_init__(self) -> None:
        _require_price(self.trigger_price, "trigger_price")
        _require_price(self.beside, "beside")
        _require_trail(self.trail_bps)
        if self.expires is not None:
            require_utc(self.expires, "expires")


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Name the parent that an order serves, its role there and its place in line."""

    parent: ParentId
    role: Role
    number: int = 0


def _require_price(price: Decimal | None, name: str) -> None:
    if price is not None and not (price.is_finite() and price > 0):
        raise ValueError(f"{name} must be above zero, was {price}")


def _require_trail(trail_bps: int | None) -> None:
    if trail_bps is not None and trail_bps not in TRAIL_BPS:
        raise ValueError(f"need {TRAIL_BPS.start} <= trail_bps < {TRAIL_BPS.stop}, was {trail_bps}")


PLAIN = Terms()
