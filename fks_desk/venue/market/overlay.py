"""Lay the accounts' own orders over a market's synthetic book, and mark what they took."""

from __future__ import annotations

from collections.abc import Mapping

from fks_desk.core.model import Side
from fks_desk.venue.market.depth import Depth, DepthSide

Lots = Mapping[int, int]  # size in lots by price in ticks


class Overlay:
    """Hold what accounts add to each side, and what they took since the market last moved."""

    def __init__(self) -> None:
        self._added: dict[Side, Lots] = {side: {} for side in Side}
        self._taken: dict[Side, Lots] = {side: {} for side in Side}
        self.changes = 0

    def show(self, side: Side, added: Lots, taken: Lots) -> None:
        """Replace one side of the book: resting orders, and what was taken from the market."""
        if (self._added[side], self._taken[side]) != (added, taken):
            self._added[side], self._taken[side] = added, taken
            self.changes += 1

    def over(self, depth: Depth) -> Depth:
        """Return the book as everybody sees it."""
        return Depth(
            bids=self._side(Side.BUY, depth.bids, -1),
            asks=self._side(Side.SELL, depth.asks, 1),
        )

    def _side(self, side: Side, shown: DepthSide, direction: int) -> DepthSide:
        added, taken = self._added[side], self._taken[side]
        if not added and not taken:
            return shown
        lots = dict(zip(shown.ticks, shown.lots, strict=True))
        for tick, size in taken.items():
            if tick in lots:
                lots[tick] -= size
        for tick, size in added.items():
            lots[tick] = lots.get(tick, 0) + size
        ticks = sorted((tick for tick, size in lots.items() if size > 0), key=direction.__mul__)
        return DepthSide(tuple(ticks), tuple(lots[tick] for tick in ticks))
