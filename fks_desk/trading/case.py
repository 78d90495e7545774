"""Hold what a risk decision rests on: the wish, the steps, the limits and the account."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from fks_desk.core.model import (
    ZERO,
    Instrument,
    OrderIntent,
    OrderKind,
    TradingState,
)
from fks_desk.trading.limits import RiskLimits


class Refusal(NamedTuple):
    """Hold a stable code and a sentence with the numbers that led to it."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LastPrice:
    """Hold the newest price and how many seconds ago we learned of it."""

    price: Decimal
    age_s: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """Hold an account as one intent finds it.

    `position` is signed base units; `closing` is the size of open orders that
    already close it. `free_base` and `free_quote` are what no open, unknown or
    flying order may still claim. `total` is the worst case of all instruments in
    the reporting currency, `symbol_total` that of the intent's own, `rate` one quote
    unit in it. `positions` counts the instruments held or being bought. `lock` is a
    lock-out in force, `why` the reason of the state. `free_margin` is what perpetuals
    may still tie up, `leverage` how far it goes in the intent's own.
    """

    state: TradingState
    position: Decimal
    closing: Decimal
    free_base: Decimal
    free_quote: Decimal
    open_orders: int
    unknown_orders: int
    orders_last_minute: int
    total: Decimal
    last: LastPrice | None
    rate: Decimal | None
    symbol_total: Decimal = ZERO
    positions: int = 0
    equity: Decimal | None = None
    lock: Refusal | None = None
    why: str = ""
    leverage: Decimal = Decimal(1)
    free_margin: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Hold an intent with everything that decides on it."""

    intent: OrderIntent
    instrument: Instrument
    limits: RiskLimits
    exposure: Exposure

    @property
    def is_reducing(self) -> bool:
        """Tell whether the order can only bring the position nearer to zero."""
        held = self.exposure.position
        return (
            held * self.intent.side.sign < 0
            and self.intent.size <= abs(held) - self.exposure.closing
        )

    @property
    def price(self) -> Decimal:
        """Return the price to count with: a market order may pay the last price."""
        last = self.exposure.last
        if self.intent.kind is not OrderKind.MARKET or last is None:
            return self.intent.worst_price
        return max(self.intent.worst_price, last.price)

    @property
    def notional(self) -> Decimal:
        """Return the order's worth in the quote currency."""
        return self.intent.size * self.price
