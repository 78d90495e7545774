"""Cut a parent order into children: pure, from a plan to sizes, prices and what is due now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from fks_desk.core.model import (
    ClientOrderId,
    Instrument,
    Order,
    OrderIntent,
    OrderKind,
    OrderState,
    Origin,
)
from fks_desk.core.orders import TERMINAL_STATES
from fks_desk.core.parents import ParentKind, ParentPlan
from fks_desk.core.terms import Family, Role

Children = Mapping[int, Order]


def sizes(plan: ParentPlan, instrument: Instrument) -> list[Decimal]:
    """Return the size of each child in whole lots; together they are the plan's size."""
    each = instrument.snap_size(plan.size / plan.slices)
    whole = instrument.snap_size(plan.size)
    return [*([each] * (plan.slices - 1)), whole - each * (plan.slices - 1)]


def price_of(plan: ParentPlan, instrument: Instrument, number: int) -> Decimal | None:
    """Return the limit of a child on its tick, or None for one at the market."""
    if plan.price is None or plan.far_price is None:
        return plan.price
    share = Decimal(number) / (plan.slices - 1)
    return instrument.snap_price(plan.price + (plan.far_price - plan.price) * share)


def due(plan: ParentPlan, children: Children, now: datetime) -> list[int]:
    """Return the numbers of the children to send now, each at most once in a plan's life."""
    waiting = [number for number in range(plan.slices) if number not in children]
    if not waiting or is_broken(children):
        return []
    if plan.kind is ParentKind.LADDER:
        return waiting
    if plan.kind is ParentKind.TWAP and plan.every is not None:
        reached = (now - plan.created) // plan.every
        # One at a time: what a stopped desk has missed is not bought in one go.
        return waiting[:1] if waiting[0] <= reached and _is_at_rest(children) else []
    return waiting[:1] if _is_at_rest(children) else []


def is_broken(children: Children) -> bool:
    """Tell whether a child ended in a way that ends the parent: refused, taken back, lost."""
    return any(
        child.state in TERMINAL_STATES and child.state is not OrderState.FILLED
        for child in children.values()
    )


def is_done(plan: ParentPlan, children: Children) -> bool:
    """Tell whether every child was sent and has ended."""
    return len(children) == plan.slices and _is_at_rest(children)


def child(
    plan: ParentPlan, instrument: Instrument, number: int, last: Decimal | None, now: datetime
) -> OrderIntent | str:
    """Return a child's intent, or a sentence if there is no price to judge it by."""
    price = price_of(plan, instrument, number)
    reference = price or last
    if reference is None:
        return f"no price of {instrument.symbol} has come yet"
    size = sizes(plan, instrument)[number]
    if size <= 0:
        return f"{plan.size} in {plan.slices} parts is less than a lot of {instrument.lot} each"
    return OrderIntent(
        client_id=ClientOrderId(f"{plan.parent}-{number}"),
        account=plan.account,
        instrument=plan.instrument,
        side=plan.side,
        kind=OrderKind.MARKET if price is None else OrderKind.LIMIT,
        size=size,
        limit_price=price,
        reference_price=reference,
        origin=Origin.HAND,
        family=Family(parent=plan.parent, role=Role.SLICE, number=number),
        created=now,
    )


def _is_at_rest(children: Children) -> bool:
    return all(one.state in TERMINAL_STATES for one in children.values())
