"""The spot market and the perpetuals are one way for an order: the same cases, the same ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from fks_desk.core.clock import EPOCH
from fks_desk.core.errors import (
    ConfigError,
    FeedUnavailable,
    KeyRefused,
    OrderKeyRefused,
    OrderRefused,
    OutcomeUnknown,
    RateLimitError,
)
from fks_desk.core.model import ClientOrderId, InstrumentId, Liquidity, Side
from fks_desk.core.terms import Terms
from fks_desk.venue.faults import FaultAction
from tests.adapters.exchange.conftest import Listener
from tests.adapters.exchange.places import SIZE, SPOT, USDM, Market, Place, opened


@pytest.fixture(params=[SPOT, USDM], ids=["spot", "perpetuals"])
def market(request) -> Market:
    return request.param


@pytest.fixture
async def place(market, tmp_path) -> AsyncIterator[Place]:
    async with opened(market, tmp_path) as one:
        yield one


async def test_an_order_is_placed_acknowledged_filled_and_told_the_same_by_all(place):
    async with Listener(place.broker) as heard:
        intent = place.intent()
        said = await place.broker.submit(intent)
        await heard.until(lambda one: one.states[-1:] == ["filled"])
        await heard.until(lambda one: one.fills)
    (stored,) = await place.connection.account.fills(place.btc.id, EPOCH)
    found = await place.broker.find_order(place.btc.id, intent.client_id)

    assert (said.client_id, said.state, said.filled) == (intent.client_id, "filled", SIZE)
    assert (found.venue_order_id, found.state) == (said.venue_order_id, "filled")
    (told,) = heard.fills
    assert (told.key, told.price, told.size, told.fee) == (
        stored.key,
        stored.price,
        stored.size,
        stored.fee,
    )
    assert (stored.client_id, stored.size) == (intent.client_id, SIZE)
    assert stored.liquidity is Liquidity.TAKER
    assert await place.arrived() == 1


async def test_an_order_rests_is_found_among_the_open_ones_and_is_taken_back(place):
    price = await place.far()
    async with Listener(place.broker) as heard:
        intent = place.intent(limit=price)
        said = await place.broker.submit(intent)
        (resting,) = await place.connection.account.open_orders()
        await place.broker.cancel(place.btc.id, intent.client_id, said.venue_order_id)
        await heard.until(lambda one: one.states[-1:] == ["canceled"])

    assert (said.state, resting.client_id) == ("open", intent.client_id)
    assert resting.intent.limit_price == price
    assert await place.connection.account.open_orders() == []
    with pytest.raises(OrderRefused, match="-2011"):
        await place.broker.cancel(place.btc.id, intent.client_id, said.venue_order_id)


async def test_an_order_is_taken_back_by_our_own_id_when_the_venues_is_not_known(place):
    intent = place.intent(limit=await place.far())
    await place.broker.submit(intent)
    await place.broker.cancel(place.btc.id, intent.client_id, None)

    assert (await place.broker.find_order(place.btc.id, intent.client_id)).state == "canceled"


async def test_a_resting_order_that_is_reached_fills_as_maker(place):
    price = await place.far()
    async with Listener(place.broker) as heard:
        await place.broker.submit(place.intent(limit=price))
        await place.venue.admin("POST", "cross", {"symbol": "BTC/USDT", "price": str(price - 10)})
        await heard.until(lambda one: one.fills)

    assert (heard.fills[0].liquidity, heard.fills[0].price) == (Liquidity.MAKER, price)


@pytest.mark.parametrize(
    "action",
    [
        FaultAction.ACCEPT_THEN_RESET,
        FaultAction.HTML502_ACCEPTED,
        FaultAction.EMPTY_ACCEPTED,
        FaultAction.TRUNCATE_ACCEPTED,
        FaultAction.ERROR_ACCEPTED,
    ],
)
async def test_a_lost_reply_leaves_the_order_unknown_and_it_is_found_by_its_id(place, action):
    await place.fail(action, code=-1007, status=503)
    intent = place.intent()
    with pytest.raises(OutcomeUnknown):
        await place.broker.submit(intent)
    found = await place.broker.find_order(place.btc.id, intent.client_id)

    assert (found.state, found.filled) == ("filled", SIZE)
    assert await place.arrived() == 1


@pytest.mark.parametrize("action", [FaultAction.RESET, FaultAction.HTML502, FaultAction.GARBAGE])
async def test_a_request_that_died_on_its_way_is_unknown_too_and_the_venue_knows_none(
    place, action
):
    await place.fail(action)
    intent = place.intent()
    with pytest.raises(OutcomeUnknown):
        await place.broker.submit(intent)

    assert await place.broker.find_order(place.btc.id, intent.client_id) is None
    assert await place.arrived() == 0


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("code", [-1000, -4015])
async def test_a_server_error_is_never_a_no_whatever_code_it_carries(place, status, code):
    await place.fail(FaultAction.ERROR, status=status, code=code, text="Internal error.")
    with pytest.raises(OutcomeUnknown):
        await place.broker.submit(place.intent())


@pytest.mark.parametrize("code", [-1000, -1001, -1006, -1007])
async def test_codes_that_leave_it_open_are_unknown(place, code):
    await place.fail(FaultAction.ERROR, code=code)
    with pytest.raises(OutcomeUnknown):
        await place.broker.submit(place.intent())


async def test_a_reply_that_comes_too_late_is_unknown(market, tmp_path):
    async with opened(market, tmp_path, timeout_s=0.4) as place:
        await place.fail(FaultAction.ACCEPT_THEN_HANG)
        intent = place.intent()
        with pytest.raises(OutcomeUnknown):
            await place.broker.submit(intent)
        await place.script()
        found = await place.broker.find_order(place.btc.id, intent.client_id)

        assert (found.state, await place.arrived()) == ("filled", 1)


async def test_a_second_order_of_one_id_is_no_sure_refusal_of_the_first(place):
    """The venue's "duplicate" may speak of the very order that we are asking about."""
    intent = place.intent(limit=await place.far())
    first = await place.broker.submit(intent)
    with pytest.raises(OutcomeUnknown, match=r"(?i)duplicate"):
        await place.broker.submit(intent)
    found = await place.broker.find_order(place.btc.id, intent.client_id)

    assert (found.venue_order_id, found.state) == (first.venue_order_id, "open")
    assert len(await place.orders()) == 1


