"""Build what one step of trading changes: the rows, the journal and the news of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fks_desk.core.desk_messages import AcceptDifference, ParentMoved
from fks_desk.core.ledger import Transfer
from fks_desk.core.messages import (
    BalanceMoved,
    Event,
    NoticeRaised,
    OrderFilled,
    OrderMoved,
    PositionMoved,
    Severity,
)
from fks_desk.core.model import (
    ZERO,
    AccountId,
    Balance,
    Fill,
    Order,
    OrderIntent,
    OrderState,
    Origin,
    Position,
)
from fks_desk.core.orders import OrderMove, is_correction
from fks_desk.core.parents import ParentOrder
from fks_desk.core.ports import JournalDraft, TradingChange, VenueOrder
from fks_desk.trading.books import entries, transitions


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Hold a change and what to publish once it is stored."""

    change: TradingChange
    events: tuple[Event, ...]


def begun(intents: tuple[OrderIntent, ...], at: datetime, *, is_held: bool = False) -> Step:
    """Return the step that writes intents down together, ready to leave or to be held.

    PERSISTED and SENDING are written as one row in one transaction. A row that
    said PERSISTED would prove nothing: between its commit and the next the order
    may have left, so after a crash both must be asked for at the venue. One commit
    before the send is what the rule needs, and half of the wait.
    """
    state = OrderState.HELD if is_held else OrderState.SENDING
    orders = tuple(Order(intent=intent, state=state, updated=at) for intent in intents)
    journal = [
        entry
        for order in orders
        for entry in (
            entries.order_entry(
                order, type_="order.persisted", causation="command:PlaceOrder", at=at
            ),
            entries.order_entry(order, causation="order.persisted", at=at),
        )
    ]
    change = TradingChange(account=orders[0].intent.account, orders=orders, events=tuple(journal))
    return Step(change=change, events=tuple(OrderMoved(order=order) for order in orders))


def moved(order: Order, move: OrderMove, *, at: datetime, reason: str, cause: str) -> Step:
    """Return the step that moves an order without filling any of it."""
    after = transitions.moved(order, move, at=at, reason=reason)
    entry = entries.order_entry(
        after,
        causation=cause or entries.order_type(order.state),
        at=at,
        move=entries.move_cause(move, order.state),
    )
    return _order_step(after, entry)


def named(order: Order, said: VenueOrder, *, at: datetime) -> Step:
    """Return the step that notes the venue's id of an order."""
    after = replace(transitions.with_venue_id(order, said), updated=at)
    entry = entries.order_entry(
        after, type_="order.named", causation=entries.order_type(order.state), at=at
    )
    return _order_step(after, entry)


def adopted(account: AccountId, said: VenueOrder, intent: OrderIntent, at: datetime) -> Step:
    """Return the step that takes over an order which somebody placed outside of the desk."""
    order = Order(
        intent=replace(intent, account=account, client_id=said.client_id, origin=Origin.EXTERNAL),
        state=OrderState.OPEN,
        venue_order_id=said.venue_order_id or None,
        updated=at,
    )
    entry = entries.order_entry(order, type_="order.adopted", causation="venue", at=at)
    return _order_step(order, entry)


def executed(order: Order, position: Position | None, fill: Fill, *, at: datetime) -> Step:
    """Return the step that counts an execution, once, in order and position together.

    `position` is the one after the fill; without it the step of a later fill tells it.
    """
    if fill.client_id != order.client_id:
        fill = replace(fill, client_id=order.client_id)
    after = transitions.filled(order, fill, at=at)
    late = is_correction(order.state)
    change = TradingChange(
        account=fill.account,
        orders=(after,),
        fills=(fill,),
        events=(
            entries.fill_entry(fill, order, is_correction=late),
            entries.order_entry(after, causation=f"fill:{fill.trade_id}", at=at),
        ),
    )
    news: tuple[Event, ...] = (OrderFilled(fill=fill, order=after), OrderMoved(order=after))
    step = Step(change=change, events=news)
    if position is not None:
        step = placed(step, position, fill, order)
    return step if not late else replace(step, events=(*step.events, _late_notice(order, fill)))


def placed(step: Step, position: Position, fill: Fill, order: Order) -> Step:
    """Return the step of a fill with the position that its fills have led to."""
    entry = entries.position_entry(position, fill, order)
    return Step(
        change=replace(step.change, positions=(position,), events=(*step.change.events, entry)),
        events=(*step.events, PositionMoved(position=position)),
    )


def balanced(account: AccountId, balances: tuple[Balance, ...], at: datetime, cause: str) -> Step:
    """Return the step that takes over the venue's balances."""
    entry = entries.account_entry(
        account,
        "balance.moved",
        {"balances": [entries.as_json(balance) for balance in balances]},
        at,
        cause,
    )
    return Step(
        change=TradingChange(account=account, balances=balances, events=(entry,)),
        events=tuple(BalanceMoved(balance=balance) for balance in balances),
    )


def transferred(
    account: AccountId,
    transfers: Sequence[Transfer],
    at: datetime,
    accepted: AcceptDifference | None = None,
) -> Step:
    """Return the step that writes money down that came or went without an execution.

    What a person has `accepted` is written beside it, with their words.
    """
    cause = "reconcile" if accepted is None else "command:AcceptDifference"
    journal = [
        entries.account_entry(
            account, f"transfer.{one.kind}", entries.as_json(one), at, causation=cause
        )
        for one in transfers
    ]
    if accepted is not None:
        told = {name: format(amount, "f") for name, amount in accepted.differences.items()}
        payload = {"differences": told, "note": accepted.note}
        journal.append(
            entries.account_entry(account, "reconcile.accepted", payload, at, causation=cause)
        )
    change = TradingChange(account=account, transfers=tuple(transfers), events=tuple(journal))
    return Step(change=change, events=())


def worked(parent: ParentOrder, at: datetime) -> Step:
    """Return the step that writes a parent order's new state down."""
    entry = replace(
        entries.account_entry(
            parent.plan.account, f"parent.{parent.state}", entries.as_json(parent), at
        ),
        correlation=parent.id,
    )
    change = TradingChange(account=parent.plan.account, parents=(parent,), events=(entry,))
    return Step(change=change, events=(ParentMoved(parent=parent),))


def emptied(account: AccountId, currency: str, at: datetime) -> Balance:
    """Return the balance of a currency that the venue no longer lists."""
    return Balance(account=account, currency=currency, free=ZERO, locked=ZERO, updated=at)


def _order_step(order: Order, *journal: JournalDraft) -> Step:
    return Step(
        change=TradingChange(account=order.intent.account, orders=(order,), events=journal),
        events=(OrderMoved(order=order),),
    )


def _late_notice(order: Order, fill: Fill) -> NoticeRaised:
    return NoticeRaised(
        severity=Severity.WARNING,
        text=(
            f"The venue reported an execution of {fill.size} at {fill.price} for order "
            f"{order.client_id}, which was {order.state} already; it is counted."
        ),
        topic="trading",
    )
