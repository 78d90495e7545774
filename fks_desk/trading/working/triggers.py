"""Decide whether a price wakes an order that sleeps: pure, a table of kinds and sides."""

from __future__ import annotations

from decimal import Decimal

from fks_desk.core.model import OrderIntent, OrderKind

_BPS = Decimal(10_000)


def is_passed(intent: OrderIntent, trigger: Decimal, price: Decimal) -> bool:
    """Tell whether the price has reached the trigger.

    A stop to buy waits above the market and one to sell below; a take-profit the
    other way round.
    """
    gap = (price - trigger) * intent.side.sign
    return gap >= 0 if intent.kind.is_stop else gap <= 0


def trigger_of(intent: OrderIntent, best: Decimal) -> Decimal:
    """Return the price that wakes the order; a trailing one follows the best price since."""
    if intent.kind is OrderKind.TRAILING_STOP:
        trail = Decimal(intent.terms.trail_bps or 0) / _BPS
        return best * (1 + trail * intent.side.sign)
    trigger = intent.terms.trigger_price
    if trigger is None:
        raise ValueError(f"an order of kind {intent.kind} has no trigger")
    return trigger


def better(intent: OrderIntent, best: Decimal, price: Decimal) -> Decimal:
    """Return the price that a trailing stop follows: the highest to sell, the lowest to buy."""
    return min(best, price) if intent.side.sign > 0 else max(best, price)
