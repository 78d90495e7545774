"""Orders leave once, refusals are definite, doubts are unknown, and fills are exact."""

from __future__ import annotations

import asyncio
import gc
from decimal import Decimal

import pytest

from fks_desk.adapters.exchange.order_form import plain
from fks_desk.core.clock import EPOCH
from fks_desk.core.errors import (
    ConfigError,
    FeedUnavailable,
    OrderRefused,
    OutcomeUnknown,
    RateLimitError,
)
from fks_desk.core.model import InstrumentId, Liquidity, Side
from fks_desk.venue.faults import FaultAction, FaultRule
from tests.adapters.exchange.conftest import Listener

POST = "POST /api/v3/order"
GET = "GET /api/v3/order"


async def test_a_market_order_fills_and_everybody_tells_the_same(desk):
    async with Listener(desk.broker) as heard:
        intent = desk.intent()
        placed = await desk.broker.submit(intent)
        await heard.until(lambda one: one.states[-1:] == ["filled"])
    (stored,) = await desk.connection.account.fills(desk.btc.id, EPOCH)

    assert (placed.state, placed.filled) == ("filled", Decimal("0.01"))
    assert placed.fills == tuple(
        one.__class__(**{**_fields(one), "ts_init": placed.fills[0].ts_init}) for one in [stored]
    )
    assert [fill.key for fill in heard.fills] == [stored.key]
    assert heard.fills[0].fee == stored.fee
    assert (stored.fee.amount, stored.fee.currency) == (Decimal("0.00001"), "BTC")
    assert (stored.client_id, stored.liquidity) == (intent.client_id, Liquidity.TAKER)
    assert await desk.posts() == 1


def _fields(value) -> dict:
    return {name: getattr(value, name) for name in value.__slots__}


async def test_a_limit_order_rests_and_is_taken_back(desk):
    price = await desk.far_price()
    async with Listener(desk.broker) as heard:
        intent = desk.intent(limit=price)
        placed = await desk.broker.submit(intent)
        (resting,) = await desk.connection.account.open_orders()
        await desk.broker.cancel(desk.btc.id, intent.client_id, placed.venue_order_id)
        await heard.until(lambda one: one.states[-1:] == ["canceled"])

    assert resting.client_id == intent.client_id
    assert resting.intent.limit_price == price
    assert heard.states == ["open", "canceled"]
    assert heard.reports[-1].balances or heard.reports[-1].order.client_id == intent.client_id
    assert await desk.connection.account.open_orders() == []


async def test_a_resting_order_that_is_crossed_fills_as_maker(desk):
    price = await desk.far_price()
    async with Listener(desk.broker) as heard:
        await desk.broker.submit(desk.intent(limit=price))
        await desk.admin("cross", {"symbol": "BTC/USDT", "price": str(price - 10)})
        await heard.until(lambda one: one.fills)

    assert heard.fills[0].liquidity is Liquidity.MAKER
    assert heard.fills[0].price == price


async def test_balances_after_a_trade_are_exact(desk):
    placed = await desk.broker.submit(desk.intent(size="0.12345"))
    balances = {one.currency: one for one in await desk.connection.account.balances()}
    fills = placed.fills

    assert sum(fill.size for fill in fills) == Decimal("0.12345")
    assert balances["BTC"].total == sum(fill.size - fill.fee.amount for fill in fills)
    assert balances["USDT"].total == 10_000 - sum(fill.notional for fill in fills)


@pytest.mark.parametrize(
    ("size", "words"),
    [("5", "insufficient balance"), ("0.00001", "Filter failure: NOTIONAL")],
)
async def test_a_refusal_names_the_venues_reason(desk, size, words):
    price = await desk.far_price()
    with pytest.raises(OrderRefused, match=words):
        await desk.broker.submit(desk.intent(size=size, limit=price))

    assert await desk.connection.account.open_orders() == []


@pytest.mark.parametrize(
    ("size", "limit", "words"),
    [
        ("0.000015", None, "the size must be a multiple of 0.00001, was 0.000015"),
        ("0.01", "60000.001", "the limit price must be a multiple of 0.01"),
    ],
)
async def test_what_does_not_fit_the_steps_is_not_sent(desk, size, limit, words):
    intent = desk.intent(size=size, limit=None if limit is None else Decimal(limit))
    with pytest.raises(OrderRefused, match=words):
        await desk.broker.submit(intent)

    assert await desk.posts() == 0


def test_numbers_are_sent_without_an_exponent():
    assert plain(Decimal("1E-8"), 8) == "0.00000001"
    assert plain(Decimal("1E+2"), 2) == "100.00"


async def test_an_instrument_that_is_not_listed_is_not_sent(desk):
    with pytest.raises(OrderRefused, match="does not list"):
        await desk.broker.cancel(InstrumentId("demo:spot:NO/PE"), "t-1", None)


async def test_cancelling_what_is_gone_is_refused(desk):
    with pytest.raises(OrderRefused, match=r"Unknown order sent\. \(-2011\)"):
        await desk.broker.cancel(desk.btc.id, "never", None)


async def test_an_order_nobody_knows_is_none(desk):
    assert await desk.broker.find_order(desk.btc.id, "never") is None


