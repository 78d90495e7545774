"""Rebuild an order book from a snapshot and the changes after it.

The rules are Binance's: drop changes that end before the snapshot, the first one
used must cover the snapshot's number plus one, and each starts where the last ended.
Futures name the end of the change before, `pu`, instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice

from fks_desk.adapters.exchange.hot.frames import DepthChange, Row, depth_change
from fks_desk.adapters.exchange.wire import Message, exact
from fks_desk.core.model import BookLevel

_NOTHING = frozenset({"0", *(f"0.{'0' * places}" for places in range(1, 19))})
_NEAR = 64  # levels that are kept ready to be shown
_MOST_UNSEEN = 256  # changes; when nobody looks, the levels near the best are found anew
_MOST_GONE = 1024  # levels that are gone and not forgotten yet, beside one for each that is there
_REMEMBERED = 8_192  # levels; between two looks at a book hardly any of the best ones changes


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

    Levels keep their text, and are known by the text of their price: to take its number
    takes longer than all the rest, and a price comes back a thousand times. A price that
    is written in two ways is one level all the same.
    """

    def __init__(self, rows: Sequence[Row], *, is_falling: bool) -> None:
        self._sign = -1.0 if is_falling else 1.0
        # By the price's text; a size of zero marks a level that is gone.
        self._sizes: dict[str, str] = {}
        self._ranks: dict[str, float] = {}
        self._texts: dict[float, str] = {}
        self._spelling: dict[str, str] = {}
        self._near: set[float] = set()
        self._edge = float("-inf")
        self._unseen: list[Mapping[str, str]] = []
        self._most = _MOST_GONE
        self.change(rows)

    def change(self, rows: Sequence[Row]) -> None:
        """Set the levels' sizes; a size of zero removes its level.

        Raise ValueError if a price cannot be ranked, or a size is below zero, however far
        from the best price it is: the change that brings it cannot be meant.
        """
        if not rows:
            return
        sizes = self._spelled(rows)
        if min(sizes.values()).startswith("-"):
            raise ValueError(f"a level's size must be zero or more, was {min(sizes.values())}")
        known, count = self._sizes, len(self._sizes)
        known.update(sizes)
        if len(known) > count and self._learn(len(known) - count):
            sizes = self._spelled(rows)
            known.update(sizes)
        if len(self._unseen) < _MOST_UNSEEN:
            self._unseen.append(sizes)
        if len(known) > self._most:
            self._forget_gone()

    def best(self, depth: int | None) -> list[Row]:
        """Return the best levels."""
        if depth is None or depth > _NEAR:
            self._find_near()
            ranked = sorted(self._texts)
        else:
            self._settle(depth)
            ranked = [min(self._near)] if depth == 1 and self._near else sorted(self._near)
        texts = [self._texts[rank] for rank in ranked[:depth]]
        return [(text, self._sizes[text]) for text in texts]

    def _spelled(self, rows: Sequence[Row]) -> dict[str, str]:
        """Return the last size of each price, by the spelling that it is known by."""
        if not self._spelling:
            return dict(rows)
        return {self._spelling.get(price, price): size for price, size in rows}

    def _learn(self, count: int) -> bool:
        """Rank the newest prices, and tell whether one is another spelling of a known one."""
        is_spelled_anew = False
        for text in list(islice(reversed(self._sizes), count)):
            price = float(text)
            if not price > 0:
                raise ValueError(f"a price must be above zero, was {text}")
            first = self._texts.setdefault(self._sign * price, text)
            if first == text:
                self._ranks[text] = self._sign * price
            else:
                del self._sizes[text]
                self._spelling[text] = first
                is_spelled_anew = True
        return is_spelled_anew

    def _settle(self, depth: int) -> None:
        """Bring the levels near the best price up to date."""
        unseen, self._unseen = self._unseen, []
        if len(unseen) < _MOST_UNSEEN:
            self._look_through(unseen)
            if min(depth, len(self._sizes)) <= len(self._near) <= 4 * _NEAR:
                return
        self._find_near()

    def _look_through(self, unseen: Sequence[Mapping[str, str]]) -> None:
        sizes, ranks, near, edge = self._sizes, self._ranks, self._near, self._edge
        for text in chain.from_iterable(unseen):
            rank = ranks[text]
            if rank > edge:
                continue
            if sizes[text] in _NOTHING:
                near.discard(rank)
            else:
                near.add(rank)

    def _find_near(self) -> None:
        self._forget_gone()
        self._unseen = []
        ranked = sorted(self._texts)[:_NEAR]
        self._near = set(ranked)
        self._edge = ranked[-1] if len(ranked) == _NEAR else float("inf")

    def _forget_gone(self) -> None:
        """Drop the levels that are gone; those near the best price are found anew then."""
        sizes = {text: size for text, size in self._sizes.items() if size not in _NOTHING}
        self._sizes = sizes
        self._ranks = {text: self._ranks[text] for text in sizes}
        self._texts = {rank: text for text, rank in self._ranks.items()}
        self._most = 2 * len(sizes) + _MOST_GONE
        self._unseen = [sizes] * _MOST_UNSEEN


def _rows(rows: Sequence[Sequence[str]]) -> list[Row]:
    return [(row[0], row[1]) for row in rows]


def _levels(rows: Sequence[Row]) -> tuple[BookLevel, ...]:
    return tuple(_level(price, size) for price, size in rows)


@lru_cache(maxsize=_REMEMBERED)
def _level(price: str, size: str) -> BookLevel:
    level = BookLevel(price=exact(price, "price"), size=exact(size, "size"))
    if level.size <= 0:
        raise ValueError(f"a level's size must be above zero, was {level.size}")
    return level
