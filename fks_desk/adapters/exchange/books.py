"""Rebuild an order book from a snapshot and the changes after it.

The rules are Binance's: drop changes that end before the snapshot, the first one
used must cover the snapshot's number plus one, and each starts where the last ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from fks_desk.adapters.exchange.wire import Message, levels
from fks_desk.core.model import BookLevel


class Depth:
    """Hold both sides of a book at one update number."""

    def __init__(self, snapshot: Message) -> None:
        self.sequence = int(snapshot["lastUpdateId"])
        self._bids = {level.price: level.size for level in levels(snapshot["bids"]) if level.size}
        self._asks = {level.price: level.size for level in levels(snapshot["asks"]) if level.size}

    @property
    def is_crossed(self) -> bool:
        """Tell whether somebody bids at or above what somebody asks: a sign of lost changes."""
        return bool(self._bids and self._asks) and max(self._bids) >= min(self._asks)

    def apply(self, change: Message) -> bool:
        """Apply a change; return False if one before it is missing."""
        first, last = int(change["U"]), int(change["u"])
        if last <= self.sequence:
            return True
        if first > self.sequence + 1:
            return False
        _apply(self._bids, levels(change["b"]))
        _apply(self._asks, levels(change["a"]))
        self.sequence = last
        return True

    def bids(self, depth: int) -> tuple[BookLevel, ...]:
        """Return the best bids, highest first."""
        return _best(self._bids, depth, is_falling=True)

    def asks(self, depth: int) -> tuple[BookLevel, ...]:
        """Return the best asks, lowest first."""
        return _best(self._asks, depth, is_falling=False)


def _apply(side: dict[Decimal, Decimal], changes: Sequence[BookLevel]) -> None:
    for level in changes:
        if level.size:
            side[level.price] = level.size
        else:
            side.pop(level.price, None)


def _best(side: dict[Decimal, Decimal], depth: int, *, is_falling: bool) -> tuple[BookLevel, ...]:
    prices = sorted(side, reverse=is_falling)[:depth]
    return tuple(BookLevel(price=price, size=side[price]) for price in prices)
