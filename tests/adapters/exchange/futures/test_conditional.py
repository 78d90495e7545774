"""Orders that wait for a price are held by the venue of perpetuals, and known by one id."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from fks_desk.adapters.exchange.futures import conditional_wire
from fks_desk.adapters.exchange.private_wire import Owner
from fks_desk.core.clock import EPOCH
from fks_desk.core.errors import OrderRefused, OutcomeUnknown
from fks_desk.core.model import AccountId, ClientOrderId, OrderIntent, OrderKind, Side
from fks_desk.core.terms import Terms
from fks_desk.venue.faults import FaultAction, FaultRule
from tests.adapters.exchange.conftest import Listener
from tests.adapters.exchange.places import SIZE, USDM, Place, opened

ALGO = "/fapi/v1/algoOrder"


@pytest.fixture
async def place(tmp_path) -> AsyncIterator[Place]:
    async with opened(USDM, tmp_path) as one:
        yield one


async def stop(place: Place, part: str = "0.9") -> OrderIntent:
    """Return a stop that sells what is held, below the last price."""
    terms = Terms(trigger_price=await place.share(part), is_reduce_only=True)
    return place.intent(Side.SELL, terms=terms, kind=OrderKind.STOP)


async def fail(place: Place, action: FaultAction, method: str = "POST") -> None:
    await place.script(FaultRule(on=f"{method} {ALGO}", action=action, times=1))


async def test_a_stop_waits_at_the_venue_and_is_taken_back(place):
    async with Listener(place.broker) as heard:
        intent = await stop(place)
        said = await place.broker.submit(intent)
        (waiting,) = await place.connection.account.open_orders()
        found = await place.broker.find_order(place.btc.id, intent.client_id)
        await place.broker.cancel(place.btc.id, intent.client_id, said.venue_order_id)
        await heard.until(lambda one: one.states[-1:] == ["canceled"])

    assert said.state == found.state == waiting.state == "open"
    assert said.venue_order_id == found.venue_order_id == waiting.venue_order_id
    told = waiting.intent
    assert (told.kind, told.side, told.size) == (OrderKind.STOP, Side.SELL, SIZE)
    assert told.terms == intent.terms
    assert await place.connection.account.open_orders() == []
    assert (await place.broker.find_order(place.btc.id, intent.client_id)).state == "canceled"
    with pytest.raises(OrderRefused, match="-2011"):
        await place.broker.cancel(place.btc.id, intent.client_id, said.venue_order_id)


async def test_a_stop_that_is_reached_fills_under_the_ids_it_waited_with(place):
    async with Listener(place.broker) as heard:
        await place.broker.submit(place.intent())
        intent = await stop(place)
        said = await place.broker.submit(intent)
        await place.cross(intent.terms.trigger_price - 10)
        await heard.until(lambda one: len(one.fills) == 2)
    by_rest = (await place.connection.account.fills(place.btc.id, EPOCH))[-1]
    (order,) = [o for o in await place.orders() if o.client_id == intent.client_id]

    for fill in (heard.fills[-1], by_rest):
        assert (fill.client_id, fill.venue_order_id) == (intent.client_id, said.venue_order_id)
        assert (fill.side, fill.size) == (Side.SELL, SIZE)
    assert (order.state, order.filled) == ("filled", SIZE)
    ids = {r.order.venue_order_id for r in heard.reports if r.order and r.fill is None}
    assert said.venue_order_id in ids
    assert order.venue_order_id == said.venue_order_id


async def test_after_a_restart_an_execution_is_still_told_under_the_waiting_orders_id(
    place, tmp_path
):
    await place.broker.submit(place.intent())
    intent = await stop(place)
    said = await place.broker.submit(intent)
    await place.cross(intent.terms.trigger_price - 10)
    births = type(place.connection.signed.reads.births)
    reads = place.connection.signed.reads
    reads.births, reads.client_ids = births(reads.words.conditional), {}
    fill = (await place.connection.account.fills(place.btc.id, EPOCH))[-1]
    found = await place.broker.find_order(place.btc.id, intent.client_id)

    assert (fill.client_id, fill.venue_order_id) == (intent.client_id, said.venue_order_id)
    assert (found.state, found.venue_order_id) == ("filled", said.venue_order_id)


@pytest.mark.parametrize(
    ("kind", "trigger", "limit", "side"),
    [
        (OrderKind.TAKE_PROFIT, "1.1", None, Side.SELL),
        (OrderKind.TAKE_PROFIT_LIMIT, "1.1", "1.1", Side.SELL),
        (OrderKind.STOP_LIMIT, "0.9", "0.89", Side.SELL),
        (OrderKind.STOP, "1.1", None, Side.BUY),
    ],
)
async def test_each_kind_waits_with_its_prices(place, kind, trigger, limit, side):
    terms = Terms(trigger_price=await place.share(trigger))
    price = None if limit is None else await place.share(limit)
    intent = place.intent(side, limit=price, terms=terms, kind=kind)
    await place.broker.submit(intent)
    (waiting,) = await place.connection.account.open_orders()

    assert (waiting.intent.kind, waiting.intent.limit_price) == (kind, price)
    assert waiting.intent.terms == terms
    await place.broker.cancel(place.btc.id, intent.client_id, None)
    assert await place.connection.account.open_orders() == []


async def test_a_trailing_stop_follows_at_the_venue(place):
    await place.broker.submit(place.intent())
    # Wider than the market moves by itself meanwhile.
    terms = Terms(trail_bps=1000, is_reduce_only=True)
    intent = place.intent(Side.SELL, terms=terms, kind=OrderKind.TRAILING_STOP)
    said = await place.broker.submit(intent)
    top = await place.share("1.04")
    await place.cross(top)
    waiting = await place.broker.find_order(place.btc.id, intent.client_id)
    await place.cross(top * Decimal("0.89"))
    filled = await place.broker.find_order(place.btc.id, intent.client_id)

    assert (said.state, waiting.state, filled.state) == ("open", "open", "filled")


@pytest.mark.parametrize("trail_bps", [15, 1500])
async def test_a_trail_that_the_venue_cannot_keep_is_not_sent(place, trail_bps):
    terms = Terms(trail_bps=trail_bps, is_reduce_only=True)
    intent = place.intent(Side.SELL, terms=terms, kind=OrderKind.TRAILING_STOP)
    with pytest.raises(OrderRefused, match=r"by 0\.1 to 10 %"):
        await place.broker.submit(intent)

    assert not place.connection.abilities.takes(intent)
    assert place.connection.abilities.takes(replace(intent, terms=Terms(trail_bps=150)))


@pytest.mark.parametrize(
    "action",
    [FaultAction.ACCEPT_THEN_RESET, FaultAction.EMPTY_ACCEPTED, FaultAction.TRUNCATE_ACCEPTED],
)
async def test_a_lost_reply_to_a_stop_is_unknown_and_found_by_its_id(place, action):
    await fail(place, action)
    intent = await stop(place)
    with pytest.raises(OutcomeUnknown):
        await place.broker.submit(intent)
    found = await place.broker.find_order(place.btc.id, intent.client_id)

    assert (found.state, found.client_id) == ("open", intent.client_id)
    assert len(await place.connection.account.open_orders()) == 1


async def test_a_stop_that_never_arrived_is_known_to_nobody(place):
    await fail(place, FaultAction.RESET)
    intent = await stop(place)
    with pytest.raises(OutcomeUnknown):
        await place.broker.submit(intent)

    assert await place.broker.find_order(place.btc.id, intent.client_id) is None


async def test_a_second_stop_of_one_id_is_no_sure_refusal(place):
    intent = await stop(place)
    await place.broker.submit(intent)
    with pytest.raises(OutcomeUnknown, match=r"(?i)duplicate"):
        await place.broker.submit(intent)

    assert len(await place.connection.account.open_orders()) == 1


async def test_a_stop_beyond_the_price_is_refused(place):
    with pytest.raises(OrderRefused, match="-2021"):
        await place.broker.submit(await stop(place, "1.1"))


async def test_a_stop_limit_that_woke_and_rests_is_taken_back_under_its_id(place):
    """A person cancels by what the desk knows; the venue has another number by now."""
    trigger, above = await place.share("0.9"), await place.share("1.2")
    terms = Terms(trigger_price=trigger)
    intent = place.intent(Side.SELL, limit=above, terms=terms, kind=OrderKind.STOP_LIMIT)
    said = await place.broker.submit(intent)
    await place.cross(trigger - 10)
    (resting,) = await place.connection.account.open_orders()
    await place.broker.cancel(place.btc.id, intent.client_id, said.venue_order_id)

    assert (resting.client_id, resting.venue_order_id) == (intent.client_id, said.venue_order_id)
    assert await place.connection.account.open_orders() == []


def row(**changes: object) -> dict[str, object]:
    return {
        "algoId": 2_000_000_017,
        "clientAlgoId": "s-1",
        "orderType": "STOP_MARKET",
        "side": "SELL",
        "quantity": "0.5",
        "algoStatus": "NEW",
        "actualOrderId": "",
        "triggerPrice": "50000",
        "price": "0",
        "reduceOnly": True,
        "createTime": 1_700_000_000_000,
        "updateTime": 1_700_000_000_000,
        **changes,
    }


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("NEW", "open"),
        ("TRIGGERING", "open"),
        ("CANCELED", "canceled"),
        ("EXPIRED", "expired"),
        ("REJECTED", "rejected"),
        ("SOMETHING", "unknown"),
    ],
)
def test_a_status_is_read_and_one_nobody_knows_is_unknown(status, state, btc_owner):
    assert conditional_wire.order(row(algoStatus=status), btc_owner).state == state


def test_what_does_not_tell_enough_to_be_adopted_is_told_without_an_intent(btc_owner):
    """An order that closes whatever the position then is names no size."""
    assert conditional_wire.order(row(quantity="0"), btc_owner).intent is None
    assert conditional_wire.order(row(orderType="STOP"), btc_owner).intent is None
    assert conditional_wire.order(row(triggerPrice="0"), btc_owner).intent is None


@pytest.mark.parametrize(("told", "number"), [("", None), ("0", None), (None, None), (7, "7")])
def test_a_number_of_nothing_is_no_birth(told, number):
    assert conditional_wire.born_of(row(actualOrderId=told)) == number


def test_the_desks_name_of_a_number_gives_the_number_back():
    name = conditional_wire.id_of(2_000_000_017)

    assert conditional_wire.number_in(name) == "2000000017"
    assert conditional_wire.number_in(ClientOrderId("17")) is None


@pytest.fixture
def btc_owner() -> Owner:
    return Owner(account=AccountId("both"), instrument="both:linear:BTC/USDT", ts_init=EPOCH)
