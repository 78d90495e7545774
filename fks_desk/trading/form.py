"""Check an order's own numbers: steps, sizes, triggers, exits and how far from the market."""

from __future__ import annotations

from decimal import Decimal

from fks_desk.core.model import InstrumentKind, OrderIntent, Side
from fks_desk.trading.case import Case, Refusal


def steps(case: Case) -> Refusal | None:
    """Refuse prices and sizes between the venue's steps."""
    tick, lot = case.instrument.tick, case.instrument.lot
    for price in _prices(case.intent):
        if price % tick != 0:
            return Refusal("TICK", f"the price moves in steps of {tick}, was {price}")
    if case.intent.size % lot != 0:
        return Refusal("LOT", f"the size moves in steps of {lot}, was {case.intent.size}")
    return None


def _prices(intent: OrderIntent) -> list[Decimal]:
    exits = intent.terms.exits
    named = (
        intent.limit_price,
        intent.terms.trigger_price,
        exits.stop if exits is not None else None,
        exits.target if exits is not None else None,
    )
    return [price for price in named if price is not None]


def trigger(case: Case) -> Refusal | None:
    """Refuse a trigger that the market has passed already: it would fire at once."""
    trigger, last = case.intent.terms.trigger_price, case.exposure.last
    if trigger is None or last is None or case.intent.terms.is_reduce_only:
        # A guard that comes late is to leave at once, not to stay away.
        return None
    ahead = (trigger - last.price) * case.intent.side.sign
    if (ahead > 0) is case.intent.kind.is_stop:
        return None
    side = "above" if case.intent.kind.is_stop is (case.intent.side is Side.BUY) else "below"
    return Refusal(
        "TRIGGER",
        f"a {case.intent.kind.replace('_', ' ')} to {case.intent.side} waits {side} "
        f"the last price {last.price}, was {trigger}",
    )


def exits(case: Case) -> Refusal | None:
    """Refuse exits that stand on the wrong side of the entry."""
    exits, price, sign = case.intent.terms.exits, case.price, case.intent.side.sign
    if exits is None:
        return None
    if case.intent.side is Side.SELL and case.instrument.kind is InstrumentKind.SPOT:
        return Refusal(
            "EXITS", f"selling {case.instrument.base} opens no position that exits could guard"
        )
    if exits.stop is not None and (price - exits.stop) * sign <= 0:
        return Refusal(
            "STOP_SIDE", f"the stop must be on the losing side of {price}, was {exits.stop}"
        )
    if exits.target is not None and (exits.target - price) * sign <= 0:
        return Refusal(
            "TARGET_SIDE", f"the target must be on the winning side of {price}, was {exits.target}"
        )
    return None


def sizes(case: Case) -> Refusal | None:
    """Refuse a size that the venue or our own limit does not take."""
    size, instrument, limits = case.intent.size, case.instrument, case.limits
    if size < instrument.min_size:
        return Refusal("MIN_SIZE", f"the venue takes {instrument.min_size} or more, was {size}")
    if instrument.max_size is not None and size > instrument.max_size:
        return Refusal("MAX_SIZE", f"the venue takes {instrument.max_size} at most, was {size}")
    if size > limits.max_order_size:
        return Refusal(
            "MAX_ORDER_SIZE", f"the limit is a size of {limits.max_order_size}, was {size}"
        )
    return None


def min_notional(case: Case) -> Refusal | None:
    """Refuse an order that is worth too little for the venue."""
    worth = case.intent.notional
    if worth >= case.instrument.min_notional:
        return None
    return Refusal(
        "MIN_NOTIONAL",
        f"the venue takes orders worth {case.instrument.min_notional} "
        f"{case.instrument.quote} or more, was {worth}",
    )


def collar(case: Case) -> Refusal | None:
    """Refuse a price that is far from the market."""
    if case.exposure.last is None:
        return None
    last, price = case.exposure.last.price, case.intent.worst_price
    if case.intent.kind.is_conditional and case.is_reducing:
        # A protective stop stands where it must; it can only make the position smaller.
        return None
    worse = (price - last) / last * case.intent.side.sign
    if -case.limits.collar_away <= worse <= case.limits.collar:
        return None
    most = case.limits.collar if worse > 0 else case.limits.collar_away
    return Refusal(
        "COLLAR",
        f"the price {price} is {abs(worse):.1%} from the last price {last}, "
        f"the limit on this side is {most:.1%}",
    )
