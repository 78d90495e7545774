from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from fks_desk.core.desk_messages import (
    AmendOrder,
    AttachExits,
    DecideOrder,
    EquityMoved,
    KillTrading,
    LedgerChecked,
    ProposeRebalance,
    RebalanceProposed,
    ReversePosition,
    StartParent,
    StopParent,
    Verdict,
)
from fks_desk.core.ledger import TransferKind
from fks_desk.core.messages import CancelOrder, NoticeRaised, PlaceOrder
from fks_desk.core.model import (
    ZERO,
    ClientOrderId,
    Order,
    OrderIntent,
    OrderKind,
    OrderState,
    Origin,
    Side,
    TimeInForce,
    TradingState,
)
from fks_desk.core.parents import ParentKind, ParentPlan, ParentState
from fks_desk.core.terms import Exits, ParentId, Role, Terms
from fks_desk.trading.limits import RiskLimits
from tests.fakes.trading import BTC, DEMO, ETH, FakeVenue, Life, MemoryRows, wish

Scene = tuple[FakeVenue, MemoryRows]


def stop(trigger: str, side: Side = Side.SELL, size: str = "0.5", **terms: object) -> OrderIntent:
    return replace(
        wish(side, size, None),
        kind=OrderKind.STOP,
        terms=Terms(trigger_price=Decimal(trigger), **terms),  # type: ignore[arg-type]  # its own fields
    )


def bracket(size: str = "1", limit: str | None = "100") -> OrderIntent:
    exits = Exits(stop=Decimal(95), target=Decimal(110))
    return replace(wish(size=size, limit=limit), terms=Terms(exits=exits))


def roles(life: Life) -> dict[Role, Order]:
    return {
        order.intent.family.role: order
        for order in life.rows.orders.values()
        if order.intent.family is not None
    }


def tick(life: Life, price: str) -> None:
    life.venue.tick(BTC, Decimal(price))
    life.see_prices()


async def holding(scene: Scene, size: str = "1") -> Life:
    life = await Life(*scene).begin()
    intent = wish(size=size, limit=None)
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.FILLED)
    return life


async def test_a_stop_that_the_venue_lacks_is_held_and_leaves_as_a_market_order(
    scene: Scene,
) -> None:
    life = await holding(scene)
    intent = stop("95")
    posts = len(life.venue.posts)

    await life.desk.handle(PlaceOrder(intent=intent))
    tick(life, "96")
    await asyncio.sleep(0.02)
    assert life.state(intent.client_id) is OrderState.HELD
    assert len(life.venue.posts) == posts

    tick(life, "94")
    await life.settle(lambda: life.state(intent.client_id) is OrderState.FILLED)
    assert life.venue.posts.count(intent.client_id) == 1
    sent = life.venue.newest(intent.client_id)
    assert sent is not None
    assert sent.intent.kind is OrderKind.MARKET
    await life.desk.close()


async def test_a_held_order_is_cancelled_without_asking_the_venue(scene: Scene) -> None:
    life = await holding(scene)
    intent = stop("95")
    await life.desk.handle(PlaceOrder(intent=intent))

    await life.desk.handle(CancelOrder(account=DEMO.id, client_id=intent.client_id))

    await life.settle(lambda: life.state(intent.client_id) is OrderState.CANCELED)
    assert life.venue.cancels == []
    await life.desk.close()


async def test_a_held_order_outlives_the_desk_and_leaves_once_after_a_restart(
    scene: Scene,
) -> None:
    life = await holding(scene)
    intent = stop("95")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.die()

    again = await Life(*scene).begin()
    tick(again, "94")

    await again.settle(lambda: again.state(intent.client_id) is OrderState.FILLED)
    assert again.venue.posts.count(intent.client_id) == 1
    await again.desk.close()


