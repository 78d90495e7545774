"""Describe what backs a perpetual's position, and what may be asked and changed about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from fks_desk.core.ledger import TransferKind
from fks_desk.core.messages import Command, Event
from fks_desk.core.model import ZERO, AccountId, InstrumentId, MarginMode, PositionSide


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginTier:
    """Hold what a position worth up to `cap` has to keep: a share of its worth, less `deducted`."""

    cap: Decimal
    maintenance: Decimal
    deducted: Decimal

    def __post_init__(self) -> None:
        if not 0 <= self.maintenance < 1:
            raise ValueError(f"need 0 <= maintenance < 1, was {self.maintenance}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginLine:
    """Hold one position as its venue counts it; a `size` of zero tells of the terms alone.

    `liquidation` is the mark price at which the venue closes it by force, None if no
    price does. `margin` is what is tied up by it, `funding` what was paid so far. A `side`
    of its own says that the account holds long and short apart (hedge mode). `tiers` are
    the venue's, smallest first, none while they are not known.
    """

    instrument: InstrumentId
    size: Decimal
    entry: Decimal | None
    mark: Decimal
    liquidation: Decimal | None
    margin: Decimal
    unrealised: Decimal
    leverage: Decimal
    mode: MarginMode
    side: PositionSide = PositionSide.NET
    funding: Decimal = ZERO
    tiers: tuple[MarginTier, ...] = ()

    def tier_of(self, worth: Decimal) -> MarginTier | None:
        """Return the tier that a position of so much worth falls into, if it is known."""
        return next((one for one in self.tiers if worth <= one.cap), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginPayment:
    """Hold what a perpetual brought or, below zero, cost without an execution.

    `kind` is FUNDING or INSURANCE.
    """

    kind: TransferKind
    instrument: InstrumentId
    currency: str
    amount: Decimal
    at: datetime


class MarginReader(Protocol):
    """Read and set how one margin account trades."""

    async def margins(self) -> Sequence[MarginLine]:
        """Return every perpetual's position and terms, flat ones included."""
        ...

    async def payments(self, kind: TransferKind, since: datetime) -> Sequence[MarginPayment]:
        """Return what was paid of a kind at or after the moment, oldest first.

        Of an instrument there is one payment of a kind in a moment, and none is zero.
        """
        ...

    async def set_leverage(self, instrument: InstrumentId, leverage: int) -> None:
        """Trade a perpetual with another leverage; `OrderRefused` if the venue does not."""
        ...

    async def set_margin_mode(self, instrument: InstrumentId, mode: MarginMode) -> None:
        """Back a perpetual's position alone or with the whole wallet."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseLeverage(Command):
    """Trade a perpetual with another leverage."""

    account: AccountId
    instrument: InstrumentId
    leverage: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseMarginMode(Command):
    """Back a perpetual's position with margin of its own, or with the whole wallet."""

    account: AccountId
    instrument: InstrumentId
    mode: MarginMode


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginMoved(Event):
    """What backs an account's positions was read anew."""

    account: AccountId
    lines: tuple[MarginLine, ...]

    @property
    def merge_key(self) -> object:
        """Return the account: a screen shows the newest lines."""
        return MarginMoved, self.account
