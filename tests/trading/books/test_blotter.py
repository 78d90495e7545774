from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.model import ClientOrderId, Order, OrderKind, OrderState, Side, VenueOrderId
from fks_desk.core.orders import OPEN_STATES
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


changes = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from(OrderState),
        st.decimals("0", "2", places=5),
    ),
    max_size=40,
)


@given(changes)
def test_the_sums_are_those_of_the_open_orders(made: list[tuple[int, OrderState, Decimal]]) -> None:
    blotter, newest = Blotter(remembered=100), dict[int, Order]()
    for number, state, filled in made:
        intent = wish(
            Side.BUY if number % 2 else Side.SELL,
            "1.5",
            "99.99" if number % 3 else None,
            client_id=f"o-{number}",
            instrument=BTC if number < 4 else ETH,
        )
        newest[number] = Order(intent=intent, state=state, filled=filled, updated=START)
        blotter.put(newest[number])

    working = [order for order in newest.values() if order.state in OPEN_STATES]
    assert blotter.open_count == len(working)
    for instrument in (BTC.id, ETH.id):
        here = [order for order in working if order.intent.instrument == instrument]
        unknown = [order for order in here if order.state is OrderState.UNKNOWN]
        assert blotter.unknown_in(instrument) == len(unknown)
        for side in Side:
            left = [(max(Decimal(0), o.remaining), o.intent) for o in here if o.intent.side is side]
            claims = blotter.claims_of(instrument, side)
            assert claims.size == sum(size for size, _ in left)
            assert claims.worth == sum(size * intent.worst_price for size, intent in left)
            assert claims.at_market == sum(
                size * intent.worst_price
                for size, intent in left
                if intent.kind is OrderKind.MARKET
            )