async def test_a_trailing_stop_follows_the_best_price_and_never_steps_back(scene: Scene) -> None:
    life = await holding(scene)
    intent = replace(
        wish(Side.SELL, "0.5", None), kind=OrderKind.TRAILING_STOP, terms=Terms(trail_bps=200)
    )
    await life.desk.handle(PlaceOrder(intent=intent))

    for price in ("110", "108"):  # 2 % under 110 is 107.8
        tick(life, price)
    await asyncio.sleep(0.02)
    assert life.state(intent.client_id) is OrderState.HELD
    tick(life, "107.8")
    await life.settle(lambda: life.state(intent.client_id) is OrderState.FILLED)
    await life.desk.close()


async def test_a_filled_entry_is_guarded_by_its_stop_and_its_target(scene: Scene) -> None:
    life = await Life(*scene).begin()
    await life.desk.handle(PlaceOrder(intent=bracket()))
    await life.settle(lambda: len(roles(life)) == 2)
    await life.settle(lambda: roles(life)[Role.TARGET].state is OrderState.OPEN)

    guards = roles(life)
    assert guards[Role.STOP].state is OrderState.HELD
    assert {guard.intent.size for guard in guards.values()} == {Decimal("0.999")}
    assert all(guard.intent.terms.is_reduce_only for guard in guards.values())
    await life.desk.close()


async def test_a_target_that_fills_ends_its_stop(scene: Scene) -> None:
    life = await Life(*scene).begin()
    await life.desk.handle(PlaceOrder(intent=bracket()))
    await life.settle(lambda: len(roles(life)) == 2)
    await life.settle(lambda: roles(life)[Role.TARGET].state is OrderState.OPEN)

    tick(life, "110")

    await life.settle(lambda: roles(life)[Role.STOP].state is OrderState.CANCELED)
    assert roles(life)[Role.TARGET].state is OrderState.FILLED
    assert life.rows.positions[BTC.id].size == 0
    await life.desk.close()


async def test_a_stop_leaves_only_after_the_venue_has_ended_its_target(scene: Scene) -> None:
    life = await Life(*scene).begin()
    await life.desk.handle(PlaceOrder(intent=bracket()))
    await life.settle(lambda: len(roles(life)) == 2)
    await life.settle(lambda: roles(life)[Role.TARGET].state is OrderState.OPEN)

    tick(life, "94")

    await life.settle(lambda: roles(life)[Role.STOP].state is OrderState.FILLED)
    assert roles(life)[Role.TARGET].state is OrderState.CANCELED
    assert life.rows.positions[BTC.id].size == 0
    await life.desk.close()


async def test_a_target_filled_in_part_leaves_a_stop_for_the_rest_alone(scene: Scene) -> None:
    life = await Life(*scene).begin()
    await life.desk.handle(PlaceOrder(intent=bracket()))
    await life.settle(lambda: len(roles(life)) == 2)
    await life.settle(lambda: roles(life)[Role.TARGET].state is OrderState.OPEN)
    life.venue.tick(BTC, Decimal(110), Decimal("0.5"))
    await life.settle(lambda: roles(life)[Role.TARGET].state is OrderState.PARTIAL)

    tick(life, "94")

    def is_flat() -> bool:
        life.see_prices()
        return life.rows.positions[BTC.id].size == 0

    await life.settle(is_flat)
    assert not life.rows.parents
    assert all(order.state != "open" for order in life.venue.orders)
    await life.desk.close()


async def test_an_entry_that_filled_while_the_desk_was_dead_is_guarded_after_the_start(
    scene: Scene,
) -> None:
    life = await Life(*scene).begin()
    intent = bracket(limit="99")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)
    await life.die()
    life.venue.tick(BTC, Decimal(99))

    again = await Life(*scene).begin()

    await again.settle(lambda: set(roles(again)) == {Role.STOP, Role.TARGET})
    await again.desk.close()


