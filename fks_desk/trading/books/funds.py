"""Count what each currency holds: the venue's last word plus our executions since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fks_desk.core.model import ZERO, Balance


@dataclass(frozen=True, slots=True, kw_only=True)
class _Movement:
    amount: Decimal
    at: datetime


class Funds:
    """Hold totals per currency.

    A venue's balance replaces what we counted up to its time; executions that are
    newer than it stay counted on top, so that neither order of arrival loses or
    doubles one.
    """

    def __init__(self, balances: Iterable[Balance] = ()) -> None:
        self._said: dict[str, Balance] = {}
        self._since: dict[str, list[_Movement]] = {}
        self._moved: dict[str, Decimal] = {}
        for balance in balances:
            self.hear(balance)

    def hear(self, balance: Balance) -> None:
        """Take the venue's word."""
        currency = balance.currency
        self._said[currency] = balance
        newer = [one for one in self._since.get(currency, ()) if one.at > balance.updated]
        self._since[currency] = newer
        self._moved[currency] = sum((one.amount for one in newer), ZERO)

    def move(self, amounts: Mapping[str, Decimal], at: datetime) -> None:
        """Count what an execution moved, unless the venue's word includes it."""
        for currency, amount in amounts.items():
            said = self._said.get(currency)
            if said is None or at > said.updated:
                self._since.setdefault(currency, []).append(_Movement(amount=amount, at=at))
                self._moved[currency] = self._moved.get(currency, ZERO) + amount

    def total(self, currency: str) -> Decimal:
        """Return what is held, locked amounts included."""
        said = self._said.get(currency)
        return (said.total if said is not None else ZERO) + self._moved.get(currency, ZERO)

    def currencies(self) -> frozenset[str]:
        """Return every currency that the venue or an execution named."""
        return frozenset(self._said) | frozenset(self._since)

    def said(self, currency: str) -> Balance | None:
        """Return the venue's last word on the currency."""
        return self._said.get(currency)
