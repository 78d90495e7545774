"""Show that prices that matter are lines at their prices."""

from __future__ import annotations

from decimal import Decimal

from fks_desk.core.messages import OrderMoved, PositionMoved
from fks_desk.core.model import AccountId, OrderState, Side
from fks_desk.ui.theme.colors import DARK
from tests.ui.chart.conftest import BTC, colors_in
from tests.ui.models.test_chart_marks import order, position


def row(view, image, price, left=0, right=500):
    y = int(view.stack.price.projection.y(float(price)))
    return colors_in(image, left, y - 1, right, y + 2)


def middle(desk):
    bars = desk.model.series.frame(400, 500)
    return Decimal(f"{(bars.low.min() + bars.high.max()) / 2:.2f}")


def test_an_order_a_position_and_a_staged_order_are_drawn_at_their_prices(desk, view, picture):
    desk.show()
    desk.marks.follow(AccountId("demo"), BTC.id)
    price = middle(desk)
    desk.marks.on_order_moved(OrderMoved(order=order(limit=str(price))))
    assert DARK.up in row(view, picture(), price)
    desk.staging.stage(BTC, Side.SELL, price + 50, Decimal(1))
    assert DARK.down in row(view, picture(), price + 50)
    desk.marks.on_position_moved(PositionMoved(position=position("-1", str(price - 60))))
    view.grab()
    assert [level.label.split(" ")[0] for level in view.stack.levels] == [
        "",
        "Short",
        "Buy",
        "SELL",
    ]
    assert [level.tag for level in view.stack.levels][1:] == [
        f"{price - 60:,.2f}",
        f"{price:,.2f}",
        f"{price + 50:,.2f}",
    ]


def test_an_order_says_when_the_venue_has_not_answered(desk, view):
    desk.show()
    desk.marks.follow(AccountId("demo"), BTC.id)
    for state, words in (
        (OrderState.SENDING, "waiting for the venue"),
        (OrderState.UNKNOWN, "waiting for the venue"),
        (OrderState.CANCEL_PENDING, "cancelling"),
    ):
        desk.marks.on_order_moved(OrderMoved(order=order(state=state)))
        view.grab()
        assert words in view.stack.levels[-1].label


def test_a_price_out_of_sight_is_no_line(desk, view, picture):
    desk.show()
    before = picture()
    desk.staging.stage(BTC, Side.BUY, Decimal(1), Decimal(1))
    after = picture()

    assert colors_in(before, 0, 100, 600, 110) == colors_in(after, 0, 100, 600, 110)