async def test_a_guard_that_cannot_leave_is_told_at_once(scene: Scene) -> None:
    life = await holding(scene)
    intent = stop("95", is_reduce_only=True)
    await life.desk.handle(PlaceOrder(intent=intent))
    other = wish(Side.SELL, "0.9", "120")
    await life.desk.handle(PlaceOrder(intent=other))
    await life.settle(lambda: life.state(other.client_id) is OrderState.OPEN)

    tick(life, "94")

    await life.settle(lambda: life.state(intent.client_id) is OrderState.REJECTED)
    texts = [event.text for event in life.events if isinstance(event, NoticeRaised)]
    assert any("The position is not protected." in text for text in texts)
    await life.desk.close()


async def test_what_is_held_gets_exits_on_demand(scene: Scene) -> None:
    life = await holding(scene)

    exits = Exits(stop=Decimal(90))
    await life.desk.handle(AttachExits(account=DEMO.id, instrument=BTC.id, exits=exits))

    await life.settle(lambda: Role.STOP in roles(life))
    assert roles(life)[Role.STOP].state is OrderState.HELD
    assert roles(life)[Role.STOP].intent.origin is Origin.DESK
    await life.desk.close()


async def test_an_amended_order_is_gone_before_the_new_one_leaves(scene: Scene) -> None:
    life = await Life(*scene).begin()
    intent = wish(size="1", limit="90")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)

    await life.desk.handle(
        AmendOrder(account=DEMO.id, client_id=intent.client_id, limit_price=Decimal(91))
    )
    await life.settle(lambda: len(life.venue.posts) == 2)
    await life.quiet()

    first, second = life.venue.orders
    assert (first.state, second.state) == ("canceled", "open")
    assert second.intent.limit_price == 91
    new = life.rows.orders[second.intent.client_id]
    assert new.intent.replaces == intent.client_id
    await life.desk.close()


async def test_an_amend_that_races_a_fill_sends_no_second_order(scene: Scene) -> None:
    life = await Life(*scene).begin()
    intent = wish(size="1", limit="90")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)
    life.venue.tick(BTC, Decimal(90))

    await life.desk.handle(AmendOrder(account=DEMO.id, client_id=intent.client_id, size=Decimal(2)))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.FILLED)
    await life.quiet()

    assert len(life.venue.posts) == 1
    await life.desk.close()


@pytest.mark.parametrize(
    ("verdict", "state"),
    [(Verdict.NEVER_THERE, OrderState.ABSENT), (Verdict.GONE, OrderState.CANCELED)],
)
async def test_an_order_in_doubt_is_settled_by_a_recorded_human_decision(
    scene: Scene, verdict: Verdict, state: OrderState
) -> None:
    life = await Life(*scene).begin()
    life.venue.faults.append("lost before")
    intent = wish(limit="90")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.UNKNOWN)

    await life.desk.handle(
        DecideOrder(
            account=DEMO.id, client_id=intent.client_id, verdict=verdict, note="seen on the page"
        )
    )

    assert life.state(intent.client_id) is state
    row = life.rows.journal[-1].draft
    assert row.causation == "command:DecideOrder"
    assert "seen on the page" in row.payload["reason"]
    await life.desk.close()


async def test_nothing_is_decided_of_an_order_that_is_not_in_doubt(scene: Scene) -> None:
    life = await Life(*scene).begin()
    intent = wish(limit="90")
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)

    await life.desk.handle(
        DecideOrder(account=DEMO.id, client_id=intent.client_id, verdict=Verdict.GONE, note="")
    )

    assert life.state(intent.client_id) is OrderState.OPEN
    await life.desk.close()


async def test_the_kill_switch_takes_all_back_closes_all_and_halts(scene: Scene) -> None:
    life = await holding(scene, "2")
    resting, held = wish(limit="90", instrument=BTC), stop("80")
    for intent in (resting, held):
        await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(resting.client_id) is OrderState.OPEN)

    await life.desk.handle(KillTrading(reason="enough"))

    await life.settle(lambda: life.rows.positions[BTC.id].size < BTC.lot)
    assert life.desk.state is TradingState.HALTED
    assert life.state(resting.client_id) is OrderState.CANCELED
    assert life.state(held.client_id) is OrderState.CANCELED
    await life.quiet()
    await life.desk.close()


