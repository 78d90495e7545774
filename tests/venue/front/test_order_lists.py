"""Lists of orders over REST and on the user stream, in Binance's shapes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.fakes.venue import raw_client, running_venue
from tests.venue.front.test_orders import ORDER, SYMBOL, buy_some, ok, price_at
from tests.venue.front.test_user_stream import call, receive, signed

LISTS = "/api/v3/orderList"


@pytest.fixture
async def raw(tmp_path):
    async with running_venue(tmp_path) as ready, raw_client(ready) as raw:
        yield raw


async def oco(raw) -> dict[str, str]:
    return {
        **SYMBOL,
        "side": "SELL",
        "quantity": "0.1",
        "aboveType": "LIMIT_MAKER",
        "abovePrice": await price_at(raw, "1.2"),
        "belowType": "STOP_LOSS",
        "belowStopPrice": await price_at(raw, "0.8"),
    }


async def otoco(raw) -> dict[str, str]:
    return {
        **SYMBOL,
        "workingType": "LIMIT",
        "workingSide": "BUY",
        "workingQuantity": "0.05",
        "workingTimeInForce": "GTC",
        "workingPrice": await price_at(raw, "0.9"),
        "pendingSide": "SELL",
        "pendingQuantity": "0.04",
        "pendingAboveType": "LIMIT_MAKER",
        "pendingAbovePrice": await price_at(raw, "1.2"),
        "pendingBelowType": "STOP_LOSS_LIMIT",
        "pendingBelowStopPrice": await price_at(raw, "0.8"),
        "pendingBelowPrice": await price_at(raw, "0.75"),
        "pendingBelowTimeInForce": "GTC",
    }


async def statuses(raw, placed) -> list[str]:
    return [
        (await ok(raw, "GET", ORDER, **SYMBOL, orderId=item["orderId"]))["status"]
        for item in placed["orders"]
    ]


async def test_one_cancels_the_other(raw):
    await buy_some(raw)
    placed = await ok(raw, "POST", f"{LISTS}/oco", **await oco(raw), listClientOrderId="both")
    assert (placed["contingencyType"], placed["listOrderStatus"]) == ("OCO", "EXECUTING")
    assert [report["type"] for report in placed["orderReports"]] == ["LIMIT_MAKER", "STOP_LOSS"]
    assert [item["orderListId"] for item in await ok(raw, "GET", "/api/v3/openOrderList")] == [
        placed["orderListId"]
    ]

    below = (await oco(raw))["belowStopPrice"]
    await raw.admin("POST", "cross", {"symbol": "BTC/USDT", "price": below})

    assert await statuses(raw, placed) == ["EXPIRED", "FILLED"]
    found = await ok(raw, "GET", LISTS, origClientOrderId="both")
    assert found["listOrderStatus"] == "ALL_DONE"
    assert await ok(raw, "GET", "/api/v3/openOrderList") == []


async def test_the_older_spelling_means_the_same(raw):
    await buy_some(raw)
    old = {"side": "SELL", "quantity": "0.1", "price": await price_at(raw, "1.2")}
    old |= {
        "stopPrice": await price_at(raw, "0.8"),
        "stopLimitPrice": await price_at(raw, "0.75"),
        "stopLimitTimeInForce": "GTC",
    }
    placed = await ok(raw, "POST", f"{ORDER}/oco", **SYMBOL, **old)

    assert [item["type"] for item in placed["orderReports"]] == ["LIMIT_MAKER", "STOP_LOSS_LIMIT"]


async def test_an_entry_starts_its_exits(raw):
    placed = await ok(raw, "POST", f"{LISTS}/otoco", **await otoco(raw))
    assert await statuses(raw, placed) == ["NEW", "PENDING_NEW", "PENDING_NEW"]

    price = placed["orderReports"][0]["price"]
    await raw.admin("POST", "cross", {"symbol": "BTC/USDT", "price": price})

    assert await statuses(raw, placed) == ["FILLED", "NEW", "NEW"]
    account = await ok(raw, "GET", "/api/v3/account")
    coin = next(item for item in account["balances"] if item["asset"] == "BTC")
    assert Decimal(coin["locked"]) == Decimal("0.04")


async def test_a_list_is_taken_back_whole(raw):
    wanted = {name: value for name, value in (await otoco(raw)).items() if "Below" not in name}
    oto = {name.replace("pendingAbove", "pending"): value for name, value in wanted.items()}
    placed = await ok(raw, "POST", f"{LISTS}/oto", **oto)

    gone = await ok(raw, "DELETE", LISTS, **SYMBOL, orderListId=placed["orderListId"])

    assert [report["status"] for report in gone["orderReports"]] == ["CANCELED", "CANCELED"]
    again = await raw.signed("DELETE", LISTS, **SYMBOL, orderListId=placed["orderListId"])
    assert again[1]["code"] == -2011


async def test_crooked_prices_are_refused(raw):
    await buy_some(raw)
    crooked = await oco(raw) | {"abovePrice": await price_at(raw, "0.7")}

    status, body, _ = await raw.signed("POST", f"{LISTS}/oco", **crooked)

    assert (status, body["code"]) == (400, -2010)
    assert "relationship of the prices" in body["msg"]


async def test_the_user_stream_tells_a_lists_beginning_and_end(raw):
    await buy_some(raw)
    async with raw.session.ws_connect(raw.root + "/ws-api/v3") as ws:
        await call(ws, "userDataStream.subscribe.signature", signed(raw))
        placed = await ok(raw, "POST", f"{LISTS}/oco", **await oco(raw))
        await ok(raw, "DELETE", LISTS, **SYMBOL, orderListId=placed["orderListId"])
        events = [(await receive(ws))["event"] for _ in range(8)]

    told = [event for event in events if event["e"] == "listStatus"]
    assert [(event["l"], event["L"]) for event in told] == [
        ("EXEC_STARTED", "EXECUTING"),
        ("ALL_DONE", "ALL_DONE"),
    ]
    assert {event["g"] for event in events if "g" in event} == {placed["orderListId"]}
