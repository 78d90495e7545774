"""Define what moves an account's money beside its own executions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from fks_desk.core.clock import require_utc
from fks_desk.core.model import AccountId


class TransferKind(StrEnum):
    """Say why money came or went without an execution of ours."""

    OPENING = "opening"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    FUNDING = "funding"
    INSURANCE = "insurance"


_RESULTS = frozenset({TransferKind.FUNDING, TransferKind.INSURANCE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Hold money that came without an execution, or left if the amount is negative.

    Funding is no money from outside: it is a result of holding the instrument that
    `reference` names. Nor is insurance: what a venue's fund pays when the liquidation of
    that instrument cost more than there was, so that nobody owes the rest.
    """

    account: AccountId
    currency: str
    amount: Decimal
    kind: TransferKind
    at: datetime
    reference: str = ""

    @property
    def is_from_outside(self) -> bool:
        """Tell whether the money is no result of trading."""
        return self.kind not in _RESULTS

    def __post_init__(self) -> None:
        require_utc(self.at, "at")
        if not self.amount.is_finite() or self.amount == 0:
            raise ValueError(f"a transfer moves a finite amount, was {self.amount}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityPoint:
    """Hold what an account was worth at a moment, in its reporting currency.

    `transferred` is the sum of all transfers until then, each at its worth when it
    came: equity less transferred is what trading has made.
    """

    account: AccountId
    at: datetime
    currency: str
    equity: Decimal
    transferred: Decimal

    @property
    def made(self) -> Decimal:
        """Return what trading has made, fees and open positions included."""
        return self.equity - self.transferred


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """Compare one currency: transfers and executions added up, and the balance told."""

    currency: str
    counted: Decimal
    told: Decimal

    @property
    def difference(self) -> Decimal:
        """Return what the balance has more than was counted."""
        return self.told - self.counted


class TransferReader(Protocol):
    """Read what came and went beside executions."""

    async def transfers(self, account: AccountId) -> Sequence[Transfer]:
        """Return every transfer, oldest first."""
        ...


class LedgerStore(Protocol):
    """Keep transfers and the history of equity."""

    async def movements(self, account: AccountId) -> Mapping[str, Decimal]:
        """Return what all stored transfers and executions add up to, by currency."""
        ...

    async def transfers(self, account: AccountId) -> Sequence[Transfer]:
        """Return every transfer, oldest first."""
        ...

    async def record_equity(self, point: EquityPoint) -> None:
        """Store a point; one of the same moment is replaced."""
        ...

    async def equity(
        self, account: AccountId, since: datetime, limit: int = 5_000
    ) -> Sequence[EquityPoint]:
        """Return the newest points at or after the moment, oldest first."""
        ...

    async def peak(self, account: AccountId) -> Decimal | None:
        """Return the most that trading had ever made, or None without a point."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeNote:
    """Hold what a trader wrote to one round trip."""

    account: AccountId
    trip: str
    note: str
    tags: tuple[str, ...]
    updated: datetime
