"""Conditional, paired and replacing orders mean the same to the desk and to the venue."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fks_desk.adapters.exchange.rights import KeyRights, require_harmless
from fks_desk.core.clock import EPOCH
from fks_desk.core.errors import ConfigError, OrderRefused
from fks_desk.core.model import Order, OrderKind, OrderState, Side
from fks_desk.core.terms import Terms


@pytest.fixture
async def desk(open_desk):
    """Open a venue and note the market's price."""
    async with open_desk() as opened:
        opened.last = await opened.far_price() / Decimal("0.9")
        yield opened


def near(desk, share: str) -> Decimal:
    return desk.btc.snap_price(desk.last * Decimal(share))


async def bought(desk, size="0.01"):
    return await desk.broker.submit(desk.intent(size=size))


def waiting(desk, kind, *, trigger=None, trail=None, limit=None, side=Side.SELL):
    return replace(
        desk.intent(side, "0.005"),
        kind=kind,
        limit_price=limit,
        terms=Terms(trigger_price=trigger, trail_bps=trail),
    )


@pytest.mark.parametrize(
    ("kind", "trigger", "limit"),
    [
        (OrderKind.STOP, "0.97", None),
        (OrderKind.STOP_LIMIT, "0.97", "0.96"),
        (OrderKind.TAKE_PROFIT, "1.03", None),
        (OrderKind.TAKE_PROFIT_LIMIT, "1.03", "1.02"),
    ],
)
async def test_a_conditional_order_rests_and_comes_back_as_it_was_meant(desk, kind, trigger, limit):
    await bought(desk)
    intent = waiting(
        desk,
        kind,
        trigger=near(desk, trigger),
        limit=near(desk, limit) if limit else None,
    )

    placed = await desk.broker.submit(intent)
    (told,) = await desk.connection.account.open_orders()

    assert placed.state == told.state == "open"
    assert told.client_id == intent.client_id
    assert (told.intent.kind, told.intent.limit_price) == (kind, intent.limit_price)
    assert told.intent.terms.trigger_price == intent.terms.trigger_price


async def test_a_trailing_stop_rests_at_the_venue(desk):
    await bought(desk)
    intent = waiting(desk, OrderKind.TRAILING_STOP, trail=200)

    placed = await desk.broker.submit(intent)

    (told,) = await desk.connection.account.open_orders()
    assert (placed.state, told.client_id) == ("open", intent.client_id)


async def test_a_post_only_order_that_would_take_is_refused(desk):
    intent = replace(desk.intent(limit=near(desk, "1.02")), terms=Terms(is_post_only=True))

    with pytest.raises(OrderRefused, match="immediately match"):
        await desk.broker.submit(intent)


def pair(desk):
    target = desk.intent(Side.SELL, "0.005", near(desk, "1.03"))
    return target, waiting(desk, OrderKind.STOP, trigger=near(desk, "0.97"))


async def test_a_pair_rests_together_and_one_cancel_ends_both(desk):
    await bought(desk)
    target, stop = pair(desk)

    placed = await desk.connection.native.submit_pair(target, stop)
    assert {one.client_id for one in placed} == {target.client_id, stop.client_id}
    assert {one.state for one in placed} == {"open"}

    await desk.broker.cancel(desk.btc.id, target.client_id, None)
    orders = await desk.connection.account.recent_orders(desk.btc.id, EPOCH)
    states = {one.client_id: one.state for one in orders}
    assert states[target.client_id] == states[stop.client_id] == "canceled"


async def test_a_pair_that_makes_no_sense_is_refused_whole(desk):
    await bought(desk)
    target, stop = pair(desk)
    wrong = replace(stop, terms=Terms(trigger_price=near(desk, "1.05")))

    with pytest.raises(OrderRefused):
        await desk.connection.native.submit_pair(target, wrong)

    assert await desk.connection.account.open_orders() == []


async def test_a_replacement_ends_the_old_order_and_begins_the_new_one(desk):
    first = desk.intent(limit=near(desk, "0.95"))
    second = desk.intent(limit=near(desk, "0.96"))
    await desk.broker.submit(first)
    old = Order(intent=first, state=OrderState.OPEN, updated=first.created)

    done = await desk.connection.native.replace(old, second)

    assert done.old is not None
    assert (done.old.client_id, done.old.state) == (first.client_id, "canceled")
    assert done.new is not None
    assert (done.new.client_id, done.new.state) == (second.client_id, "open")


async def test_a_replacement_of_what_is_gone_begins_nothing(desk):
    first = desk.intent(limit=near(desk, "0.95"))
    second = desk.intent(limit=near(desk, "0.96"))
    old = Order(intent=first, state=OrderState.OPEN, updated=first.created)

    done = await desk.connection.native.replace(old, second)

    assert (done.old, done.new) == (None, None)
    assert "Unknown order sent" in done.reason
    assert await desk.connection.account.open_orders() == []


async def test_a_replacement_that_is_refused_leaves_neither_and_says_so(desk):
    first = desk.intent(limit=near(desk, "0.95"))
    second = desk.intent(size="5000", limit=near(desk, "0.96"))
    await desk.broker.submit(first)
    old = Order(intent=first, state=OrderState.OPEN, updated=first.created)

    done = await desk.connection.native.replace(old, second)

    assert done.new is None
    assert done.old is not None
    assert done.old.state == "canceled"
    assert "NOTIONAL" in done.reason


def test_a_key_that_may_withdraw_is_refused():
    harmless = KeyRights(
        can_trade=True, can_trade_futures=True, can_withdraw=False, is_bound_to_ip=True
    )

    require_harmless(harmless, "binance")
    with pytest.raises(ConfigError, match="may withdraw money"):
        require_harmless(replace(harmless, can_withdraw=True), "binance")
    with pytest.raises(ConfigError, match="may not trade"):
        require_harmless(replace(harmless, can_trade=False), "binance")
    with pytest.raises(ConfigError, match="allow futures"):
        require_harmless(replace(harmless, can_trade_futures=False), "binance", is_futures=True)
