from __future__ import annotations

from dataclasses import replace

import pytest

from fks_desk.core.messages import CancelOrder, PlaceOrder
from fks_desk.core.model import Order, OrderState
from tests.fakes.trading import DEMO, QUICK, START, FakeVenue, Life, MemoryRows, wish

Scene = tuple[FakeVenue, MemoryRows]


async def test_a_finished_or_already_asked_cancel_is_not_sent(scene: Scene) -> None:
    life = await Life(*scene).begin()
    courier = life.desk._courier
    done = Order(intent=wish(), state=OrderState.FILLED, updated=START)

    assert courier.cancel(done) is None
    resting = replace(done, state=OrderState.OPEN)
    assert courier.cancel(resting) is not None
    assert courier.cancel(resting) is None
    await life.desk.close()


async def test_an_unwanted_order_that_ends_by_itself_needs_no_cancel(scene: Scene) -> None:
    life = await Life(*scene).begin()
    courier = life.desk._courier
    flying = Order(intent=wish(), state=OrderState.SENDING, updated=START)

    assert courier.cancel(flying) is None
    courier.on_moved(replace(flying, state=OrderState.REJECTED))
    courier.on_moved(replace(flying, state=OrderState.OPEN))

    assert life.venue.cancels == []
    await life.desk.close()


async def test_a_cancel_of_an_unknown_order_is_tried_and_repeated_once_it_rests(
    scene: Scene,
) -> None:
    life = await Life(*scene).begin()
    life.venue.faults.append("lost after")
    life.venue.lag = True
    life.venue.disturb = lambda report: ()
    life.venue.cancel_faults.append("lost before")
    intent = wish(limit="90")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.UNKNOWN)

    await life.desk.handle(CancelOrder(account=DEMO.id, client_id=intent.client_id))
    await life.settle(lambda: len(life.venue.cancels) == 1)
    life.venue.orders[0].hidden_from_queries = False

    await life.settle(lambda: life.state(intent.client_id) is OrderState.CANCELED)
    await life.desk.close()


@pytest.mark.allow_warnings
async def test_a_cancel_leaves_although_its_note_cannot_be_written(scene: Scene) -> None:
    life = await Life(*scene, options=replace(QUICK, patience_s=0.02)).begin()
    intent = wish(limit="90")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)

    async with life.desk._books.turn():
        await life.desk.handle(CancelOrder(account=DEMO.id, client_id=intent.client_id))
        await life.settle(lambda: life.venue.cancels == [intent.client_id])
    await life.settle(lambda: life.state(intent.client_id) is OrderState.CANCELED)
    await life.desk.close()


async def test_landing_waits_for_replies_but_not_for_ever(scene: Scene) -> None:
    life = await Life(*scene).begin()
    await life.desk._courier.land(0.01)
    life.venue.faults.append("late")
    intent = wish(limit="90")
    await life.desk.handle(PlaceOrder(intent=intent))

    await life.desk._courier.land(0.01)
    assert life.desk._courier.is_flying(intent.client_id)
    await life.desk.close()
