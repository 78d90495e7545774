"""Remember which executions are counted, and which was the newest of each instrument."""

from __future__ import annotations

from datetime import datetime

from fks_desk.core.model import AccountId, Fill, InstrumentId, TradeId
from fks_desk.trading.portfolio import in_order

FillKey = tuple[AccountId, InstrumentId, TradeId]


class Tally:
    """Hold the keys of the newest executions; the store knows the older ones."""

    def __init__(self, *, remembered: int) -> None:
        self._counted: dict[FillKey, None] = {}
        self._newest: dict[InstrumentId, tuple[datetime, int, str]] = {}
        self._remembered = remembered

    def has(self, fill: Fill) -> bool:
        """Tell whether the execution was counted, as far as memory goes back."""
        return fill.key in self._counted

    def is_late(self, fill: Fill) -> bool:
        """Tell whether a newer execution of the instrument was counted before."""
        newest = self._newest.get(fill.instrument)
        return newest is not None and in_order(fill) < newest

    def count(self, fill: Fill) -> None:
        """Remember an execution."""
        place = in_order(fill)
        self._newest[fill.instrument] = max(place, self._newest.get(fill.instrument, place))
        self._counted[fill.key] = None
        while len(self._counted) > self._remembered:
            del self._counted[next(iter(self._counted))]
