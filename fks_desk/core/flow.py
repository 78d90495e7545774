"""Hold what takers bought and sold bar by bar, for maths and for the screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fks_desk.core.frame import Floats, Times
from fks_desk.core.model import InstrumentId, Span, Timeframe


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TradeFlow:
    """Hold the size that takers bought and sold in each bar with a recorded trade.

    `time` is the bar's open in milliseconds since 1970 (UTC), strictly rising.
    """

    time: Times
    bought: Floats
    sold: Floats

    def __len__(self) -> int:
        return int(self.time.size)

    @classmethod
    def empty(cls) -> TradeFlow:
        """Return the flow of no bar."""
        none = np.empty(0, dtype=np.float64)
        return cls(time=np.empty(0, dtype=np.int64), bought=none, sold=none)

    def followed_by(self, newer: TradeFlow, start_ms: int) -> TradeFlow:
        """Return this flow before the start, and the newer one from there on."""
        stop = int(np.searchsorted(self.time, start_ms))
        return TradeFlow(
            time=np.concatenate([self.time[:stop], newer.time]),
            bought=np.concatenate([self.bought[:stop], newer.bought]),
            sold=np.concatenate([self.sold[:stop], newer.sold]),
        )


class FlowReader(Protocol):
    """Sum up recorded trades."""

    async def flow(self, instrument: InstrumentId, timeframe: Timeframe, span: Span) -> TradeFlow:
        """Return what takers bought and sold in each bar that opened in the span."""
        ...
