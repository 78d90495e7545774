"""Say which orders beyond market and limit a venue can hold itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from fks_desk.core.model import Order, OrderIntent, OrderKind
from fks_desk.core.ports import VenueOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """Hold what a venue takes; whatever it does not, the desk holds locally."""

    kinds: frozenset[OrderKind] = frozenset({OrderKind.MARKET, OrderKind.LIMIT})
    has_pairs: bool = False
    has_replace: bool = False


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
