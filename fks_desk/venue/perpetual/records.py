"""Define what the margin ledger remembers: orders, fills, positions and what changes them."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from fks_desk.core.model import PositionSide, Side
from fks_desk.venue.ledger.records import (
    ZERO,
    Activated,
    Amended,
    Deposited,
    Ended,
    LedgerOrder,
)

FIRST_LEVERAGE = 20


class PerpOrder(LedgerOrder, frozen=True, kw_only=True, gc=False):
    """Hold one order for a perpetual; `closes` means whatever the position then is.

    One that waits `by_mark` is woken by the mark price instead of the last one.
    """

    position_side: PositionSide = PositionSide.NET
    reduce_only: bool = False
    closes: bool = False
    by_mark: bool = False
    is_liquidation: bool = False
    expires_ms: int = 0

    @property
    def leg(self) -> tuple[str, PositionSide]:
        """Return which position the order changes."""
        return self.symbol, self.position_side


class PerpFill(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold one execution; `realised` is before the fee, which is in the settlement currency."""

    id: int
    order_id: int
    uid: int
    symbol: str
    client_id: str
    position_side: PositionSide
    side: Side
    price: Decimal
    size: Decimal
    fee: Decimal
    realised: Decimal
    is_maker: bool
    moment_ms: int

    @property
    def signed(self) -> Decimal:
        """Return the size, negative for a sale."""
        return self.size * self.side.sign


class PerpPosition(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold one leg; size and cost are signed, `isolated` is the margin set apart for it."""

    size: Decimal = ZERO
    cost: Decimal = ZERO
    isolated: Decimal = ZERO
    updated_ms: int = 0

    @property
    def entry_price(self) -> Decimal:
        """Return the mean price of what is held, zero without a position."""
        return self.cost / self.size if self.size else ZERO

    def unrealised(self, mark: Decimal) -> Decimal:
        """Return what closing at the mark would bring, before the fee."""
        return self.size * mark - self.cost


class Terms(msgspec.Struct, frozen=True, gc=False):
    """Hold how an account trades one perpetual."""

    leverage: int = FIRST_LEVERAGE
    is_isolated: bool = False


class PerpPlaced(msgspec.Struct, frozen=True, gc=False, tag="perp_placed"):
    """Record an accepted order."""

    order: PerpOrder


class PerpFilled(msgspec.Struct, frozen=True, gc=False, tag="perp_filled"):
    """Record an execution."""

    fill: PerpFill


class Repriced(msgspec.Struct, frozen=True, gc=False, tag="repriced"):
    """Record that an open limit order got another size or price, and a new place in line."""

    order_id: int
    size: Decimal
    price: Decimal
    moment_ms: int


class Agreed(msgspec.Struct, frozen=True, gc=False, tag="agreed"):
    """Record how an account trades one perpetual from now on."""

    uid: int
    symbol: str
    terms: Terms


class Hedged(msgspec.Struct, frozen=True, gc=False, tag="hedged"):
    """Record whether an account holds long and short apart."""

    uid: int
    is_dual: bool


class Funded(msgspec.Struct, frozen=True, gc=False, tag="funded"):
    """Record a funding payment, negative if the account paid."""

    id: int
    uid: int
    symbol: str
    position_side: PositionSide
    rate: Decimal
    mark: Decimal
    amount: Decimal
    moment_ms: int


class MarginMoved(msgspec.Struct, frozen=True, gc=False, tag="margin_moved"):
    """Record margin put into an isolated position, or taken out if negative."""

    uid: int
    symbol: str
    position_side: PositionSide
    amount: Decimal
    moment_ms: int


class Insured(msgspec.Struct, frozen=True, gc=False, tag="insured"):
    """Record what the insurance fund paid because a liquidation cost more than the margin."""

    uid: int
    amount: Decimal
    moment_ms: int
    symbol: str = ""


PerpRecord = (
    Deposited
    | PerpPlaced
    | PerpFilled
    | Ended
    | Activated
    | Amended
    | Repriced
    | Agreed
    | Hedged
    | Funded
    | MarginMoved
    | Insured
)
