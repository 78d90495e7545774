"""A held order whose price has come goes on until it has left, whatever stops it on the way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from fks_desk.core.desk_messages import MoveStop
from fks_desk.core.errors import DataError
from fks_desk.core.messages import NoticeRaised, PlaceOrder
from fks_desk.core.model import OrderState, TimeInForce
from fks_desk.core.terms import Role, Terms
from tests.fakes.trading import BTC, DEMO, START, FakeVenue, Life, MemoryRows, wish
from tests.trading.working.test_exits import (
    alive,
    bracket,
    fill,
    guards,
    is_flat,
    never_sold_more_than_bought,
    resting,
    tick,
)

Scene = tuple[FakeVenue, MemoryRows]
A_WHILE = timedelta(seconds=6)

pytestmark = pytest.mark.allow_warnings


async def guarded(scene: Scene) -> Life:
    intent = bracket()
    life = await resting(scene, intent, is_native=False)
    fill(life, intent, "1")
    await life.settle(lambda: guards(life, "0.999"))
    return life


async def test_a_stop_whose_target_is_not_let_go_asks_for_it_again(scene: Scene) -> None:
    life = await guarded(scene)
    target = alive(life, Role.TARGET)[0].client_id
    life.venue.cancel_faults.append("refused")
    tick(life, "94")
    await life.settle(lambda: life.venue.cancels == [target])
    await life.settle(lambda: life.state(target) is OrderState.OPEN)

    life.clock.advance(A_WHILE)

    await life.settle(lambda: is_flat(life))
    await life.quiet()
    assert never_sold_more_than_bought(life.venue)
    await life.desk.close()


async def test_a_stop_whose_leaving_fails_leaves_a_moment_later(scene: Scene) -> None:
    life = await guarded(scene)
    target = alive(life, Role.TARGET)[0].client_id
    record = life.store.record
    failures = iter([True])

    async def fail_once(*changes):  # type: ignore[no-untyped-def]  # as the store's own
        if any(o.state is OrderState.SENDING for one in changes for o in one.orders) and next(
            failures, False
        ):
            raise DataError("a row that the store refuses")
        return await record(*changes)

    life.store.record = fail_once  # type: ignore[method-assign]  # one failing write
    tick(life, "94")
    await life.settle(lambda: life.state(target) is OrderState.CANCELED)
    await life.settle(lambda: any("went wrong" in text for text in texts(life)))
    assert not is_flat(life)

    life.clock.advance(A_WHILE)

    await life.settle(lambda: is_flat(life))
    assert never_sold_more_than_bought(life.venue)
    await life.desk.close()


async def test_a_pair_that_the_venue_does_not_let_go_is_not_asked_for_without_a_pause(
    scene: Scene,
) -> None:
    intent = bracket()
    life = await resting(scene, intent, is_native=True)
    fill(life, intent, "1")
    await life.settle(lambda: guards(life, "0.999"))
    tick(life, "100")
    life.venue.cancel_faults.extend(["refused"] * 1_000)
    await life.desk.handle(MoveStop(account=DEMO.id, instrument=BTC.id, price=Decimal("98.5")))
    await life.settle(lambda: len(life.venue.cancels) == 1)
    await asyncio.sleep(0.2)
    assert len(life.venue.cancels) == 1

    life.clock.advance(A_WHILE)
    await life.settle(lambda: len(life.venue.cancels) == 2)
    life.venue.cancel_faults.clear()
    life.clock.advance(A_WHILE)

    def is_moved() -> bool:
        stops = [one.intent.terms.trigger_price for one in alive(life, Role.STOP)]
        return stops == [Decimal("98.5")] and guards(life, "0.999")

    await life.settle(is_moved)
    await life.desk.close()


async def test_an_order_past_its_time_is_asked_for_until_it_is_gone(scene: Scene) -> None:
    life = await Life(*scene).begin()
    terms = Terms(expires=START + timedelta(minutes=1))
    intent = replace(wish(limit="90"), time_in_force=TimeInForce.GTD, terms=terms)
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)
    life.venue.cancel_faults.append("refused")
    life.clock.advance(timedelta(minutes=2))
    await life.settle(lambda: life.venue.cancels == [intent.client_id])
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)

    life.clock.advance(A_WHILE)

    await life.settle(lambda: life.state(intent.client_id) is OrderState.CANCELED)
    await life.desk.close()


async def test_what_fills_while_the_database_is_away_is_guarded_however_late(
    scene: Scene,
) -> None:
    intent = bracket()
    life = await resting(scene, intent, is_native=False)
    record, stops = life.store.record, 0

    async def refuse_stops(*changes):  # type: ignore[no-untyped-def]  # as the store's own
        nonlocal stops
        if is_away and any(o.intent.family for one in changes for o in one.orders):
            stops += 1
            life.rows.refusals.append("down")
        return await record(*changes)

    is_away = True
    life.store.record = refuse_stops  # type: ignore[method-assign]  # a flickering database
    fill(life, intent, "1")

    def later() -> None:
        life.clock.advance(timedelta(seconds=1))

    # More often than a step that no waiting mends is tried.
    await life.settle(lambda: later() or stops > 12)
    is_away = False

    await life.settle(lambda: later() or guards(life, "0.999"))
    await life.desk.close()


def texts(life: Life) -> list[str]:
    return [event.text for event in life.events if isinstance(event, NoticeRaised)]
