"""Read from a family's orders where it is meant to leave its position."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from fks_desk.core.model import Instrument, Order, OrderKind
from fks_desk.core.orders import OPEN_STATES
from fks_desk.core.terms import Exits, ParentId, Role
from fks_desk.trading.working.cover import EXIT_ROLES, number_of, role_of


def parent_of(order: Order) -> ParentId | None:
    """Return the family that an order belongs to as a filled entry or as an exit."""
    family = order.intent.family
    if family is not None and family.role in EXIT_ROLES:
        return family.parent
    has_exits = order.intent.terms.exits is not None
    return ParentId(order.client_id) if has_exits and order.filled > 0 else None


def exits_of(entry: Order | None, guards: Iterable[Order]) -> Exits | None:
    """Return the exits as they stand now: a person may have moved what the entry asked for."""
    orders = tuple(guards)
    asked = None if entry is None else entry.intent.terms.exits
    stop, target = _newest(orders, Role.STOP), _newest(orders, Role.TARGET)
    if stop is None and target is None:
        return asked
    limit = target.intent.limit_price if target else None if asked is None else asked.target
    if stop is None:
        trigger, trail = (None, None) if asked is None else (asked.stop, asked.trail_bps)
    else:
        trigger, trail = stop.intent.terms.trigger_price, stop.intent.terms.trail_bps
    return Exits(stop=trigger, target=limit, trail_bps=trail)


def moved_target(guards: Iterable[Order]) -> Decimal | None:
    """Return where a person has moved the target to, until one was placed there.

    The stop that the desk holds meanwhile carries it, so it is as durable as that stop.
    """
    orders = tuple(guards)
    stop, target = _newest(orders, Role.STOP), _newest(orders, Role.TARGET)
    if stop is None or (target is not None and number_of(target) >= number_of(stop)):
        return None
    return stop.intent.terms.beside


def least(instrument: Instrument, exits: Exits) -> Decimal:
    """Return the smallest size that the venue takes at the lower of the exits' prices."""
    prices = [price for price in (exits.stop, exits.target) if price is not None]
    if not prices:
        return instrument.min_size
    worth = instrument.min_notional / min(prices)
    whole = instrument.snap_size(worth)
    return max(instrument.min_size, whole if whole >= worth else whole + instrument.lot)


def _newest(guards: tuple[Order, ...], role: Role) -> Order | None:
    """Return the newest exit of a role that names its price; a close at the market does not."""
    found = [
        one for one in guards if role_of(one) is role and one.intent.kind is not OrderKind.MARKET
    ]
    return max(found, key=lambda one: (one.state in OPEN_STATES, number_of(one)), default=None)
