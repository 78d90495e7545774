"""Write the orders that leave a position: its stop, its target, and its close at the market."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from fks_desk.core.ids import new_client_id
from fks_desk.core.model import (
    AccountId,
    ClientOrderId,
    InstrumentId,
    OrderIntent,
    OrderKind,
    Origin,
    Side,
)
from fks_desk.core.terms import Exits, Family, ParentId, Role, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Hold what every exit of one family shares."""

    parent: ParentId
    account: AccountId
    instrument: InstrumentId
    side: Side
    size: Decimal
    number: int
    at: datetime


def target_intent(leaving: Leaving, exits: Exits) -> OrderIntent | None:
    """Return the order that takes the gain, or None if none is wanted."""
    if exits.target is None:
        return None
    return replace(
        _exit(leaving, Role.TARGET, exits.target),
        client_id=_name(leaving, "t"),
        kind=OrderKind.LIMIT,
        limit_price=exits.target,
    )


def stop_intent(
    leaving: Leaving, exits: Exits, last: Decimal | None, beside: Decimal | None = None
) -> OrderIntent | None:
    """Return the order that bounds the loss, or None if none is wanted or no price is known.

    `last` is where a trailing stop begins to follow, `beside` where the family's target
    is to rest that was taken away from there.
    """
    trails = exits.stop is None
    reference = last if trails else exits.stop
    if not exits.has_stop or reference is None:
        return None
    return replace(
        _exit(leaving, Role.STOP, reference),
        kind=OrderKind.TRAILING_STOP if trails else OrderKind.STOP,
        terms=Terms(
            trigger_price=exits.stop,
            trail_bps=exits.trail_bps,
            is_reduce_only=True,
            beside=beside,
        ),
    )


def market_intent(leaving: Leaving, price: Decimal) -> OrderIntent:
    """Return the order that leaves at once."""
    return _exit(leaving, Role.STOP, price)


def _exit(leaving: Leaving, role: Role, price: Decimal) -> OrderIntent:
    """Return the plain form of an exit, at the market; each kind changes what it needs."""
    return OrderIntent(
        client_id=_name(leaving, "s"),
        account=leaving.account,
        instrument=leaving.instrument,
        side=leaving.side,
        kind=OrderKind.MARKET,
        size=leaving.size,
        reference_price=price,
        origin=Origin.DESK,
        terms=Terms(is_reduce_only=True),
        family=Family(parent=leaving.parent, role=role, number=leaving.number),
        created=leaving.at,
    )


def _name(leaving: Leaving, letter: str) -> ClientOrderId:
    """Name the first exits after their entry, so that a restart cannot place them twice."""
    if leaving.number == 0:
        return ClientOrderId(f"{leaving.parent}-{letter}0")
    return new_client_id()
