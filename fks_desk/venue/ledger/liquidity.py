"""Hold what the market itself offers, and forget what orders took from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from fks_desk.core.model import BookLevel, Side


class Liquidity:
    """Hold the market's own levels of one pair, best first, until the market moves."""

    def __init__(
        self, *, last: Decimal, bids: Sequence[BookLevel], asks: Sequence[BookLevel]
    ) -> None:
        self.last = last
        self._levels = {
            Side.BUY: [(level.price, level.size) for level in reversed(asks)],
            Side.SELL: [(level.price, level.size) for level in reversed(bids)],
        }
        self.taken: dict[Side, dict[Decimal, Decimal]] = {Side.BUY: {}, Side.SELL: {}}

    def best(self, taker: Side) -> tuple[Decimal, Decimal] | None:
        """Return the price and size that an order of this side meets first."""
        levels = self._levels[taker]
        return levels[-1] if levels else None

    def facing(self, taker: Side) -> Iterator[tuple[Decimal, Decimal]]:
        """Yield price and size of each level that an order of this side meets."""
        return reversed(self._levels[taker])

    def take(self, taker: Side, price: Decimal, size: Decimal) -> None:
        """Let an order take from the best level, which has that price."""
        levels = self._levels[taker]
        _, offered = levels[-1]
        if size < offered:
            levels[-1] = (price, offered - size)
        else:
            levels.pop()
        taken = self.taken[taker]
        taken[price] = taken.get(price, Decimal(0)) + size
