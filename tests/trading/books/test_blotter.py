from __future__ import annotations

from dataclasses import replace

from fks_desk.core.model import ClientOrderId, Order, OrderState, VenueOrderId
from fks_desk.trading.books.blotter import Blotter
from tests.fakes.trading import BTC, ETH, START, wish


def order(number: int, state: OrderState = OrderState.OPEN) -> Order:
    return Order(
        intent=wish(client_id=f"o-{number}", instrument=BTC if number % 2 else ETH, limit="10"),
        state=state,
        venue_order_id=VenueOrderId(str(number)),
        updated=START,
    )


def test_an_order_is_found_by_either_name() -> None:
    blotter = Blotter(remembered=5)
    blotter.put(order(1))

    assert blotter.order(ClientOrderId("o-1")) == order(1)
    assert blotter.order_of(BTC.id, VenueOrderId("1")) == order(1)
    assert blotter.order_of(ETH.id, VenueOrderId("1")) is None
    assert blotter.order(ClientOrderId("o-2")) is None


def test_open_orders_are_listed_and_ended_ones_remembered() -> None:
    blotter = Blotter(remembered=5)
    for number in (1, 2, 3):
        blotter.put(order(number))
    blotter.put(order(1, OrderState.FILLED))
    blotter.put(order(3, OrderState.UNKNOWN))

    assert [o.client_id for o in blotter.open_orders()] == ["o-2", "o-3"]
    assert [o.client_id for o in blotter.open_orders(BTC.id)] == ["o-3"]
    assert [o.client_id for o in blotter.orders_in((OrderState.UNKNOWN,))] == ["o-3"]
    assert blotter.order(ClientOrderId("o-1")) is not None


def test_only_the_newest_ended_orders_are_remembered() -> None:
    blotter = Blotter(remembered=2)
    blotter.put(replace(order(9, OrderState.REJECTED), venue_order_id=None))
    for number in (1, 2, 3):
        blotter.put(order(number, OrderState.FILLED))

    assert blotter.order(ClientOrderId("o-9")) is None
    assert blotter.order(ClientOrderId("o-1")) is None
    assert blotter.order_of(BTC.id, VenueOrderId("1")) is None
    assert blotter.order(ClientOrderId("o-3")) is not None
