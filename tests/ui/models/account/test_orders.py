from __future__ import annotations

from dataclasses import replace

import pytest

from fks_desk.core.messages import CancelAllOrders, CancelOrder, Command, OrderDenied
from fks_desk.core.model import ClientOrderId, OrderState
from fks_desk.core.nursery import Nursery
from fks_desk.ui.models.account.orders import OrderRow, OrdersModel
from tests.fakes.panes import ACCOUNT, DEMO, Desk, MemoryTrading, intent, order


class Listing:
    def __init__(self) -> None:
        trading = MemoryTrading()
        trading.placed = [order("old", OrderState.FILLED), order("open", at=5)]
        self.desk = Desk(Nursery(), trading=trading)
        self.model = OrdersModel(
            account=ACCOUNT,
            market=self.desk.market,
            trading=trading,
            send=self.desk.sent.append,
            nursery=self.desk.nursery,
        )
        self.rows: dict[str, OrderRow] = {}
        self.counts: list[int] = []
        self.notices: list[str] = []
        self.model.rows_changed.connect(
            lambda rows: self.rows.update({row.key: row for row in rows})
        )
        self.model.open_count_changed.connect(self.counts.append)
        self.model.notice_changed.connect(self.notices.append)

    @property
    def sent(self) -> list[Command]:
        return self.desk.sent


@pytest.fixture
async def listing() -> Listing:
    made = Listing()
    await made.model._load()
    return made


async def test_stored_orders_are_listed_and_open_ones_counted(listing: Listing) -> None:
    assert set(listing.rows) == {"old", "open"}
    assert listing.counts == [1]


async def test_an_order_moves_on_but_never_back(listing: Listing) -> None:
    listing.model.on_order(order("open", OrderState.FILLED, at=9))
    listing.model.on_order(order("open", OrderState.PARTIAL, at=7))

    assert listing.rows["open"].order.state is OrderState.FILLED
    assert listing.counts[-1] == 0


async def test_only_an_open_order_can_be_cancelled(listing: Listing) -> None:
    listing.model.cancel(listing.rows["old"])
    listing.model.cancel(None)
    listing.model.cancel(listing.rows["open"])

    assert listing.sent == [CancelOrder(account=DEMO, client_id=ClientOrderId("open"))]
    assert listing.notices[0] == "That order is filled already."


async def test_cancel_all_asks_the_desk_when_anything_is_open(listing: Listing) -> None:
    listing.model.cancel_all()
    listing.model.on_order(order("open", OrderState.CANCELED, at=9))
    listing.model.cancel_all()

    assert listing.sent == [CancelAllOrders(account=DEMO)]
    assert listing.notices[-1] == "There is no open order to cancel."


async def test_a_denied_order_is_listed_with_its_reason(listing: Listing) -> None:
    listing.model.on_order_denied(
        OrderDenied(intent=intent("no"), code="x", reason="Too large: 5 > 1.")
    )

    assert listing.rows["no"].order.state is OrderState.DENIED
    assert listing.rows["no"].order.reason == "Too large: 5 > 1."


async def test_a_change_that_was_denied_is_told_and_leaves_the_order_as_it_is(
    listing: Listing,
) -> None:
    told: list[str] = []
    listing.model.failed.connect(told.append)
    change = replace(intent("changed"), replaces=ClientOrderId("open"))
    listing.model.on_order_denied(OrderDenied(intent=change, code="x", reason="Too large: 5 > 1."))

    assert told == ["The order stays as it is: Too large: 5 > 1."]
    assert listing.rows["open"].order.state is OrderState.OPEN


async def test_the_notice_of_a_cancel_goes_with_the_order(listing: Listing) -> None:
    listing.model.cancel(listing.rows["open"])
    listing.model.on_order(order("open", OrderState.CANCEL_PENDING, at=8))
    assert listing.notices[-1].startswith("Canceling")
    listing.model.on_order(order("open", OrderState.CANCELED, at=9))

    assert listing.notices[-1] == ""


async def test_the_notice_of_many_cancels_goes_with_the_last_order(listing: Listing) -> None:
    listing.model.on_order(order("second", at=6))
    listing.model.cancel_all()
    listing.model.on_order(order("open", OrderState.CANCELED, at=9))
    assert listing.notices[-1].startswith("Canceling")
    listing.model.on_order(order("second", OrderState.FILLED, at=9))

    assert listing.notices[-1] == ""