async def test_what_the_venue_refuses_is_refused_with_its_reason(place):
    with pytest.raises(OrderRefused, match=r"(?i)insufficient"):
        await place.broker.submit(place.intent(size=Decimal(50), limit=await place.far()))
    with pytest.raises(OrderRefused, match=r"(?i)notional"):
        await place.broker.submit(place.intent(size=place.btc.lot, limit=await place.far()))

    assert await place.orders() == []


async def test_a_post_only_order_that_would_take_is_refused(place):
    above = place.btc.snap_price(await place.last() * Decimal("1.02"))
    with pytest.raises(OrderRefused):
        await place.broker.submit(place.intent(limit=above, terms=Terms(is_post_only=True)))

    assert await place.connection.account.fills(place.btc.id, EPOCH) == []


async def test_what_stands_on_no_step_or_is_not_listed_is_not_sent(place):
    with pytest.raises(OrderRefused, match="the size must be a multiple of"):
        await place.broker.submit(place.intent(size=place.btc.lot * Decimal("1.5")))
    price = await place.far() + place.btc.tick / 2
    with pytest.raises(OrderRefused, match="the limit price must be a multiple of"):
        await place.broker.submit(place.intent(limit=price))
    with pytest.raises(OrderRefused, match="does not list"):
        await place.broker.cancel(InstrumentId("both:spot:NO/PE"), ClientOrderId("b"), None)

    assert await place.arrived() == 0


async def test_a_key_that_lost_its_right_is_told_apart_from_a_refused_order(place):
    text = "Invalid API-key, IP, or permissions for action."
    await place.fail(FaultAction.ERROR, status=401, code=-2015, text=text)
    with pytest.raises(OrderKeyRefused, match="-2015"):
        await place.broker.submit(place.intent())
    await place.fail(FaultAction.ERROR, "GET", status=401, code=-2015, text=text)
    with pytest.raises(KeyRefused, match="does not accept the API key"):
        await place.broker.find_order(place.btc.id, ClientOrderId("b-1"))


async def test_a_wrong_secret_ends_the_reading_and_refuses_the_order(place):
    for client in place.connection._clients:
        client.secret = "wrong"
    with pytest.raises(ConfigError, match="does not accept the API key"):
        await place.connection.account.balances()
    with pytest.raises(OrderKeyRefused, match="-1022"):
        await place.broker.submit(place.intent())