async def test_an_order_good_till_a_time_is_taken_back_at_that_time(scene: Scene) -> None:
    life = await Life(*scene).begin()
    expires = life.clock.now() + timedelta(minutes=5)
    intent = replace(wish(limit="90"), time_in_force=TimeInForce.GTD, terms=Terms(expires=expires))
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)

    life.clock.advance(timedelta(minutes=5))

    await life.settle(lambda: life.state(intent.client_id) is OrderState.CANCELED, 30)
    await life.desk.close()


def plan(kind: ParentKind, life: Life, **changes: object) -> ParentPlan:
    values: dict[str, object] = {
        "parent": ParentId("p"),
        "account": DEMO.id,
        "instrument": BTC.id,
        "kind": kind,
        "side": Side.BUY,
        "size": Decimal(3),
        "slices": 3,
        "created": life.clock.now(),
    }
    return ParentPlan(**{**values, **changes})  # type: ignore[arg-type]  # its own fields


async def test_a_ladder_rests_every_step_at_once(scene: Scene) -> None:
    life = await Life(*scene).begin()
    ladder = plan(ParentKind.LADDER, life, price=Decimal(95), far_price=Decimal(90))

    await life.desk.handle(StartParent(plan=ladder))

    await life.settle(lambda: len(life.venue.orders) == 3)
    prices = [order.intent.limit_price for order in life.venue.orders]
    assert prices == [Decimal(95), Decimal("92.5"), Decimal(90)]
    life.venue.tick(BTC, Decimal(90))
    await life.settle(lambda: life.rows.parents[ParentId("p")].state is ParentState.DONE)
    await life.desk.close()


async def test_a_ladder_that_is_stopped_takes_its_steps_back(scene: Scene) -> None:
    life = await Life(*scene).begin()
    ladder = plan(ParentKind.LADDER, life, price=Decimal(95), far_price=Decimal(90))
    await life.desk.handle(StartParent(plan=ladder))
    await life.settle(lambda: [o.state for o in life.venue.orders] == ["open"] * 3)
    await life.quiet()

    await life.desk.handle(StopParent(account=DEMO.id, parent=ParentId("p")))

    await life.settle(lambda: [o.state for o in life.venue.orders] == ["canceled"] * 3)
    assert life.rows.parents[ParentId("p")].state is ParentState.STOPPED
    await life.desk.close()


async def test_a_twap_sends_one_part_each_time_and_goes_on_after_a_restart(scene: Scene) -> None:
    life = await Life(*scene).begin()
    twap = plan(ParentKind.TWAP, life, every=timedelta(minutes=1))
    await life.desk.handle(StartParent(plan=twap))
    await life.settle(lambda: len(life.venue.posts) == 1)
    await life.quiet()
    await life.die()

    again = await Life(*scene).begin()
    again.clock.advance(timedelta(minutes=1))
    again.see_prices()
    await again.settle(lambda: len(again.venue.posts) == 2, 30)
    await again.quiet()
    again.clock.advance(timedelta(minutes=1))
    again.see_prices()
    await again.settle(lambda: len(again.venue.posts) == 3, 30)

    await again.settle(lambda: again.rows.parents[ParentId("p")].state is ParentState.DONE, 30)
    assert sorted(set(again.venue.posts)) == ["p-0", "p-1", "p-2"]
    await again.desk.close()


async def test_an_iceberg_shows_one_part_at_a_time(scene: Scene) -> None:
    life = await Life(*scene).begin()
    iceberg = plan(ParentKind.ICEBERG, life, price=Decimal(95))
    await life.desk.handle(StartParent(plan=iceberg))

    for count in (1, 2, 3):
        await life.settle(lambda count=count: len(life.venue.orders) == count)  # type: ignore[misc]  # bound now
        await life.quiet()
        life.venue.fill(life.venue.orders[-1], Decimal(1), Decimal(95))

    await life.settle(lambda: life.rows.parents[ParentId("p")].state is ParentState.DONE)
    assert [order.intent.size for order in life.venue.orders] == [Decimal(1)] * 3
    await life.desk.close()


