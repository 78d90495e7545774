"""Kill the desk at every named point of an order's life, and start it again."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from decimal import Decimal

import pytest

from fks_desk.core.failpoints import Action, FailPointReached, armed, on_visit
from fks_desk.core.messages import CancelAllOrders, CancelOrder, PlaceOrder
from fks_desk.core.model import OrderState, Side
from fks_desk.core.orders import OPEN_STATES
from tests.fakes.trading import BTC, DEMO, FakeVenue, Life, MemoryRows, difference, wish, world

pytestmark = pytest.mark.allow_warnings

POINTS = (
    "intent.before_persist",
    "intent.persisted",
    "risk.reserved",
    "order.before_send",
    "order.sent_before_ack",
    "order.acked_before_persist",
    "order.persisted_before_publish",
    "fill.received_before_persist",
    "fill.persisted_before_position",
    "position.persisted",
    "cancel.sent_before_ack",
    "reconcile.mid",
    "shutdown.mid",
)
# A first look at the account is one visit, and a desk shuts down once.
_VISITS = {"reconcile.mid": 3, "shutdown.mid": 1, "cancel.sent_before_ack": 2}


async def trade(life: Life, chance: random.Random) -> None:
    """Do what a busy trader and a busy market would."""
    for _ in range(12):
        deed = chance.choice(("buy", "buy", "sell", "market", "cancel", "tick", "tick"))
        await do(life, deed, chance)
        life.clock.advance(timedelta(milliseconds=chance.randint(1, 400)))
        if chance.random() < 0.5:
            await asyncio.sleep(0.001)
    await life.desk.handle(CancelAllOrders(account=DEMO.id))
    await asyncio.sleep(0.01)


async def do(life: Life, deed: str, chance: random.Random) -> None:
    price = Decimal(chance.randint(96, 104))
    size = str(Decimal(chance.randint(1, 50)) / 100)
    if deed == "tick":
        life.venue.tick(BTC, price, share=Decimal(chance.choice(("0.3", "1"))))
        life.see_prices()
    elif deed == "cancel":
        working = [o for o in life.rows.orders.values() if o.state in OPEN_STATES]
        if working:
            chosen = chance.choice(working)
            await life.desk.handle(CancelOrder(account=DEMO.id, client_id=chosen.client_id))
    else:
        side = Side.SELL if deed == "sell" else Side.BUY
        limit = None if deed == "market" else str(price)
        await life.desk.handle(PlaceOrder(intent=wish(side, size, limit)))


class Death:
    """End one life at the given visit of a point, and remember it."""

    def __init__(self, life: Life, visit: int) -> None:
        self.came = asyncio.Event()
        self.action: Action = on_visit(visit, self._end)
        self._life = life

    def _end(self, name: str) -> None:
        self._life.wire.is_alive = self._life.store.is_alive = False
        self.came.set()
        raise FailPointReached(name)


async def live_and_die(
    venue: FakeVenue, rows: MemoryRows, point: str, chance: random.Random
) -> bool:
    """Run a life that ends at the point, and return whether it got there."""
    life = Life(venue, rows)
    death = Death(life, chance.randint(1, _VISITS.get(point, 6)))
    with armed({point: death.action}):
        script = asyncio.create_task(live(life, chance))
        came = asyncio.create_task(death.came.wait())
        done, _ = await asyncio.wait({script, came}, timeout=5, return_when=asyncio.FIRST_COMPLETED)
        assert done, "the desk hangs although nothing has killed it"
        script.cancel()
        came.cancel()
        await asyncio.wait({script, came})
        await life.die()
    if not death.came.is_set():
        script.result()
    elif not script.cancelled():
        script.exception()
    return death.came.is_set()


async def live(life: Life, chance: random.Random) -> None:
    """Live from start to end."""
    await life.begin()
    await trade(life, chance)
    await life.desk.close()


async def crash_and_recover(point: str, seed: int) -> bool:
    """Die at a point, let the market go on, come back and compare."""
    chance = random.Random(f"{point} {seed}")
    venue, rows = world()
    died = await live_and_die(venue, rows, point, chance)
    venue.tick(BTC, Decimal(chance.randint(96, 104)))

    life = await Life(venue, rows).begin()
    await life.quiet()
    after = wish(limit="95", size="0.1")
    await life.desk.handle(PlaceOrder(intent=after))
    await life.quiet()

    assert difference(venue, rows) == ""
    assert len(venue.posts) == len(set(venue.posts)), "an order was sent twice"
    assert set(venue.posts) <= set(rows.orders), "an order was sent that nobody had written"
    assert rows.positions == life.desk._books.blotter.positions
    await life.desk.close()
    return died


@pytest.mark.parametrize("point", POINTS)
async def test_a_crash_at_any_point_loses_and_doubles_nothing(point: str) -> None:
    deaths = [await crash_and_recover(point, seed) for seed in range(20)]

    assert sum(deaths) > 5, f"hardly any life came to {point}"


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
async def test_a_hundred_crashes_at_any_point_lose_and_double_nothing(point: str) -> None:
    for seed in range(20, 120):
        await crash_and_recover(point, seed)


@pytest.mark.parametrize("point", ["intent.persisted", "order.before_send"])
async def test_an_order_that_never_left_is_declared_absent_in_the_end(point: str) -> None:
    chance = random.Random(point)
    venue, rows = world()
    assert await live_and_die(venue, rows, point, chance)
    life = await Life(venue, rows).begin()
    for _ in range(4):
        await asyncio.sleep(0.05)
        life.clock.advance(timedelta(seconds=25))
        life.see_prices()
    await life.settle(lambda: not life.desk._books.blotter.orders_in((OrderState.UNKNOWN,)))

    lost = [o for o in rows.orders.values() if o.client_id not in set(venue.posts)]
    assert {order.state for order in lost} <= {OrderState.ABSENT}
    assert lost
    await life.desk.close()


async def test_a_crash_during_recovery_is_recovered_from() -> None:
    for seed in range(4):
        chance = random.Random(seed)
        venue, rows = world()
        await live_and_die(venue, rows, "order.sent_before_ack", chance)
        await live_and_die(venue, rows, "reconcile.mid", chance)
        life = await Life(venue, rows).begin()
        await life.quiet()

        assert difference(venue, rows) == ""
        await life.desk.close()
