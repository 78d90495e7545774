"""Count every currency twice: as the venue tells it, and as transfers and executions add up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from fks_desk.core.ledger import LedgerLine
from fks_desk.core.model import ZERO


class Ledger:
    """Add up what transfers and executions moved, from the first one on."""

    def __init__(self) -> None:
        self._counted: dict[str, Decimal] = {}
        self.is_opened = False

    def open(self, movements: Mapping[str, Decimal]) -> None:
        """Start from what is stored."""
        self._counted = dict(movements)
        self.is_opened = bool(movements)

    def move(self, movements: Mapping[str, Decimal]) -> None:
        """Count what an execution or a transfer moved."""
        for currency, amount in movements.items():
            self._counted[currency] = self._counted.get(currency, ZERO) + amount

    def counted(self, currency: str) -> Decimal:
        """Return what the currency adds up to."""
        return self._counted.get(currency, ZERO)

    def compare(self, told: Mapping[str, Decimal]) -> tuple[LedgerLine, ...]:
        """Return one line per currency that was moved or told of, in their order by name."""
        names: Iterable[str] = sorted(set(self._counted) | set(told))
        lines = (
            LedgerLine(currency=name, counted=self.counted(name), told=told.get(name, ZERO))
            for name in names
        )
        return tuple(line for line in lines if line.counted or line.told)
