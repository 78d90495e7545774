"""Rebuild an order book from a snapshot and the changes after it.

The rules are Binance's: drop changes that end before the snapshot, the first one
used must cover the snapshot's number plus one, and each starts where the last ended.
Futures name the end of the change before, `pu`, instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from fks_desk.adapters.exchange.hot.frames import DepthChange, Row, depth_change
from fks_desk.adapters.exchange.wire import Message, exact
from fks_desk.core.model import BookLevel

_NOTHING = frozenset({"0", *(f"0.{'0' * places}" for places in range(1, 19))})
_NEAR = 64  # levels that are kept ready to be shown
_MOST_UNSEEN = 256  # changes; when nobody looks, the levels near the best are found anew


class Depth:
    """Hold both sides of a book at one update number, told at `moment_ms`."""

    def __init__(self, snapshot: Message) -> None:
        self.sequence = int(snapshot["lastUpdateId"])
        self.moment_ms = 0
        self._bids = BookSide(_rows(snapshot["bids"]), is_falling=True)
        self._asks = BookSide(_rows(snapshot["asks"]), is_falling=False)

    @property
    def is_crossed(self) -> bool:
        """Tell whether somebody bids at or above what somebody asks: a sign of lost changes."""
        bids, asks = self.bids(1), self.asks(1)
        return bool(bids and asks) and bids[0].price >= asks[0].price

    def apply(self, change: DepthChange | Message) -> bool:
        """Apply a change; return False if one before it is missing."""
        if not isinstance(change, DepthChange):
            change = depth_change(change)
        if change.u <= self.sequence:
            return True
        before = change.U - 1 if change.pu is None else change.pu
        if before > self.sequence:
            return False
        self._bids.change(change.b)
        self._asks.change(change.a)
        self.sequence, self.moment_ms = change.u, change.E
        return True

    def bids(self, depth: int | None = None) -> tuple[BookLevel, ...]:
        """Return the best bids, or all of them, highest first."""
        return _levels(self._bids.best(depth))

    def asks(self, depth: int | None = None) -> tuple[BookLevel, ...]:
        """Return the best asks, or all of them, lowest first."""
        return _levels(self._asks.best(depth))


class BookSide:
    """Hold the levels of one side, and those near the best price ready to be shown.

    Levels keep their text; the float of a price only ranks it. Changes are written
    down at once and ranked when somebody looks.
    """

    def __init__(self, rows: Sequence[Row], *, is_falling: bool) -> None:
        self._sign = -1.0 if is_falling else 1.0
        self._rows: dict[float, Row] = {}
        self._near: set[float] = set()
        self._edge = float("-inf")
        self._unseen: list[Sequence[Row]] = []
        self.change(rows)

    def change(self, rows: Sequence[Row]) -> None:
        """Set the levels' sizes; a size of zero removes its level.

        A size below zero is told at once, however far from the best price it is: the
        change that brings it cannot be meant.
        """
        known, nothing = self._rows, _NOTHING
        for row in rows:
            price, size = row
            if size in nothing:
                known.pop(float(price), None)
            elif size[0] == "-":
                raise ValueError(f"a level's size must be zero or more, was {size}")
            else:
                known[float(price)] = row
        if len(self._unseen) < _MOST_UNSEEN:
            self._unseen.append(rows)

    def best(self, depth: int | None) -> list[Row]:
        """Return the best levels; raise ValueError if a price cannot be ranked."""
        if depth is None or depth > _NEAR:
            ranked = sorted(self._rows, key=self._rank)
            return [self._rows[price] for price in ranked[:depth]]
        self._settle(depth)
        return [self._rows[price] for price in sorted(self._near, key=self._rank)[:depth]]

    def _settle(self, depth: int) -> None:
        """Bring the levels near the best price up to date."""
        unseen, self._unseen = self._unseen, []
        if len(unseen) < _MOST_UNSEEN:
            self._look_through(unseen)
            if len(self._near) >= min(depth, len(self._rows)) and len(self._near) <= 4 * _NEAR:
                return
        ranked = sorted(self._rows, key=self._rank)[:_NEAR]
        self._near = set(ranked)
        self._edge = self._rank(ranked[-1]) if len(ranked) == _NEAR else float("inf")

    def _look_through(self, unseen: Sequence[Sequence[Row]]) -> None:
        for row in chain.from_iterable(unseen):
            price = float(row[0])
            if self._rank(price) > self._edge:
                continue
            if price in self._rows:
                self._near.add(price)
            else:
                self._near.discard(price)

    def _rank(self, price: float) -> float:
        if not price > 0:
            raise ValueError(f"a price must be above zero, was {price}")
        return self._sign * price


def _rows(rows: Sequence[Sequence[str]]) -> list[Row]:
    return [(row[0], row[1]) for row in rows]


def _levels(rows: Sequence[Row]) -> tuple[BookLevel, ...]:
    levels = tuple(
        BookLevel(price=exact(price, "price"), size=exact(size, "size")) for price, size in rows
    )
    for level in levels:
        if level.size <= 0:
            raise ValueError(f"a level's size must be above zero, was {level.size}")
    return levels