async def test_a_part_too_small_for_the_venue_is_said_before_anything_leaves(
    scene: Scene,
) -> None:
    life = await Life(*scene).begin()
    twap = plan(ParentKind.TWAP, life, size=Decimal("0.03"), every=timedelta(minutes=1))

    await life.desk.handle(StartParent(plan=twap))

    texts = [event.text for event in life.events if isinstance(event, NoticeRaised)]
    assert any("Use fewer parts" in text for text in texts)
    assert life.venue.posts == []
    await life.desk.close()


@pytest.mark.allow_warnings
async def test_the_ledger_adds_up_from_the_opening_on(scene: Scene) -> None:
    life = await holding(scene)
    checks = [event for event in life.events if isinstance(event, LedgerChecked)]
    assert checks[-1].differences == ()
    assert [one.kind for one in life.rows.transfers] == [TransferKind.OPENING]

    life.venue.move("USDT", Decimal(500))
    life.venue.drop_connections()

    await life.settle(lambda: len(life.rows.transfers) == 2, 30)
    assert life.rows.transfers[-1].amount == 500
    assert life.rows.transfers[-1].kind is TransferKind.DEPOSIT
    repairs = [
        row.draft.payload for row in life.rows.journal if row.draft.type.endswith("repaired")
    ]
    assert any("recorded as a deposit" in one["repair"] for one in repairs)
    await life.settle(lambda: life.desk.state is TradingState.ACTIVE)
    await life.desk.close()


async def test_losing_too_much_in_a_day_locks_new_positions_out_and_survives_a_restart(
    scene: Scene,
) -> None:
    limits = RiskLimits(max_daily_loss=Decimal("0.01"))
    life = await Life(*scene, limits=limits).begin()
    intent = wish(size="50", limit=None)
    await life.desk._worth.look()
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.FILLED)
    tick(life, "97")
    await life.desk._worth.look()
    assert life.desk.state is TradingState.REDUCING
    await life.desk.handle(PlaceOrder(intent=wish(limit="90")))
    assert life.denials()[-1][0] == "DAILY_LOSS"
    await life.die()

    again = await Life(*scene, limits=limits).begin()

    assert again.desk.state is TradingState.REDUCING
    await again.desk.handle(PlaceOrder(intent=wish(Side.SELL, "1", "100")))
    assert again.denials() == []
    assert any(isinstance(event, EquityMoved) for event in life.events)
    await again.desk.close()


async def test_spot_cannot_be_turned_round(scene: Scene) -> None:
    life = await holding(scene)

    await life.desk.handle(ReversePosition(account=DEMO.id, instrument=BTC.id))

    texts = [event.text for event in life.events if isinstance(event, NoticeRaised)]
    assert any("what is sold cannot be owed" in text for text in texts)
    await life.desk.close()


async def test_a_rebalancing_is_proposed_and_never_sent(scene: Scene) -> None:
    life = await holding(scene)
    posts = len(life.venue.posts)

    weights = {BTC.id: Decimal("0.5"), ETH.id: Decimal("0.25")}
    await life.desk.handle(ProposeRebalance(account=DEMO.id, weights=weights))

    proposed = [event for event in life.events if isinstance(event, RebalanceProposed)][-1]
    sizes = {order.instrument: order.size for order in proposed.orders}
    assert sizes[BTC.id] > ZERO
    assert {order.side for order in proposed.orders} == {Side.BUY}
    assert len(life.venue.posts) == posts
    assert ClientOrderId("") not in {order.client_id for order in proposed.orders}
    await life.desk.close()
