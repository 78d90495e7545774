"""Define what the ledger remembers: orders, fills and the records that change them."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from fks_desk.core.model import Side, TimeInForce

ZERO = Decimal(0)


class LedgerKind(StrEnum):
    """Say how an order meets the book."""

    LIMIT = "LIMIT"
    MARKET = "MARKET"
    LIMIT_MAKER = "LIMIT_MAKER"


class LedgerStatus(StrEnum):
    """Say where an order stands, in the venue's own words."""

    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"

    @property
    def is_open(self) -> bool:
        """Tell whether the order can still fill."""
        return self in {LedgerStatus.NEW, LedgerStatus.PARTIALLY_FILLED}


# msgspec structs rather than dataclasses: they are as frozen, and a union of
# them is written to and read from the log by tag.
class LedgerOrder(msgspec.Struct, frozen=True, kw_only=True):
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

    @property
    def remaining(self) -> Decimal:
        """Return the size not yet filled."""
        return self.size - self.filled

    @property
    def average_price(self) -> Decimal | None:
        """Return the mean price of the fills so far, or None before the first."""
        return self.quote_filled / self.filled if self.filled else None


class LedgerFill(msgspec.Struct, frozen=True, kw_only=True):
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


class Deposited(msgspec.Struct, frozen=True, tag="deposited"):
    """Record money that came from outside, or left if negative."""

    uid: int
    asset: str
    amount: Decimal
    moment_ms: int


class Placed(msgspec.Struct, frozen=True, tag="placed"):
    """Record an accepted order, with the money that it locks."""

    order: LedgerOrder


class Filled(msgspec.Struct, frozen=True, tag="filled"):
    """Record an execution."""

    fill: LedgerFill


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """Record that an order left the book unfilled; `request_id` is the cancel's client id."""

    order_id: int
    status: LedgerStatus
    request_id: str
    moment_ms: int


Record = Deposited | Placed | Filled | Ended
