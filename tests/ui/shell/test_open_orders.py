import pytest

from fks_desk.core.messages import OrderMoved
from fks_desk.core.model import OrderState
from fks_desk.core.orders import TERMINAL_STATES
from fks_desk.ui.shell.open_orders import OpenOrders
from tests.ui.shell.conftest import make_order


@pytest.fixture
def orders(qapp):
    return OpenOrders()


@pytest.mark.parametrize("state", OrderState)
def test_an_order_counts_until_it_has_ended(orders, state):
    orders.on_order_moved(OrderMoved(order=make_order("t-1", state=state)))

    assert len(orders) == (0 if state in TERMINAL_STATES else 1)


def test_an_order_that_ends_is_forgotten(orders, qtbot):
    orders.take([make_order("t-1"), make_order("t-2")])
    with qtbot.waitSignal(orders.changed) as told:
        orders.take([make_order("t-1", state=OrderState.CANCELED)])

    assert told.args == [1]
    assert orders.accounts == ("demo",)
    assert orders.lines() == ["buy 0.5 BTC/USDT @ 64000 · open"]


def test_many_orders_are_summed_up(orders):
    orders.take([make_order(f"t-{number}") for number in range(20)])

    assert len(orders.lines(most=8)) == 9
    assert orders.lines(most=8)[-1] == "and 12 more"
