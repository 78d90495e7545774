"""Brackets, changes and the kill switch on the real front, the real ccxt and the real database."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fks_desk.core.desk_messages import AmendOrder, KillTrading, MoveStop
from fks_desk.core.messages import CancelOrder, ClosePosition
from fks_desk.core.model import Order, OrderKind, OrderState, TradingState
from fks_desk.core.terms import Exits, Role, Terms
from tests.fakes.trading import DEMO
from tests.faults.test_desk_on_real_parts import Workplace, workplace

__all__ = ["workplace"]  # the fixture

pytestmark = [pytest.mark.db, pytest.mark.allow_warnings]


async def guards(workplace: Workplace) -> dict[Role, Order]:
    orders = await workplace.stores.trading.orders(DEMO.id)
    return {one.intent.family.role: one for one in orders if one.intent.family is not None}


async def test_a_bracket_rests_at_the_venue_as_a_pair_and_its_cancel_ends_both(
    workplace: Workplace,
) -> None:
    last = await workplace.price()
    exits = Exits(
        stop=workplace.btc.snap_price(last * Decimal("0.9")),
        target=workplace.btc.snap_price(last * Decimal("1.1")),
    )
    await workplace.place(replace(await workplace.wish(), terms=Terms(exits=exits)))

    async def rests() -> bool:
        states = {role: one.state for role, one in (await guards(workplace)).items()}
        return states == {Role.STOP: OrderState.OPEN, Role.TARGET: OrderState.OPEN}

    await workplace.until(rests)
    pair = await guards(workplace)
    assert pair[Role.STOP].intent.kind is OrderKind.STOP
    await workplace.desk.handle(CancelOrder(account=DEMO.id, client_id=pair[Role.TARGET].client_id))

    async def has_ended() -> bool:
        ended = {one.state for one in (await guards(workplace)).values()}
        return ended == {OrderState.CANCELED}

    await workplace.until(has_ended)
    await workplace.agrees()


async def test_a_changed_order_is_replaced_in_one_request(workplace: Workplace) -> None:
    first = await workplace.place(await workplace.wish(share="0.9"))
    await workplace.reaches(first, OrderState.OPEN)
    assert first.limit_price is not None
    wanted = first.limit_price + workplace.btc.tick * 100

    await workplace.desk.handle(
        AmendOrder(account=DEMO.id, client_id=first.client_id, limit_price=wanted)
    )

    await workplace.reaches(first, OrderState.CANCELED)

    async def is_replaced() -> bool:
        orders = await workplace.stores.trading_writer.open_orders(DEMO.id)
        return [(one.state, one.intent.limit_price) for one in orders] == [
            (OrderState.OPEN, wanted)
        ]

    await workplace.until(is_replaced)
    (new,) = await workplace.stores.trading_writer.open_orders(DEMO.id)
    assert new.intent.replaces == first.client_id
    await workplace.agrees()


async def test_the_kill_switch_leaves_nothing_open_and_nothing_but_dust(
    workplace: Workplace,
) -> None:
    bought = await workplace.place(await workplace.wish(size="0.02"))
    await workplace.reaches(bought, OrderState.FILLED)
    resting = await workplace.place(await workplace.wish(share="0.9"))
    await workplace.reaches(resting, OrderState.OPEN)

    await workplace.desk.handle(KillTrading(reason="drill"))

    assert workplace.desk.state is TradingState.HALTED
    await workplace.reaches(resting, OrderState.CANCELED)

    async def is_flat() -> bool:
        (position,) = await workplace.stores.trading.positions(DEMO.id)
        return position.size < workplace.btc.lot

    await workplace.until(is_flat)
    await workplace.agrees()


async def test_a_partly_filled_entry_rests_under_a_pair_that_grows_with_it(
    workplace: Workplace,
) -> None:
    last = await workplace.price()
    exits = Exits(
        stop=workplace.btc.snap_price(last * Decimal("0.9")),
        target=workplace.btc.snap_price(last * Decimal("1.1")),
    )
    wish = replace(await workplace.wish(size="0.02", share="0.99"), terms=Terms(exits=exits))
    await workplace.place(wish)
    await workplace.reaches(wish, OrderState.OPEN)

    async def rests(size: str) -> bool:
        orders = await workplace.stores.trading_writer.open_orders(DEMO.id)
        pair = [one for one in orders if one.intent.family is not None]
        return [(one.state, one.intent.size) for one in pair] == [
            (OrderState.OPEN, Decimal(size))
        ] * 2

    async def somebody_sells(size: str) -> None:
        trade = {"symbol": "BTC/USDT", "price": str(wish.limit_price), "size": size}
        await workplace.admin.admin("POST", "cross", trade)

    await somebody_sells("0.008")
    await workplace.until(lambda: rests("0.00799"))
    await somebody_sells("0.012")
    await workplace.until(lambda: rests("0.01998"))

    await workplace.reaches(wish, OrderState.FILLED)
    await workplace.agrees()


@pytest.mark.parametrize("is_at_rest", [True, False])
async def test_a_bracket_is_closed_after_its_target_and_its_stop_were_moved(
    workplace: Workplace, is_at_rest: bool
) -> None:
    last = await workplace.price()

    def at(share: str) -> Decimal:
        return workplace.btc.snap_price(last * Decimal(share))

    exits = Exits(stop=at("0.9"), target=at("1.1"))
    await workplace.place(replace(await workplace.wish(), terms=Terms(exits=exits)))

    async def open_pair() -> dict[Role, Order]:
        orders = await workplace.stores.trading_writer.open_orders(DEMO.id)
        return {
            one.intent.family.role: one
            for one in orders
            if one.intent.family is not None and one.state is OrderState.OPEN
        }

    async def rests(stop: str, target: str) -> bool:
        prices = {role: one.intent.worst_price for role, one in (await open_pair()).items()}
        count = len(await workplace.stores.trading_writer.open_orders(DEMO.id))
        return prices == {Role.STOP: at(stop), Role.TARGET: at(target)} and count == 2

    await workplace.until(lambda: rests("0.9", "1.1"))
    target = (await open_pair())[Role.TARGET].client_id
    await workplace.desk.handle(
        AmendOrder(account=DEMO.id, client_id=target, limit_price=at("1.2"))
    )
    await workplace.until(lambda: rests("0.9", "1.2"))
    await workplace.desk.handle(
        MoveStop(account=DEMO.id, instrument=workplace.btc.id, price=at("0.95"))
    )
    if is_at_rest:
        await workplace.until(lambda: rests("0.95", "1.2"))

    await workplace.desk.handle(ClosePosition(account=DEMO.id, instrument=workplace.btc.id))

    async def is_flat() -> bool:
        (position,) = await workplace.stores.trading.positions(DEMO.id)
        orders = await workplace.stores.trading_writer.open_orders(DEMO.id)
        return 0 <= position.size < workplace.btc.lot and not orders

    await workplace.until(is_flat)
    await workplace.agrees()


async def test_o19_a_target_that_fills_unheard_leaves_no_naked_stop(workplace: Workplace) -> None:
    last = await workplace.price()
    target = workplace.btc.snap_price(last * Decimal("1.002"))
    exits = Exits(stop=workplace.btc.snap_price(last * Decimal("0.9")), target=target)
    await workplace.place(replace(await workplace.wish(), terms=Terms(exits=exits)))

    async def rests() -> bool:
        states = {role: one.state for role, one in (await guards(workplace)).items()}
        return states == {Role.STOP: OrderState.OPEN, Role.TARGET: OrderState.OPEN}

    await workplace.until(rests)
    await workplace.script(mute_user=True)
    size = str((await guards(workplace))[Role.TARGET].intent.size)
    trade = {"symbol": "BTC/USDT", "price": str(target), "size": size}
    await workplace.admin.admin("POST", "cross", trade)
    await workplace.script()
    workplace.desk.distrust("a cable was pulled")

    async def is_over() -> bool:
        states = {role: one.state for role, one in (await guards(workplace)).items()}
        return states == {Role.STOP: OrderState.EXPIRED, Role.TARGET: OrderState.FILLED}

    await workplace.until(is_over)
    await workplace.agrees()
