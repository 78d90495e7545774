"""A position is closed by hand whatever became of its exits before, and never turned round."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from fks_desk.core.desk_messages import (
    AmendOrder,
    AttachExits,
    KillTrading,
    MoveStop,
    PositionLeft,
    ReversePosition,
)
from fks_desk.core.messages import ClosePosition, PlaceOrder
from fks_desk.core.model import Order, OrderState, Side
from fks_desk.core.orders import OPEN_STATES
from fks_desk.core.terms import Exits, Role
from tests.fakes.trading import BTC, DEMO, FakeVenue, Life, MemoryRows, wish
from tests.trading.working.test_exits import (
    alive,
    bracket,
    entry_at,
    fill,
    guards,
    is_flat,
    never_sold_more_than_bought,
    notices,
    resting,
)

Scene = tuple[FakeVenue, MemoryRows]
CLOSE = ClosePosition(account=DEMO.id, instrument=BTC.id)
MOVE_STOP = MoveStop(account=DEMO.id, instrument=BTC.id, price=Decimal("98.5"))

pytestmark = pytest.mark.allow_warnings
both = pytest.mark.parametrize("is_native", [False, True])
at_rest_or_not = pytest.mark.parametrize("is_at_rest", [False, True])


async def guarded(scene: Scene, *, is_native: bool, filled: str = "1") -> Life:
    intent = bracket()
    life = await resting(scene, intent, is_native=is_native)
    fill(life, intent, filled)
    size = str(Decimal(filled) * Decimal("0.999"))
    await life.settle(lambda: guards(life, size))
    life.venue.tick(BTC, Decimal(100))
    life.see_prices()
    return life


def open_orders(life: Life) -> list[Order]:
    return [one for one in life.rows.orders.values() if one.state in OPEN_STATES]


async def is_left_flat(life: Life) -> None:
    await life.settle(lambda: is_flat(life), 5)
    await life.settle(lambda: not open_orders(life), 5)
    await life.quiet()
    assert never_sold_more_than_bought(life.venue)
    assert life.rows.positions[BTC.id].size >= 0


@both
@at_rest_or_not
async def test_it_is_closed_after_its_stop_was_moved(
    scene: Scene, is_native: bool, is_at_rest: bool
) -> None:
    life = await guarded(scene, is_native=is_native)
    await life.desk.handle(MOVE_STOP)
    if is_at_rest:
        await life.settle(lambda: guards(life, "0.999"))

    await life.desk.handle(CLOSE)

    await is_left_flat(life)
    assert any(isinstance(event, PositionLeft) and not event.reason for event in life.events)
    await life.desk.close()


@both
@at_rest_or_not
async def test_it_is_closed_after_its_target_was_moved(
    scene: Scene, is_native: bool, is_at_rest: bool
) -> None:
    life = await guarded(scene, is_native=is_native)
    target = alive(life, Role.TARGET)[0].client_id
    await life.desk.handle(AmendOrder(account=DEMO.id, client_id=target, limit_price=Decimal(120)))
    if is_at_rest:
        await life.settle(lambda: guards(life, "0.999"))

    await life.desk.handle(CLOSE)

    await is_left_flat(life)
    await life.desk.close()


@both
async def test_what_an_entry_fills_while_it_is_closed_is_sold_too(
    scene: Scene, is_native: bool
) -> None:
    intent = bracket()
    life = await resting(scene, intent, is_native=is_native)
    fill(life, intent, "0.4")
    await life.settle(lambda: guards(life, "0.3996"))
    life.venue.tick(BTC, Decimal(100))
    life.see_prices()
    life.venue.cancel_faults.append("lost before")

    closing = asyncio.ensure_future(life.desk.handle(CLOSE))
    await life.settle(lambda: life.venue.cancels != [])
    if entry_at(life.venue, intent).state == "partial":
        fill(life, intent, "0.3")
    await closing

    await is_left_flat(life)
    await life.desk.close()


@both
async def test_a_target_that_has_filled_in_part_is_taken_back_and_the_rest_sold(
    scene: Scene, is_native: bool
) -> None:
    life = await guarded(scene, is_native=is_native)
    target = life.venue.newest(alive(life, Role.TARGET)[0].client_id)
    assert target is not None
    life.venue.fill(target, Decimal("0.3"), Decimal(110))

    await life.desk.handle(CLOSE)

    await is_left_flat(life)
    await life.desk.close()


@both
async def test_a_sale_of_a_persons_own_that_rests_is_taken_back(
    scene: Scene, is_native: bool
) -> None:
    life = await Life(*scene, is_native=is_native).begin()
    bought = wish(size="1", limit=None)
    await life.desk.handle(PlaceOrder(intent=bought))
    await life.settle(lambda: life.state(bought.client_id) is OrderState.FILLED)
    own = wish(Side.SELL, "0.6", "120")
    await life.desk.handle(PlaceOrder(intent=own))
    await life.settle(lambda: life.state(own.client_id) is OrderState.OPEN)

    await life.desk.handle(CLOSE)

    await is_left_flat(life)
    assert life.state(own.client_id) is OrderState.CANCELED
    await life.desk.close()


@both
async def test_exits_put_around_a_position_by_hand_are_taken_back(
    scene: Scene, is_native: bool
) -> None:
    life = await Life(*scene, is_native=is_native).begin()
    bought = wish(size="1", limit=None)
    await life.desk.handle(PlaceOrder(intent=bought))
    await life.settle(lambda: life.state(bought.client_id) is OrderState.FILLED)
    exits = Exits(stop=Decimal(90), target=Decimal(130))
    await life.desk.handle(AttachExits(account=DEMO.id, instrument=BTC.id, exits=exits))
    await life.settle(lambda: guards(life, "0.999"))
    await life.desk.handle(MOVE_STOP)

    await life.desk.handle(CLOSE)

    await is_left_flat(life)
    await life.desk.close()


@both
async def test_a_sale_that_the_venue_refuses_leaves_the_position_guarded(
    scene: Scene, is_native: bool
) -> None:
    life = await guarded(scene, is_native=is_native)
    life.venue.faults.append("refused")

    await life.desk.handle(CLOSE)

    await life.settle(lambda: len(alive(life, Role.STOP)) == 1, 5)
    stop = alive(life, Role.STOP)[0]
    assert (stop.intent.size, stop.intent.terms.trigger_price) == (Decimal("0.999"), Decimal(95))
    assert life.rows.positions[BTC.id].size == Decimal("0.999")
    left = next(event for event in life.events if isinstance(event, PositionLeft))
    assert "filter failure" in left.reason
    await life.desk.close()


async def test_while_the_venue_is_silent_a_stop_stays_for_the_whole(scene: Scene) -> None:
    life = await guarded(scene, is_native=True)
    life.venue.cancel_faults.extend(["lost before"] * 100_000)

    await life.desk.handle(CLOSE)

    assert any("has not confirmed" in text for text in notices(life))
    assert not [one for one in life.venue.fills if one.side is Side.SELL]
    held = [one for one in alive(life, Role.STOP) if one.state is OrderState.HELD]
    assert [one.intent.size for one in held] == [Decimal("0.999")]
    life.venue.cancel_faults.clear()
    await life.settle(lambda: guards(life, "0.999"), 5)  # the pair anew, and nothing else
    await life.desk.close()


@both
async def test_the_kill_switch_closes_what_moved_exits_guard(scene: Scene, is_native: bool) -> None:
    life = await guarded(scene, is_native=is_native)
    await life.desk.handle(MOVE_STOP)

    await life.desk.handle(KillTrading(reason="enough"))

    await is_left_flat(life)
    await life.desk.close()


async def test_spot_that_cannot_be_turned_round_keeps_its_exits(scene: Scene) -> None:
    life = await guarded(scene, is_native=True)

    await life.desk.handle(ReversePosition(account=DEMO.id, instrument=BTC.id))

    assert any("what is sold cannot be owed" in text for text in notices(life))
    assert guards(life, "0.999")
    await life.desk.close()