@pytest.mark.parametrize(
    "action",
    [
        FaultAction.ACCEPT_THEN_RESET,
        FaultAction.HTML502_ACCEPTED,
        FaultAction.EMPTY_ACCEPTED,
        FaultAction.TRUNCATE_ACCEPTED,
    ],
)
@pytest.mark.parametrize("is_limit", [True, False])
async def test_a_lost_reply_is_unknown_and_the_order_is_sent_once(desk, action, is_limit):
    limit = await desk.far_price() if is_limit else None
    await desk.script(FaultRule(on=POST, action=action))
    intent = desk.intent(limit=limit)
    with pytest.raises(OutcomeUnknown):
        await desk.broker.submit(intent)
    found = await desk.broker.find_order(desk.btc.id, intent.client_id)

    assert await desk.posts() == 1
    assert found.state == ("open" if is_limit else "filled")


@pytest.mark.parametrize("code", [-1006, -1007, -1000])
async def test_codes_that_leave_it_open_are_unknown(desk, code):
    await desk.script(FaultRule(on=POST, action=FaultAction.ERROR, code=code, nth=1))
    with pytest.raises(OutcomeUnknown):
        await desk.broker.submit(desk.intent())

    # The first request is answered before it is logged; a second would be logged.
    assert await desk.posts() == 0


async def test_a_reply_that_comes_too_late_is_unknown(open_desk):
    async with open_desk(timeout_s=0.3) as desk:
        await desk.script(FaultRule(on=POST, action=FaultAction.DELAY_REPLY, seconds=1))
        intent = desk.intent()
        with pytest.raises(OutcomeUnknown):
            await desk.broker.submit(intent)
        await desk.script()
        found = await desk.broker.find_order(desk.btc.id, intent.client_id)

        assert found.state == "filled"
        assert await desk.posts() == 1


async def test_a_ban_stops_every_request_until_it_ends(desk, allow_warnings):
    rule = FaultRule(on=GET, action=FaultAction.BAN, seconds=2)
    await desk.script(rule)
    with pytest.raises(RateLimitError):
        await desk.broker.find_order(desk.btc.id, "x")
    with pytest.raises(OrderRefused, match="left alone"):
        await desk.broker.submit(desk.intent())
    with pytest.raises(RateLimitError, match="left alone"):
        await desk.connection.account.balances()

    await desk.script()
    assert await desk.posts() == 0


@pytest.mark.parametrize("off_ms", [1500, -12_000])
async def test_a_wrong_clock_is_mended_for_questions_and_then_orders_pass(open_desk, off_ms):
    async with open_desk() as desk:
        await desk.script(server_clock_ms=-off_ms)
        assert await desk.connection.account.balances()
        placed = await desk.broker.submit(desk.intent())

        assert placed.state == "filled"


async def test_an_order_refused_for_its_time_stamp_was_not_placed(open_desk):
    async with open_desk() as desk:
        await desk.script(server_clock_ms=-20_000)
        with pytest.raises(OrderRefused, match="-1021"):
            await desk.broker.submit(desk.intent())
        placed = await desk.broker.submit(desk.intent())

        assert placed.state == "filled"
        assert len(await desk.connection.account.recent_orders(desk.btc.id, EPOCH)) == 1


async def test_a_lost_private_stream_is_begun_again_and_says_so(desk):
    async with Listener(desk.broker) as heard:
        await desk.admin("drop", {})
        await heard.until(lambda one: one.connections == 2)
        await desk.broker.submit(desk.intent())
        await heard.until(lambda one: one.fills)

    assert len(heard.fills) == 1


async def test_a_private_stream_waits_for_a_venue_that_is_down(desk):
    for client in desk.connection._clients:
        client.urls["api"]["ws"]["ws-api"]["spot"] = "ws://127.0.0.1:9/ws-api/v3"
    async with Listener(desk.broker, is_up=False) as heard:
        await asyncio.sleep(0.6)
        for client in desk.connection._clients:
            url = f"ws://127.0.0.1:{desk.venue.port}/ws-api/v3"
            client.urls["api"]["ws"]["ws-api"]["spot"] = url
        await heard.until(lambda one: one.connections == 1)
    gc.collect()


async def test_a_venue_that_is_down_is_unavailable_and_an_order_to_it_unknown(desk):
    for client in desk.connection._clients:
        client.urls["api"]["private"] = "http://127.0.0.1:9/api/v3"

    with pytest.raises(FeedUnavailable):
        await desk.connection.account.open_orders()
    with pytest.raises(OutcomeUnknown):
        await desk.broker.submit(desk.intent())


async def test_a_wrong_key_is_told_as_such(desk):
    for client in desk.connection._clients:
        client.secret = "wrong"
    with pytest.raises(ConfigError, match="does not accept the API key"):
        await desk.connection.account.balances()
    with pytest.raises(ConfigError, match="does not accept the API key"):
        await anext(desk.broker.reports())
    with pytest.raises(OrderRefused, match="-1022"):
        await desk.broker.submit(desk.intent())


async def test_many_orders_at_once_are_each_sent_once(desk):
    intents = [desk.intent(size="0.0005") for _ in range(20)]
    placed = await asyncio.gather(*[desk.broker.submit(one) for one in intents])
    sold = await desk.broker.submit(desk.intent(side=Side.SELL, size="0.005"))

    assert {one.client_id for one in placed} == {one.client_id for one in intents}
    assert sold.state == "filled"
    assert await desk.posts() == 21
