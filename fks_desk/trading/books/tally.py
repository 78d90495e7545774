"""Remember which executions are counted."""

from __future__ import annotations

from fks_desk.core.model import AccountId, Fill, InstrumentId, TradeId

FillKey = tuple[AccountId, InstrumentId, TradeId]


class Tally:
    """Hold the keys of the newest executions; the store knows the older ones."""

    def __init__(self, *, remembered: int) -> None:
        self._counted: dict[FillKey, None] = {}
        self._remembered = remembered

    def has(self, fill: Fill) -> bool:
        """Tell whether the execution was counted, as far as memory goes back."""
        return fill.key in self._counted

    def count(self, fill: Fill) -> None:
        """Remember an execution."""
        self._counted[fill.key] = None
        while len(self._counted) > self._remembered:
            del self._counted[next(iter(self._counted))]
