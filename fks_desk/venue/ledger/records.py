"""Define what the ledger remembers: orders, fills and the records that change them."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from fks_desk.core.model import Side, TimeInForce

ZERO = Decimal(0)


class LedgerKind(StrEnum):
    """Say how an order meets the book.

    `has_limit` tells whether it names a worst price, `has_trigger` whether it waits
    for a price before it goes to work, `takes_profit` on which side of the market.
    """

    LIMIT = "LIMIT"
    MARKET = "MARKET"
    LIMIT_MAKER = "LIMIT_MAKER"
    STOP_LOSS = "STOP_LOSS"
    STOP_LOSS_LIMIT = "STOP_LOSS_LIMIT"
    TAKE_PROFIT = "TAKE_PROFIT"
    TAKE_PROFIT_LIMIT = "TAKE_PROFIT_LIMIT"

    def __init__(self, word: str) -> None:
        # Plain attributes: the matching core reads them several times an order.
        self.takes_profit = word.startswith("TAKE_PROFIT")
        self.has_trigger = self.takes_profit or word.startswith("STOP_LOSS")
        self.has_limit = "LIMIT" in word


class SelfTrade(StrEnum):
    """Say which order gives way when both sides of a match are one account's."""

    NONE = "NONE"
    EXPIRE_TAKER = "EXPIRE_TAKER"
    EXPIRE_MAKER = "EXPIRE_MAKER"
    EXPIRE_BOTH = "EXPIRE_BOTH"


class Contingency(StrEnum):
    """Say what binds the orders of a list together."""

    OCO = "OCO"  # one cancels the other
    OTO = "OTO"  # one triggers the other
    OTOCO = "OTOCO"  # one triggers two that cancel each other


class LedgerStatus(StrEnum):
    """Say where an order stands, in the venue's own words."""

    NEW = "NEW"
    PENDING_NEW = "PENDING_NEW"  # waits for another order of its list to fill
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    EXPIRED_IN_MATCH = "EXPIRED_IN_MATCH"  # gave way to an order of the same account

    def __init__(self, word: str) -> None:
        # Whether the order can still fill.
        self.is_open = word in {"NEW", "PENDING_NEW", "PARTIALLY_FILLED"}


# msgspec structs rather than dataclasses: they are as frozen, and a union of
# them is written to and read from the log by tag. None can be part of a circle,
# so the garbage collector need not look at them.
class LedgerOrder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold one order of one account; prices and sizes are zero where they do not apply."""

    id: int
    uid: int
    symbol: str
    client_id: str
    side: Side
    kind: LedgerKind
    time_in_force: TimeInForce
    price: Decimal = ZERO
    size: Decimal = ZERO
    quote_size: Decimal = ZERO
    filled: Decimal = ZERO
    quote_filled: Decimal = ZERO
    locked: Decimal = ZERO
    status: LedgerStatus = LedgerStatus.NEW
    created_ms: int
    updated_ms: int
    stop_price: Decimal = ZERO
    trailing_bips: int = 0
    visible_size: Decimal = ZERO
    self_trade: SelfTrade = SelfTrade.NONE
    list_id: int = -1
    working_ms: int = 0
    is_waiting: bool = False

    @property
    def rests(self) -> bool:
        """Tell whether the order stands in the book, where others can meet it."""
        return (
            not self.is_waiting
            and self.kind.has_limit
            and self.status.is_open
            and self.status is not LedgerStatus.PENDING_NEW
        )

    @property
    def remaining(self) -> Decimal:
        """Return the size not yet filled."""
        return self.size - self.filled

    @property
    def average_price(self) -> Decimal | None:
        """Return the mean price of the fills so far, or None before the first."""
        return self.quote_filled / self.filled if self.filled else None


class LedgerList(msgspec.Struct, frozen=True, kw_only=True):
    """Hold orders that depend on one another, the one that works first in front."""

    id: int
    uid: int
    symbol: str
    client_id: str
    contingency: Contingency
    order_ids: tuple[int, ...]
    created_ms: int


class LedgerFill(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold one execution of one order; the fee is in the received currency."""

    id: int
    order_id: int
    uid: int
    symbol: str
    client_id: str
    side: Side
    price: Decimal
    size: Decimal
    cost: Decimal
    fee: Decimal
    fee_asset: str
    is_maker: bool
    moment_ms: int


class Deposited(msgspec.Struct, frozen=True, gc=False, tag="deposited"):
    """Record money that came from outside, or left if negative."""

    uid: int
    asset: str
    amount: Decimal
    moment_ms: int


class Placed(msgspec.Struct, frozen=True, gc=False, tag="placed"):
    """Record an accepted order, with the money that it locks."""

    order: LedgerOrder


class Filled(msgspec.Struct, frozen=True, gc=False, tag="filled"):
    """Record an execution."""

    fill: LedgerFill


class Ended(msgspec.Struct, frozen=True, gc=False, tag="ended"):
    """Record that an order left the book unfilled; `request_id` is the cancel's client id."""

    order_id: int
    status: LedgerStatus
    request_id: str
    moment_ms: int


class Activated(msgspec.Struct, frozen=True, gc=False, tag="activated"):
    """Record that an order moved on: from pending to waiting for its price, or to work.

    `locked` is the money that it holds from now on.
    """

    order_id: int
    locked: Decimal
    is_waiting: bool
    moment_ms: int


class Amended(msgspec.Struct, frozen=True, gc=False, tag="amended"):
    """Record that an order became smaller and kept its place in the line."""

    order_id: int
    size: Decimal
    locked: Decimal
    client_id: str
    moment_ms: int


class Listed(msgspec.Struct, frozen=True, tag="listed"):
    """Record a list, before the orders in it."""

    orders: LedgerList


Record = Deposited | Placed | Filled | Ended | Activated | Amended | Listed
