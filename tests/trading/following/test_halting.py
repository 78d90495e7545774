"""A halt and a lock-out stand in the journal however long the database was away."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from fks_desk.core.messages import HaltTrading, NoticeRaised, PlaceOrder, ResumeTrading
from fks_desk.core.model import OrderState, Side, TradingState
from fks_desk.trading.limits import RiskLimits
from tests.fakes.trading import BTC, FakeVenue, Life, MemoryRows, wish

Scene = tuple[FakeVenue, MemoryRows]

pytestmark = pytest.mark.allow_warnings


def texts(life: Life) -> list[str]:
    return [event.text for event in life.events if isinstance(event, NoticeRaised)]


def entries(life: Life, type_: str) -> int:
    return sum(row.draft.type == type_ for row in life.rows.journal)


async def test_a_halt_without_a_database_is_written_when_it_answers(scene: Scene) -> None:
    life = await Life(*scene).begin()
    life.rows.is_down = True
    await life.desk.handle(HaltTrading(reason="lunch"))
    assert life.desk.state is TradingState.HALTED
    assert any("could not be written down yet" in text for text in texts(life))

    life.rows.is_down = False
    await life.settle(lambda: entries(life, "trading.halted") == 1)
    await life.settle(lambda: any("is written down now" in text for text in texts(life)))
    await life.die()

    life = await Life(*scene).begin()
    assert life.desk.state is TradingState.HALTED
    await life.desk.close()


async def test_of_two_halts_without_a_database_the_newer_one_is_written(scene: Scene) -> None:
    life = await Life(*scene).begin()
    life.rows.is_down = True
    for reason in ("lunch", "storm"):
        await life.desk.handle(HaltTrading(reason=reason))

    life.rows.is_down = False
    await life.settle(lambda: entries(life, "trading.halted") == 1)
    (row,) = [one for one in life.rows.journal if one.draft.type == "trading.halted"]

    assert row.draft.payload["reason"] == "storm"
    await life.desk.close()


async def test_a_halt_that_was_lifted_meanwhile_is_not_written_any_more(scene: Scene) -> None:
    life = await Life(*scene).begin()
    life.rows.is_down = True
    await life.desk.handle(HaltTrading(reason="lunch"))
    life.rows.is_down = False
    await life.desk.handle(ResumeTrading())
    assert life.desk.state is TradingState.ACTIVE
    await life.desk.close()

    life = await Life(*scene).begin()
    assert life.desk.state is TradingState.ACTIVE
    await life.desk.close()


async def test_a_resume_that_is_written_by_half_leaves_the_halt(scene: Scene) -> None:
    life = await Life(*scene).begin()
    await life.desk.handle(HaltTrading(reason="lunch"))
    append = life.store.append

    async def half(drafts, **named):  # type: ignore[no-untyped-def]  # as the store's own
        life.rows.is_down = drafts[0].type == "trading.resumed"
        return await append(drafts, **named)

    life.store.append = half  # type: ignore[method-assign]  # a database that dies between
    await life.desk.handle(ResumeTrading())
    assert life.desk.state is TradingState.HALTED
    await life.die()
    life.rows.is_down = False

    life = await Life(*scene).begin()
    assert life.desk.state is TradingState.HALTED
    await life.desk.close()


async def test_a_lock_out_without_a_database_is_written_when_it_answers(scene: Scene) -> None:
    limits = RiskLimits(cooldown_losses=1, cooldown_s=Decimal(3600))
    life = await Life(*scene, limits=limits).begin()
    append = life.store.append

    async def refuse(drafts, **named):  # type: ignore[no-untyped-def]  # as the store's own
        if drafts[0].type == "risk.locked" and is_away:
            raise TimeoutError
        return await append(drafts, **named)

    is_away = True
    life.store.append = refuse  # type: ignore[method-assign]  # a database that hangs
    await _lose(life)
    await life.settle(lambda: life.desk.state is TradingState.REDUCING)
    assert entries(life, "risk.locked") == 0

    is_away = False
    await life.desk._worth.look()
    assert entries(life, "risk.locked") == 1
    await life.die()
    life.venue.clock.advance(timedelta(minutes=1))

    life = await Life(*scene, limits=limits).begin()
    assert life.desk.state is TradingState.REDUCING
    await life.desk.close()


async def _lose(life: Life) -> None:
    bought = wish(Side.BUY, "1", None)
    await life.desk.handle(PlaceOrder(intent=bought))
    await life.settle(lambda: life.state(bought.client_id) is OrderState.FILLED)
    life.venue.tick(BTC, Decimal(98))
    life.see_prices()
    sold = wish(Side.SELL, "0.999", None, reference="98")
    await life.desk.handle(PlaceOrder(intent=sold))
    await life.settle(lambda: life.state(sold.client_id) is OrderState.FILLED)
