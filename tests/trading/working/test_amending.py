"""An order that is changed by cancel and place: nobody is surprised by what follows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fks_desk.core.desk_messages import AmendOrder
from fks_desk.core.messages import CancelAllOrders, CancelOrder, Command, NoticeRaised, PlaceOrder
from fks_desk.core.model import OrderState
from tests.fakes.trading import DEMO, FakeVenue, Life, MemoryRows, wish

Scene = tuple[FakeVenue, MemoryRows]

pytestmark = pytest.mark.allow_warnings


async def amended(scene: Scene, *faults: str) -> tuple[Life, AmendOrder]:
    life = await Life(*scene).begin()
    intent = wish(limit="90")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)
    life.venue.cancel_faults.extend(faults)
    command = AmendOrder(account=DEMO.id, client_id=intent.client_id, limit_price=Decimal(91))
    await life.desk.handle(command)
    return life, command


async def test_the_second_order_follows_the_first(scene: Scene) -> None:
    life, _ = await amended(scene)

    await life.settle(lambda: len(life.venue.posts) == 2)
    await life.quiet()
    assert life.venue.orders[-1].intent.limit_price == Decimal(91)
    await life.desk.close()


async def test_a_change_whose_cancel_is_refused_is_given_up_and_told(scene: Scene) -> None:
    life, command = await amended(scene, "refused")
    await life.settle(
        lambda: any(
            "was not changed" in event.text
            for event in life.events
            if isinstance(event, NoticeRaised)
        )
    )
    assert life.state(command.client_id) is OrderState.OPEN

    # Taken back much later, nothing follows it.
    await life.desk.handle(CancelOrder(account=DEMO.id, client_id=command.client_id))
    await life.settle(lambda: life.state(command.client_id) is OrderState.CANCELED)
    await life.quiet()
    assert len(life.venue.posts) == 1
    await life.desk.close()


@pytest.mark.parametrize("is_all", [False, True])
async def test_who_takes_an_order_back_that_is_being_changed_gets_no_second_one(
    scene: Scene, is_all: bool
) -> None:
    life, command = await amended(scene, "lost before")
    cancel: Command = (
        CancelAllOrders(account=DEMO.id)
        if is_all
        else CancelOrder(account=DEMO.id, client_id=command.client_id)
    )

    await life.desk.handle(cancel)

    await life.settle(lambda: life.state(command.client_id) is OrderState.CANCELED)
    await life.quiet()
    assert len(life.venue.posts) == 1
    await life.desk.close()
