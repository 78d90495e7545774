"""A guarded position can be left: whole, in part, and by moving its stop."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from fks_desk.core.desk_messages import AmendOrder, MoveStop
from fks_desk.core.messages import ClosePosition, NoticeRaised, PlaceOrder
from fks_desk.core.model import Order, OrderKind, OrderState, Side
from fks_desk.core.orders import OPEN_STATES
from fks_desk.core.terms import Role
from tests.fakes.trading import BTC, DEMO, FakeVenue, Life, MemoryRows, wish
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
HALF = Decimal("0.5")

pytestmark = pytest.mark.allow_warnings


async def guarded(scene: Scene, *, is_native: bool, filled: str = "1") -> Life:
    intent = bracket()
    life = await resting(scene, intent, is_native=is_native)
    fill(life, intent, filled)
    size = str(Decimal(filled) * Decimal("0.999"))
    await life.settle(lambda: guards(life, size))
    life.venue.tick(BTC, Decimal(100))
    life.see_prices()
    return life


def texts(life: Life) -> list[str]:
    return [event.text for event in life.events if isinstance(event, NoticeRaised)]


def open_orders(life: Life) -> list[Order]:
    return [one for one in life.rows.orders.values() if one.state in OPEN_STATES]


@pytest.mark.parametrize("is_native", [False, True])
async def test_a_guarded_position_is_closed_and_nothing_of_its_bracket_is_left(
    scene: Scene, is_native: bool
) -> None:
    life = await guarded(scene, is_native=is_native, filled="0.4")

    await life.desk.handle(ClosePosition(account=DEMO.id, instrument=BTC.id))

    await life.settle(lambda: is_flat(life))
    await life.settle(lambda: not open_orders(life))
    await life.quiet()
    assert never_sold_more_than_bought(life.venue)
    await life.desk.close()


@pytest.mark.parametrize("is_native", [False, True])
async def test_half_is_sold_and_the_rest_keeps_its_stop_and_its_target(
    scene: Scene, is_native: bool
) -> None:
    life = await guarded(scene, is_native=is_native)

    await life.desk.handle(ClosePosition(account=DEMO.id, instrument=BTC.id, share=HALF))

    await life.settle(lambda: guards(life, "0.4995"))
    assert life.rows.positions[BTC.id].size == Decimal("0.4995")
    await life.quiet()
    tick(life, "94")
    await life.settle(lambda: is_flat(life))
    assert never_sold_more_than_bought(life.venue)
    await life.desk.close()


async def test_while_the_venue_is_silent_nothing_is_sold_and_a_stop_stays(scene: Scene) -> None:
    life = await guarded(scene, is_native=True)
    life.venue.cancel_faults.extend(["lost before"] * 100_000)

    closing = life.desk.handle(ClosePosition(account=DEMO.id, instrument=BTC.id, share=HALF))
    await closing

    assert any("has not confirmed" in text for text in texts(life))
    assert not [one for one in life.venue.fills if one.side is Side.SELL]
    held = [one for one in alive(life, Role.STOP) if one.state is OrderState.HELD]
    assert [one.intent.size for one in held] == [Decimal("0.4995")]
    await life.desk.close()


@pytest.mark.parametrize("is_native", [False, True])
async def test_a_stop_is_moved_and_its_target_stays(scene: Scene, is_native: bool) -> None:
    life = await guarded(scene, is_native=is_native)

    await life.desk.handle(MoveStop(account=DEMO.id, instrument=BTC.id, price=Decimal("98.5")))

    def is_moved() -> bool:
        triggers = [one.intent.terms.trigger_price for one in alive(life, Role.STOP)]
        return triggers == [Decimal("98.5")] and guards(life, "0.999")

    await life.settle(is_moved)
    targets = [one.intent.limit_price for one in alive(life, Role.TARGET)]
    assert targets == [Decimal(110)]
    tick(life, "98")
    await life.settle(lambda: is_flat(life))
    await life.quiet()
    assert never_sold_more_than_bought(life.venue)
    await life.desk.close()


async def test_changing_the_stop_of_a_pair_moves_it_and_keeps_its_target(scene: Scene) -> None:
    life = await guarded(scene, is_native=True)
    stop = alive(life, Role.STOP)[0].client_id

    await life.desk.handle(
        AmendOrder(account=DEMO.id, client_id=stop, trigger_price=Decimal("98.5"))
    )

    await life.settle(
        lambda: (
            [one.intent.terms.trigger_price for one in alive(life, Role.STOP)] == [Decimal("98.5")]
        )
    )
    await life.settle(lambda: guards(life, "0.999"))
    await life.desk.close()


async def test_a_pair_is_not_changed_in_size(scene: Scene) -> None:
    life = await guarded(scene, is_native=True)
    target = alive(life, Role.TARGET)[0].client_id

    await life.desk.handle(AmendOrder(account=DEMO.id, client_id=target, size=HALF))

    assert any("holds this stop and this target as one" in text for text in texts(life))
    assert guards(life, "0.999")
    await life.desk.close()


@pytest.mark.parametrize("is_native", [False, True])
async def test_a_target_is_moved_and_its_stop_stays(scene: Scene, is_native: bool) -> None:
    life = await guarded(scene, is_native=is_native)
    target = alive(life, Role.TARGET)[0].client_id

    await life.desk.handle(AmendOrder(account=DEMO.id, client_id=target, limit_price=Decimal(120)))

    seen: list[tuple[int, int]] = []

    def is_moved() -> bool:
        at_venue = [one for one in life.venue.orders if one.state == "open"]
        stops = sum(one.intent.kind is OrderKind.STOP for one in at_venue)
        seen.append((stops, len(at_venue) - stops))
        limits = [one.intent.limit_price for one in alive(life, Role.TARGET)]
        return limits == [Decimal(120)] and guards(life, "0.999")

    await life.settle(is_moved)
    await life.quiet()
    assert max(stops for stops, _ in seen) <= 1
    assert max(targets for _, targets in seen) <= 1
    assert [one.intent.terms.trigger_price for one in alive(life, Role.STOP)] == [Decimal(95)]
    assert life.denials() == []
    tick(life, "121")
    await life.settle(lambda: is_flat(life))
    await life.settle(lambda: not open_orders(life))
    assert never_sold_more_than_bought(life.venue)
    await life.desk.close()


async def test_a_target_and_its_stop_are_moved_one_after_the_other(scene: Scene) -> None:
    life = await guarded(scene, is_native=True)
    target = alive(life, Role.TARGET)[0].client_id
    await life.desk.handle(AmendOrder(account=DEMO.id, client_id=target, limit_price=Decimal(120)))
    await life.desk.handle(MoveStop(account=DEMO.id, instrument=BTC.id, price=Decimal("98.5")))

    def are_moved() -> bool:
        stops = [one.intent.terms.trigger_price for one in alive(life, Role.STOP)]
        limits = [one.intent.limit_price for one in alive(life, Role.TARGET)]
        return (stops, limits) == ([Decimal("98.5")], [Decimal(120)]) and guards(life, "0.999")

    await life.settle(are_moved)
    await life.quiet()
    await life.desk.close()


async def test_the_stop_watches_while_the_venue_is_silent_about_a_moved_pair(scene: Scene) -> None:
    life = await guarded(scene, is_native=True)
    target = alive(life, Role.TARGET)[0].client_id
    life.venue.cancel_faults.extend(["lost before"] * 100_000)

    await life.desk.handle(AmendOrder(account=DEMO.id, client_id=target, limit_price=Decimal(120)))

    held = [one for one in alive(life, Role.STOP) if one.state is OrderState.HELD]
    assert [one.intent.terms.trigger_price for one in held] == [Decimal(95)]
    await asyncio.sleep(0.05)
    assert len([one for one in life.venue.orders if one.state == "open"]) == 2
    life.venue.cancel_faults.clear()
    await life.settle(
        lambda: [one.intent.limit_price for one in alive(life, Role.TARGET)] == [Decimal(120)]
    )
    await life.settle(lambda: guards(life, "0.999"))
    await life.desk.close()


async def test_a_target_that_would_act_at_once_stays_where_it_is(scene: Scene) -> None:
    life = await guarded(scene, is_native=True)
    target = alive(life, Role.TARGET)[0].client_id

    await life.desk.handle(AmendOrder(account=DEMO.id, client_id=target, limit_price=Decimal(99)))

    assert any("A target at 99 would act at once" in text for text in texts(life))
    assert [one.intent.limit_price for one in alive(life, Role.TARGET)] == [Decimal(110)]
    await life.desk.close()


@pytest.mark.parametrize("what", ["stop", "target"])
async def test_a_move_that_the_desk_denies_is_told_and_leaves_the_pair(
    scene: Scene, what: str
) -> None:
    life = await guarded(scene, is_native=True)
    target = alive(life, Role.TARGET)[0].client_id
    life.rows.is_down = True

    if what == "stop":
        await life.desk.handle(MoveStop(account=DEMO.id, instrument=BTC.id, price=Decimal("98.5")))
    else:
        await life.desk.handle(
            AmendOrder(account=DEMO.id, client_id=target, limit_price=Decimal(120))
        )

    assert any(f"The {what} of BTC/USDT stays" in text for text in texts(life))
    assert not any("unprotected" in text for text in texts(life))
    life.rows.is_down = False
    await life.settle(lambda: guards(life, "0.999"))
    assert [one.intent.limit_price for one in alive(life, Role.TARGET)] == [Decimal(110)]
    assert [one.intent.terms.trigger_price for one in alive(life, Role.STOP)] == [Decimal(95)]
    await life.desk.close()


async def test_a_held_stop_changed_by_its_row_is_never_away(scene: Scene) -> None:
    life = await guarded(scene, is_native=False)
    stop = alive(life, Role.STOP)[0].client_id

    await life.desk.handle(
        AmendOrder(account=DEMO.id, client_id=stop, trigger_price=Decimal("98.5"))
    )

    assert any(one.intent.terms.trigger_price == Decimal("98.5") for one in alive(life, Role.STOP))
    await life.settle(lambda: guards(life, "0.999"))
    await life.desk.close()


async def test_a_stop_that_would_act_at_once_stays_where_it_is(scene: Scene) -> None:
    life = await guarded(scene, is_native=True)

    await life.desk.handle(MoveStop(account=DEMO.id, instrument=BTC.id, price=Decimal(101)))

    assert any("would act at once" in text for text in texts(life))
    assert [one.intent.terms.trigger_price for one in alive(life, Role.STOP)] == [Decimal(95)]
    await life.desk.close()


async def test_a_position_without_a_stop_gets_one_where_it_is_moved_to(scene: Scene) -> None:
    life = await Life(*scene, is_native=True).begin()
    bought = wish(size="1", limit=None)
    await life.desk.handle(PlaceOrder(intent=bought))
    await life.settle(lambda: life.state(bought.client_id) is OrderState.FILLED)

    await life.desk.handle(MoveStop(account=DEMO.id, instrument=BTC.id, price=Decimal(97)))

    await life.settle(lambda: [o.state for o in alive(life, Role.STOP)] == [OrderState.OPEN])
    assert alive(life, Role.STOP)[0].intent.size == Decimal("0.999")
    await life.desk.close()


@pytest.mark.parametrize("is_native", [False, True])
@pytest.mark.parametrize("looks", range(0, 60, 3))
async def test_a_moved_target_outlives_a_crash_at_any_moment(
    scene: Scene, is_native: bool, looks: int
) -> None:
    life = await guarded(scene, is_native=is_native)
    target = alive(life, Role.TARGET)[0].client_id
    await life.desk.handle(AmendOrder(account=DEMO.id, client_id=target, limit_price=Decimal(120)))
    for _ in range(looks):
        await asyncio.sleep(0)
    await life.die()

    life = await Life(*scene, is_native=is_native).begin()

    def is_moved() -> bool:
        # One that was leaving is declared absent after a minute of the venue's silence.
        life.clock.advance(timedelta(seconds=0.2))
        limits = [one.intent.limit_price for one in alive(life, Role.TARGET)]
        return limits == [Decimal(120)] and guards(life, "0.999")

    await life.settle(is_moved)
    assert [one.intent.terms.trigger_price for one in alive(life, Role.STOP)] == [Decimal(95)]
    assert never_sold_more_than_bought(life.venue)
    await life.desk.close()


@pytest.mark.parametrize("is_native", [False, True])
async def test_a_target_moved_while_the_database_flickers_goes_where_it_was_moved(
    scene: Scene, is_native: bool
) -> None:
    life = await guarded(scene, is_native=is_native)
    target = alive(life, Role.TARGET)[0].client_id
    record = life.store.record
    refused = 0

    async def refuse_targets(*changes):  # type: ignore[no-untyped-def]  # as the store's own
        nonlocal refused
        limits = [o.intent.limit_price for one in changes for o in one.orders]
        if Decimal(120) in limits and refused < 3:
            refused += 1
            life.rows.refusals.append("down")
        return await record(*changes)

    life.store.record = refuse_targets  # type: ignore[method-assign]  # a flickering database
    await life.desk.handle(AmendOrder(account=DEMO.id, client_id=target, limit_price=Decimal(120)))

    def is_moved() -> bool:
        life.clock.advance(timedelta(seconds=1))
        return [one.intent.limit_price for one in alive(life, Role.TARGET)] == [Decimal(120)]

    await life.settle(is_moved)
    await life.settle(lambda: guards(life, "0.999"))
    assert refused == 3
    await life.desk.close()


async def test_a_moved_target_of_which_a_part_fills_meanwhile_keeps_its_new_price(
    scene: Scene,
) -> None:
    life = await guarded(scene, is_native=False)
    target = alive(life, Role.TARGET)[0].client_id
    life.venue.cancel_faults.append("lost before")
    await life.desk.handle(AmendOrder(account=DEMO.id, client_id=target, limit_price=Decimal(120)))
    resting = life.venue.newest(target)
    assert resting is not None

    life.venue.fill(resting, Decimal("0.4"), Decimal(110))

    def is_moved() -> bool:
        life.clock.advance(timedelta(seconds=1))
        return [one.intent.limit_price for one in alive(life, Role.TARGET)] == [Decimal(120)]

    await life.settle(is_moved)
    await life.settle(lambda: guards(life, "0.599"))
    await life.quiet()
    assert never_sold_more_than_bought(life.venue)
    await life.desk.close()
