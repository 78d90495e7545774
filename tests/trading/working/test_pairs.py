"""Row O19 with a pair at the venue: whatever its legs do meanwhile, no naked leg is left."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from fks_desk.core.desk_messages import AmendOrder, MoveStop
from fks_desk.core.messages import CancelOrder, ClosePosition, Command
from fks_desk.core.model import Order, OrderState
from fks_desk.core.orders import OPEN_STATES
from fks_desk.core.terms import Role
from tests.fakes.trading import BTC, DEMO, FakeVenue, LedgerOrder, Life, MemoryRows, world
from tests.trading.working.test_exits import (
    alive,
    bracket,
    fill,
    guards,
    is_flat,
    never_sold_more_than_bought,
    resting,
)

Scene = tuple[FakeVenue, MemoryRows]

pytestmark = pytest.mark.allow_warnings


async def paired(scene: Scene) -> Life:
    intent = bracket()
    life = await resting(scene, intent, is_native=True)
    fill(life, intent, "1")
    await life.settle(lambda: guards(life, "0.999"))
    life.venue.tick(BTC, Decimal(100))
    life.see_prices()
    return life


def leg(life: Life, role: Role) -> LedgerOrder:
    order = life.venue.newest(alive(life, role)[0].client_id)
    assert order is not None
    return order


def open_orders(life: Life) -> list[Order]:
    return [one for one in life.rows.orders.values() if one.state in OPEN_STATES]


def executes(life: Life, which: LedgerOrder, size: str) -> None:
    """Let the venue fill a leg, if it is there still."""
    if which.state in {"open", "partial"}:
        life.venue.fill(which, Decimal(size), which.intent.worst_price)


@pytest.mark.parametrize("role", [Role.STOP, Role.TARGET])
@pytest.mark.parametrize("crashes", [False, True])
async def test_a_leg_that_fills_while_nobody_listens_leaves_the_other_known_as_gone(
    scene: Scene, role: Role, crashes: bool
) -> None:
    life = await paired(scene)
    other = alive(life, Role.TARGET if role is Role.STOP else Role.STOP)[0].client_id
    filled = leg(life, role)
    if crashes:
        await life.die()
        executes(life, filled, "0.999")
        life = await Life(*scene, is_native=True).begin()
    else:
        life.venue.disturb = lambda report: ()
        executes(life, filled, "0.999")
        life.venue.disturb = lambda report: (report,)
        life.venue.drop_connections()

    await life.settle(lambda: is_flat(life) and not open_orders(life))
    await life.quiet()

    assert life.state(other) is OrderState.EXPIRED
    assert life.venue.posts.count(other) == 1
    assert never_sold_more_than_bought(life.venue)
    await life.desk.close()


COMMANDS = {
    "move the target": lambda stop, target: AmendOrder(
        account=DEMO.id, client_id=target, limit_price=Decimal(120)
    ),
    "move the stop": lambda stop, target: MoveStop(
        account=DEMO.id, instrument=BTC.id, price=Decimal("98.5")
    ),
    "cancel the stop": lambda stop, target: CancelOrder(account=DEMO.id, client_id=stop),
    "cancel the target": lambda stop, target: CancelOrder(account=DEMO.id, client_id=target),
    "close": lambda stop, target: ClosePosition(account=DEMO.id, instrument=BTC.id),
}


@pytest.mark.parametrize("what", COMMANDS)
@pytest.mark.parametrize("role", [Role.STOP, Role.TARGET])
@pytest.mark.parametrize("share", ["0.4", "0.999"])
async def test_a_leg_that_fills_while_the_pair_is_changed_sells_nothing_twice(
    what: str, role: Role, share: str
) -> None:
    for turns in range(0, 44, 4):
        life = await paired(world())
        stop, target = alive(life, Role.STOP)[0], alive(life, Role.TARGET)[0]
        command: Command = COMMANDS[what](stop.client_id, target.client_id)
        racing = leg(life, role)
        asked = asyncio.ensure_future(life.desk.handle(command))
        for _ in range(turns):
            await asyncio.sleep(0)
        executes(life, racing, share)
        await asked

        def is_settled(life: Life = life) -> bool:
            life.clock.advance(timedelta(seconds=0.5))
            life.see_prices()
            return is_over(life) or is_guarded(life, what)

        await life.settle(is_settled)
        await life.quiet()
        assert never_sold_more_than_bought(life.venue), turns
        await life.desk.close()


def is_over(life: Life) -> bool:
    return is_flat(life) and not open_orders(life)


def is_guarded(life: Life, what: str) -> bool:
    """Tell whether one stop guards what is left, or a person has taken the exits back."""
    settled = {OrderState.OPEN, OrderState.PARTIAL, OrderState.HELD}
    if any(one.state not in settled for one in open_orders(life)):
        return False
    if what.startswith("cancel") and not alive(life, Role.STOP):
        return not open_orders(life)
    held = life.rows.positions[BTC.id].size
    sizes = [one.intent.size - one.filled for one in alive(life, Role.STOP)]
    return len(sizes) == 1 and abs(sizes[0] - held) < BTC.lot
