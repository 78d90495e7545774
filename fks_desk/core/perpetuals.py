"""Describe what holding a perpetual costs and how crowded it is: mark, funding, open interest."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from fks_desk.core.clock import require_utc
from fks_desk.core.messages import Event
from fks_desk.core.model import Instrument, InstrumentId


@dataclass(frozen=True, slots=True, kw_only=True)
class PerpetualState:
    """Hold a perpetual's public state; what its exchange does not tell is None.

    `funding_rate` is a share of the notional, paid by longs to shorts at
    `next_funding`, by shorts to longs if negative. `open_interest` is in units of
    the base currency.
    """

    instrument: InstrumentId
    mark: Decimal
    index: Decimal | None = None
    funding_rate: Decimal | None = None
    next_funding: datetime | None = None
    open_interest: Decimal | None = None
    ts_event: datetime
    ts_init: datetime

    def __post_init__(self) -> None:
        for name in ("mark", "index"):
            price = getattr(self, name)
            if price is not None and not (price.is_finite() and price > 0):
                raise ValueError(f"{name} must be above zero, was {price}")
        if self.funding_rate is not None and not self.funding_rate.is_finite():
            raise ValueError(f"funding_rate must be finite, was {self.funding_rate}")
        interest = self.open_interest
        if interest is not None and not (interest.is_finite() and interest >= 0):
            raise ValueError(f"open_interest must be zero or more, was {interest}")
        require_utc(self.ts_event, "ts_event")


@dataclass(frozen=True, slots=True, kw_only=True)
class PerpetualMoved(Event):
    """A perpetual's mark price, funding or open interest changed."""

    state: PerpetualState

    @property
    def merge_key(self) -> object:
        """Return the instrument: a screen shows the newest state."""
        return PerpetualMoved, self.state.instrument


class PerpetualSource(Protocol):
    """Stream the public state of perpetuals of one venue."""

    def perpetual(self, instrument: Instrument) -> AsyncIterator[PerpetualState]:
        """Yield each change; ends only by error or cancel."""
        ...


class PerpetualStore(Protocol):
    """Keep one state a minute of each perpetual."""

    async def record_perpetual(self, state: PerpetualState) -> None:
        """Store a state; a later one of the same minute replaces it."""
        ...

    async def perpetuals(self, instrument: InstrumentId, limit: int) -> Sequence[PerpetualState]:
        """Return the newest stored states, newest first."""
        ...
