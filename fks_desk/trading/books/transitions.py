"""Turn what the venue says of an order into the order's next state.

Executions decide how much is filled; the venue's word decides whether the order
rests, is gone, or was refused. So an order becomes FILLED by its fills alone,
and an end that the venue reports is believed once all its fills are here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from fks_desk.core.model import ZERO, Fill, Order, OrderState
from fks_desk.core.orders import OrderMove, is_legal, next_state
from fks_desk.core.ports import VenueOrder
from fks_desk.trading.portfolio import average_after

_MOVES = {
    "open": OrderMove.ACCEPT,
    "partial": OrderMove.ACCEPT,
    "cancel_pending": OrderMove.ACCEPT,
    "filled": OrderMove.ACCEPT,
    "canceled": OrderMove.CANCEL,
    "expired": OrderMove.EXPIRE,
    "rejected": OrderMove.REJECT,
}
_ENDS = frozenset({OrderMove.CANCEL, OrderMove.EXPIRE, OrderMove.REJECT})
# What the venue's acceptance can still teach: everything else knows of it already.
_AWAITS_ACCEPTANCE = frozenset({OrderState.SENDING, OrderState.UNKNOWN, OrderState.ABSENT})


def moved(order: Order, move: OrderMove, *, at: datetime, reason: str = "") -> Order:
    """Return the order after the move, or raise `TradingError` if it is not legal."""
    state = next_state(order.state, move, is_part_filled=order.filled > 0)
    return replace(order, state=state, reason=reason, updated=at)


def filled(order: Order, fill: Fill, *, at: datetime) -> Order:
    """Return the order after one more execution."""
    total = order.filled + fill.size
    is_whole = total >= order.intent.size or order.state is OrderState.FILLED
    move = OrderMove.FILL_ALL if is_whole else OrderMove.FILL_PART
    return replace(
        order,
        state=next_state(order.state, move),
        filled=total,
        average_price=average_after(order.average_price, order.filled, fill),
        venue_order_id=order.venue_order_id or fill.venue_order_id or None,
        reason="",
        updated=at,
    )


def owes_fills(order: Order, said: VenueOrder) -> bool:
    """Tell whether the venue has executed more than we have recorded."""
    return venue_filled(said) > order.filled


def venue_filled(said: VenueOrder) -> Decimal:
    """Return how much the venue says is filled."""
    return Decimal(said.filled or ZERO)


def move_of(order: Order, said: VenueOrder) -> OrderMove | None:
    """Return the move that the venue's word proves, or None if it proves nothing new."""
    move = _MOVES.get(said.state)
    if move is None or not is_legal(order.state, move):
        return None
    if move in _ENDS and owes_fills(order, said):
        # Believed after its fills; but that the venue has the order is proven now.
        return OrderMove.ACCEPT if order.state in _AWAITS_ACCEPTANCE else None
    if move is OrderMove.ACCEPT and order.state not in _AWAITS_ACCEPTANCE:
        return None
    return move


def is_another(order: Order, said: VenueOrder) -> bool:
    """Tell whether the venue speaks of a second order under the same client id."""
    known, told = order.venue_order_id, said.venue_order_id
    return known is not None and bool(told) and told != known


def with_venue_id(order: Order, said: VenueOrder) -> Order:
    """Return the order with the venue's id of it, if that was not known."""
    if order.venue_order_id is not None or not said.venue_order_id:
        return order
    return replace(order, venue_order_id=said.venue_order_id)