async def test_too_many_requests_are_a_no_for_an_order_and_pass_for_a_question(place):
    await place.fail(FaultAction.ERROR, code=-1003, text="Too many requests.")
    with pytest.raises(OrderRefused, match="-1003"):
        await place.broker.submit(place.intent())
    await place.fail(FaultAction.ERROR, "GET", code=-1003, text="Too many requests.")
    with pytest.raises(RateLimitError):
        await place.broker.find_order(place.btc.id, ClientOrderId("b-1"))


async def test_too_many_requests_leave_a_cancel_to_be_asked_again(place):
    intent = place.intent(limit=await place.far())
    said = await place.broker.submit(intent)
    await place.fail(FaultAction.ERROR, "DELETE", code=-1003, text="Too many requests.")
    with pytest.raises(RateLimitError):
        await place.broker.cancel(place.btc.id, intent.client_id, said.venue_order_id)
    await place.fail(FaultAction.HTML502, "DELETE")
    with pytest.raises(OutcomeUnknown):
        await place.broker.cancel(place.btc.id, intent.client_id, said.venue_order_id)
    await place.script()
    await place.broker.cancel(place.btc.id, intent.client_id, said.venue_order_id)

    assert (await place.broker.find_order(place.btc.id, intent.client_id)).state == "canceled"


async def test_a_ban_keeps_every_request_at_home_until_it_ends(place, allow_warnings):
    await place.fail(FaultAction.BAN, "GET", seconds=2)
    with pytest.raises(RateLimitError):
        await place.broker.find_order(place.btc.id, ClientOrderId("b-1"))
    with pytest.raises(OrderRefused, match=r"was not sent: .*left alone"):
        await place.broker.submit(place.intent())
    with pytest.raises(RateLimitError, match="left alone"):
        await place.broker.cancel(place.btc.id, ClientOrderId("b-1"), None)
    with pytest.raises(RateLimitError, match="left alone"):
        await place.connection.account.balances()

    await place.script()
    assert await place.arrived() == 0


async def test_a_refused_time_stamp_placed_nothing_and_mends_the_clock(place):
    await place.script(server_clock_ms=-20_000)
    with pytest.raises(OrderRefused, match="-1021"):
        await place.broker.submit(place.intent())
    said = await place.broker.submit(place.intent())

    assert said.state == "filled"
    assert len(await place.orders()) == 1


async def test_a_question_over_a_wrong_clock_is_asked_again_at_once(place):
    await place.script(server_clock_ms=12_000)

    assert await place.connection.account.balances()
    assert await place.connection.identity()


async def test_a_lost_stream_is_told_begun_again_and_hears_the_next_fill(place):
    async with Listener(place.broker) as heard:
        await place.venue.admin("POST", "drop", {})
        await heard.until(lambda one: one.connections == 2)
        await place.broker.submit(place.intent())
        await heard.until(lambda one: one.fills)

    assert any(report.lost for report in heard.reports)
    assert len(heard.fills) == 1


async def test_a_stream_that_is_cut_by_the_desk_is_made_anew(place):
    async with Listener(place.broker) as heard:
        place.connection.cut("the machine slept")
        await heard.until(lambda one: one.connections == 2)
        await place.broker.submit(place.intent())
        await heard.until(lambda one: one.fills)

    assert [report.lost for report in heard.reports if report.lost]
    assert len(heard.fills) == 1


async def test_a_venue_that_is_down_is_unavailable_and_an_order_to_it_unknown(place):
    for client in place.connection._clients:
        for name in ("private", "fapiPrivate", "fapiPrivateV2"):
            client.urls["api"][name] = "http://127.0.0.1:9/"
    with pytest.raises(FeedUnavailable):
        await place.connection.account.open_orders()
    with pytest.raises(OutcomeUnknown):
        await place.broker.submit(place.intent())


async def test_many_orders_at_once_are_each_sent_once(place):
    intents = [place.intent(size=Decimal("0.002")) for _ in range(10)]
    said = await asyncio.gather(*[place.broker.submit(one) for one in intents])
    sold = await place.broker.submit(place.intent(Side.SELL, Decimal("0.01")))

    assert {one.client_id for one in said} == {one.client_id for one in intents}
    assert sold.state == "filled"
    assert await place.arrived() == 11
