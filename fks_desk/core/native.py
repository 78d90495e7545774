"""Say which orders beyond market and limit a venue can hold itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from fks_desk.core.model import Order, OrderIntent, OrderKind
from fks_desk.core.ports import VenueOrder
from fks_desk.core.terms import TRAIL_BPS, Exits


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """Hold what a venue takes; whatever it does not, the desk holds locally.

    Where `has_apart` a stop and a target rest beside each other as orders of their own,
    neither of which can open anything: whoever sent them ends the one that is left over.
    `trails` are the distances that its trailing stops can keep, in basis points.
    """

    kinds: frozenset[OrderKind] = frozenset({OrderKind.MARKET, OrderKind.LIMIT})
    has_pairs: bool = False
    has_apart: bool = False
    has_replace: bool = False
    trails: range = TRAIL_BPS

    def takes(self, intent: OrderIntent) -> bool:
        """Tell whether the venue itself can hold such an order."""
        return intent.kind in self.kinds and self._trails(intent.terms.trail_bps)

    def holds_both(self, exits: Exits) -> bool:
        """Tell whether the venue itself can hold all of such exits."""
        return self.holds_stop(exits) and (exits.target is None or self.has_two)

    @property
    def has_two(self) -> bool:
        """Tell whether a stop and a target may both rest at the venue."""
        return self.has_pairs or self.has_apart

    def holds_stop(self, exits: Exits) -> bool:
        """Tell whether the venue itself can hold the stop of such exits."""
        kind = OrderKind.TRAILING_STOP if exits.stop is None else OrderKind.STOP
        return exits.has_stop and kind in self.kinds and self._trails(exits.trail_bps)

    def _trails(self, trail_bps: int | None) -> bool:
        return trail_bps is None or trail_bps in self.trails


PLAIN_ABILITIES = Abilities()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """Hold how a replacement went: the old order's end and the new one's begin, told apart."""

    old: VenueOrder | None
    new: VenueOrder | None
    reason: str = ""


class NativeOrders(Protocol):
    """Take linked and replacing orders to a venue that has them.

    The errors are those of a `Broker`: a definite no for all parts raises
    `OrderRefused`, any doubt raises `OutcomeUnknown`. Nothing here sends twice.
    """

    @property
    def abilities(self) -> Abilities:
        """Return what the venue takes."""
        ...

    async def submit_pair(self, target: OrderIntent, stop: OrderIntent) -> Sequence[VenueOrder]:
        """Send two orders of which one ends the other, once."""
        ...

    async def replace(self, old: Order, intent: OrderIntent) -> Replaced:
        """Take an order back and, only if that was done, send the other, once."""
        ...
