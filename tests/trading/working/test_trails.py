"""What a trailing stop has followed to is not forgotten: by a crash, or by a stop that grows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from fks_desk.core.messages import PlaceOrder, TickerMoved
from fks_desk.core.model import OrderIntent, OrderKind, OrderState, Side
from fks_desk.core.native import Abilities
from fks_desk.core.terms import Role, Terms
from fks_desk.trading.working.trails import FOLLOWED
from tests.fakes.trading import BTC, FakeNative, FakeVenue, FakeWire, Life, MemoryRows, ticker, wish
from tests.trading.working.test_exits import alive, bracket, entry_at, fill, is_flat, tick

Scene = tuple[FakeVenue, MemoryRows]

pytestmark = pytest.mark.allow_warnings


class TrailingNative(FakeNative):
    """Hold trailing stops at the venue, too."""

    @property
    def abilities(self) -> Abilities:
        kinds = super().abilities.kinds | {OrderKind.TRAILING_STOP}
        return Abilities(kinds=kinds, has_pairs=True)


def trailing() -> OrderIntent:
    plain = wish(Side.SELL, "0.999", None)
    return replace(plain, kind=OrderKind.TRAILING_STOP, terms=Terms(trail_bps=200))


def written(life: Life) -> list[str]:
    rows = [row.draft for row in life.rows.journal if row.draft.type == FOLLOWED]
    return [str(draft.payload["best"]) for draft in rows]


async def held(scene: Scene, intent: OrderIntent) -> Life:
    life = await Life(*scene).begin()
    bought = wish(Side.BUY, "1", None)
    await life.desk.handle(PlaceOrder(intent=bought))
    await life.settle(lambda: life.state(bought.client_id) is OrderState.FILLED)
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.HELD)
    return life


async def test_a_held_trailing_stop_goes_on_after_a_crash_from_where_it_was(scene: Scene) -> None:
    intent = trailing()
    life = await held(scene, intent)
    tick(life, "110")
    await life.settle(lambda: written(life) == ["110"])
    await life.die()
    life.venue.tick(BTC, Decimal(108))

    life = await Life(*scene).begin()
    tick(life, "107.9")
    assert life.state(intent.client_id) is OrderState.HELD
    tick(life, "107.8")

    await life.settle(lambda: is_flat(life))
    await life.desk.close()


async def test_what_it_follows_is_written_in_steps_and_not_too_often(scene: Scene) -> None:
    intent = trailing()
    life = await held(scene, intent)
    for price in ("100.1", "100.2"):
        tick(life, price)
    await life.settle(lambda: written(life) == ["100.2"])
    for price in ("103", "104", "103.5"):
        tick(life, price)
    life.desk._shop.held.on_time()
    assert written(life) == ["100.2"]

    life.clock.advance(timedelta(seconds=6))
    await life.settle(lambda: written(life) == ["100.2", "104"])
    await life.desk.close()


async def test_a_price_that_could_not_be_written_is_written_later(scene: Scene) -> None:
    intent = trailing()
    life = await held(scene, intent)
    life.rows.is_down = True
    tick(life, "110")
    life.desk._shop.held.on_time()
    await life.settle(lambda: not life.desk._shop._trails._busy)
    life.rows.is_down = False

    life.clock.advance(timedelta(seconds=6))
    await life.settle(lambda: written(life) == ["110"])
    await life.desk.close()


async def test_a_trailing_stop_at_the_venue_that_grows_goes_on_from_its_best_price(
    scene: Scene,
) -> None:
    intent = bracket(stop=None, target=None, trail_bps=200)
    wire = FakeWire(scene[0])
    life = await Life(*scene, wire=wire, native=TrailingNative(wire)).begin()
    await life.desk.handle(PlaceOrder(intent=intent))
    await life.settle(lambda: life.state(intent.client_id) is OrderState.OPEN)
    fill(life, intent, "0.4")
    await life.settle(lambda: [o.state for o in alive(life, Role.STOP)] == [OrderState.OPEN])
    for price in ("110", "109"):
        _see(life, price)
    life.clock.advance(timedelta(seconds=30))
    _see(life, "109")

    order = entry_at(life.venue, intent)
    life.venue.fill(order, Decimal("0.6"), Decimal(99))

    await life.settle(
        lambda: (
            [o.intent.size for o in alive(life, Role.STOP)] == [Decimal("0.999")]
            and alive(life, Role.STOP)[0].intent.reference_price == Decimal(110)
        )
    )
    # The venue would begin at 109, so it stays with the desk until the price is back.
    assert alive(life, Role.STOP)[0].state is OrderState.HELD
    life.clock.advance(timedelta(seconds=30))
    _see(life, "110.5")
    await life.settle(lambda: [o.state for o in alive(life, Role.STOP)] == [OrderState.OPEN])
    assert alive(life, Role.STOP)[0].intent.reference_price == Decimal("110.5")
    await life.desk.close()


def _see(life: Life, price: str) -> None:
    told = ticker(BTC.id, Decimal(price), life.clock.now())
    life.prices.on_ticker(TickerMoved(ticker=told))
