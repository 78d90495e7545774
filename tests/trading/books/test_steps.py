from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from fks_desk.core.messages import (
    BalanceMoved,
    NoticeRaised,
    OrderFilled,
    OrderMoved,
    PositionMoved,
)
from fks_desk.core.model import Order, OrderState, Origin, VenueOrderId
from fks_desk.core.orders import OrderMove
from fks_desk.trading.books import steps
from fks_desk.trading.portfolio import apply_fill, flat
from tests.fakes.trading import BTC, DEMO, START, wish, world


def filled_order(state: OrderState = OrderState.OPEN) -> tuple[Order, steps.Step]:
    venue, _ = world()
    placed = venue.place(wish(limit="90", size="1"))
    fill = venue.fill(placed, Decimal(1), Decimal(90))
    order = Order(intent=placed.intent, state=state, updated=START)
    position = apply_fill(flat(fill, BTC, "USDT"), fill, BTC)
    return order, steps.executed(order, position, fill, at=START)


def test_an_intent_is_persisted_and_marked_as_leaving_in_one_change() -> None:
    step = steps.begun((wish(),), START)

    (order,) = step.change.orders
    assert order.state is OrderState.SENDING
    assert [e.type for e in step.change.events] == ["order.persisted", "order.sending"]
    assert [e.causation for e in step.change.events] == ["command:PlaceOrder", "order.persisted"]
    assert step.events == (OrderMoved(order=order),)


def test_an_execution_changes_order_fill_and_position_together() -> None:
    order, step = filled_order()

    assert [e.type for e in step.change.events] == [
        "fill.recorded",
        "order.filled",
        "position.moved",
    ]
    assert {e.correlation for e in step.change.events} == {order.client_id}
    assert step.change.orders[0].average_price == 90
    assert [type(e) for e in step.events] == [OrderFilled, OrderMoved, PositionMoved]


def test_an_execution_after_the_end_is_a_correction_that_a_person_hears_of() -> None:
    _, step = filled_order(OrderState.CANCELED)

    assert step.change.events[0].type == "fill.corrected"
    assert isinstance(step.events[-1], NoticeRaised)


def test_a_move_tells_what_it_came_from() -> None:
    order = Order(intent=wish(), state=OrderState.OPEN, updated=START)
    step = steps.moved(order, OrderMove.ASK_CANCEL, at=START, reason="", cause="")

    (entry,) = step.change.events
    assert (entry.type, entry.causation) == ("order.cancel_asked", "order.accepted")
    assert entry.payload["move"] == "order.accepted+ask_cancel"


def test_an_order_from_outside_keeps_its_shape_and_gets_its_origin() -> None:
    venue, _ = world()
    placed = venue.place(wish(limit="90", client_id="web-1"))
    step = steps.adopted(DEMO.id, venue.word(placed), placed.intent, START)

    (order,) = step.change.orders
    assert order.intent == replace(placed.intent, origin=Origin.EXTERNAL)
    assert (order.state, order.venue_order_id) == (OrderState.OPEN, VenueOrderId("1000"))
    assert step.change.events[0].type == "order.adopted"


def test_balances_are_told_one_by_one_and_journaled_together() -> None:
    venue, _ = world()
    venue.move("BTC", Decimal(2))
    empty = steps.emptied(DEMO.id, "XRP", START)
    step = steps.balanced(DEMO.id, (*venue.balances(), empty), START, "venue")

    assert [type(e) for e in step.events] == [BalanceMoved] * 3
    (entry,) = step.change.events
    assert (entry.type, entry.causation) == ("balance.moved", "venue")
    assert [row["free"] for row in entry.payload["balances"]] == ["10000", "2", "0"]


def test_a_name_learned_late_is_written() -> None:
    venue, _ = world()
    placed = venue.place(wish(limit="90"))
    order = Order(intent=placed.intent, state=OrderState.PARTIAL, updated=START)
    step = steps.named(order, venue.word(placed), at=START)

    assert step.change.orders[0].venue_order_id == "1000"
    assert step.change.events[0].type == "order.named"
