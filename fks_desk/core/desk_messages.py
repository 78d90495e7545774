"""Name what a trader asks of the order desk beyond plain orders, and what it tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from fks_desk.core.ledger import EquityPoint, LedgerLine
from fks_desk.core.messages import Command, Event
from fks_desk.core.model import AccountId, ClientOrderId, InstrumentId, OrderIntent
from fks_desk.core.parents import ParentOrder, ParentPlan
from fks_desk.core.terms import Exits, ParentId


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendOrder(Command):
    """Change an open order's size or prices; what is None stays as it is."""

    account: AccountId
    client_id: ClientOrderId
    size: Decimal | None = None
    limit_price: Decimal | None = None
    trigger_price: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachExits(Command):
    """Guard what is held of an instrument by a stop, a target, or both."""

    account: AccountId
    instrument: InstrumentId
    exits: Exits


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveStop(Command):
    """Let the stops of a position wait at another price, or place one where there is none."""

    account: AccountId
    instrument: InstrumentId
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversePosition(Command):
    """Close what is held and open as much the other way."""

    account: AccountId
    instrument: InstrumentId


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionLeft(Event):
    """Tell that closing a position has come to its end, and why if it was not closed."""

    account: AccountId
    instrument: InstrumentId
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartParent(Command):
    """Work an order through children."""

    plan: ParentPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class StopParent(Command):
    """Stop working an order and take its open children back."""

    account: AccountId
    parent: ParentId


@dataclass(frozen=True, slots=True, kw_only=True)
class KillTrading(Command):
    """Halt, take back every order and close every position."""

    reason: str


class Verdict(StrEnum):
    """Say what a person decided of an order in doubt."""

    NEVER_THERE = "never there"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideOrder(Command):
    """Record what a person found out about an order whose outcome is unknown."""

    account: AccountId
    client_id: ClientOrderId
    verdict: Verdict
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptDifference(Command):
    """Record that a person looked at the venue and takes over what no execution explains.

    `differences` repeats, by currency, what was shown: anything else is asked about anew.
    """

    account: AccountId
    differences: Mapping[str, Decimal]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmTrading(Command):
    """Let orders of a live account leave for a while; `phrase` repeats the account's name."""

    account: AccountId
    phrase: str
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DisarmTrading(Command):
    """Let nothing of a live account leave any more."""

    account: AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class LockTrading(Command):
    """Let nothing that a hand sends raise exposure any more; a live account is disarmed, too."""

    account: AccountId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockTrading(Command):
    """Let orders by hand leave again; `phrase` repeats the account's name."""

    account: AccountId
    phrase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeRebalance(Command):
    """Work out the orders that reach target weights; nothing of it is sent."""

    account: AccountId
    weights: Mapping[InstrumentId, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentMoved(Event):
    """A parent order started, got further, finished or was stopped."""

    parent: ParentOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityMoved(Event):
    """What the account is worth was counted anew."""

    point: EquityPoint

    @property
    def merge_key(self) -> object:
        """Return the account: a screen shows the newest worth."""
        return EquityMoved, self.point.account


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerChecked(Event):
    """Transfers and executions were added up and compared with the balances.

    What `is_asked` waits for a person: see `AcceptDifference`.
    """

    account: AccountId
    lines: tuple[LedgerLine, ...]
    at: datetime
    is_asked: bool = False

    @property
    def differences(self) -> tuple[LedgerLine, ...]:
        """Return the lines that do not add up."""
        return tuple(line for line in self.lines if line.difference)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingArmed(Event):
    """A live account may send until the moment, or may not if that is None.

    `is_locked` tells of any account that nothing sent by hand may raise exposure.
    """

    account: AccountId
    until: datetime | None
    is_locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RebalanceProposed(Event):
    """The orders that would reach the target weights; a person sends them, or nobody."""

    account: AccountId
    orders: tuple[OrderIntent, ...]
    notes: tuple[str, ...] = field(default=())
