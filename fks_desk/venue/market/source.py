"""Declare where a pair's bars come from."""

from __future__ import annotations

from typing import Protocol

from fks_desk.core.model import Timeframe
from fks_desk.venue.market.bars import Bars


class BarSource(Protocol):
    """Know every bar of one pair, past and future; the caller hides the future."""

    @property
    def base(self) -> Timeframe:
        """Return the shortest timeframe on offer."""
        ...

    @property
    def seed(self) -> tuple[int, ...]:
        """Return what the pair's chance is drawn from."""
        ...

    def first(self, timeframe: Timeframe, start_ms: int, end_ms: int, count: int) -> Bars:
        """Return the oldest bars that opened inside the span, at most count."""
        ...

    def last(self, timeframe: Timeframe, end_ms: int, count: int) -> Bars:
        """Return the newest bars that opened before the end, at most count."""
        ...

    def base_bars(self, start_ms: int, end_ms: int) -> Bars:
        """Return the bars of the shortest timeframe that opened inside the span."""
        ...

    def bar_at(self, moment_ms: int) -> Bars:
        """Return the base bar that holds the moment, or the next one; none at the very end."""
        ...
