"""Orders of every kind over REST: taken, changed, replaced and taken back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.fakes.venue import ccxt_client, raw_client, running_venue

ORDER, SYMBOL = "/api/v3/order", {"symbol": "BTCUSDT"}
BUY = {**SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01"}


@pytest.fixture
async def ready(tmp_path):
    async with running_venue(tmp_path) as ready:
        yield ready


@pytest.fixture
async def raw(ready):
    async with raw_client(ready) as raw:
        yield raw


async def price_at(raw, factor: str) -> str:
    """Return a price so far from the last one."""
    last = Decimal((await raw.get("/api/v3/ticker/price", **SYMBOL))["price"])
    return str((last * Decimal(factor)).quantize(Decimal("0.01")))


async def ok(raw, method: str, path: str, **params):
    status, body, _ = await raw.signed(method, path, **params)
    assert status == 200, body
    return body


async def buy_some(raw, quantity: str = "0.11"):
    return await ok(raw, "POST", ORDER, **SYMBOL, side="BUY", type="MARKET", quantity=quantity)


async def test_a_stop_is_shown_waiting_and_its_reply_is_short(raw):
    await buy_some(raw)
    stop = {"side": "SELL", "type": "STOP_LOSS", "quantity": "0.1"}
    stop["stopPrice"] = await price_at(raw, "0.8")
    placed = await ok(raw, "POST", ORDER, **SYMBOL, **stop)
    assert placed.keys() == {"symbol", "orderId", "orderListId", "clientOrderId", "transactTime"}

    shown = await ok(raw, "GET", ORDER, **SYMBOL, orderId=placed["orderId"])
    assert (shown["status"], shown["isWorking"], shown["workingTime"]) == ("NEW", False, -1)
    assert Decimal(shown["stopPrice"]) == Decimal(stop["stopPrice"])

    await raw.admin("POST", "cross", {"symbol": "BTC/USDT", "price": stop["stopPrice"]})
    shown = await ok(raw, "GET", ORDER, **SYMBOL, orderId=placed["orderId"])
    assert (shown["status"], shown["executedQty"]) == ("FILLED", "0.10000000")


async def test_a_print_fills_a_resting_order_in_part(raw):
    low = await price_at(raw, "0.8")
    placed = await ok(raw, "POST", ORDER, **BUY, price=low)
    cross = {"symbol": "BTC/USDT", "price": low, "size": "0.004"}
    await raw.admin("POST", "cross", cross)

    shown = await ok(raw, "GET", ORDER, **SYMBOL, orderId=placed["orderId"])
    assert (shown["status"], shown["executedQty"]) == ("PARTIALLY_FILLED", "0.00400000")


async def test_the_public_book_shows_an_accounts_order_no_larger_than_it_wants(raw):
    best = (await raw.get("/api/v3/depth", **SYMBOL))["bids"][0][0]
    price = str(Decimal(best) + Decimal("0.01"))
    await ok(raw, "POST", ORDER, **BUY, price=price, icebergQty="0.002")

    levels = dict((await raw.get("/api/v3/depth", **SYMBOL))["bids"])

    assert Decimal(levels.get(f"{Decimal(price):.8f}", "0.002")) >= Decimal("0.002")


async def test_an_amended_order_is_smaller_and_answers_in_both_names(raw):
    low = await price_at(raw, "0.8")
    placed = await ok(raw, "POST", ORDER, **BUY, price=low, newClientOrderId="old")
    reply = await ok(
        raw, "PUT", f"{ORDER}/amend/keepPriority", **SYMBOL, origClientOrderId="old", newQty="0.004"
    )

    amended = reply["amendedOrder"]
    assert (amended["orderId"], amended["qty"]) == (placed["orderId"], "0.00400000")
    refused = await raw.signed(
        "PUT", f"{ORDER}/amend/keepPriority", **SYMBOL, orderId=placed["orderId"], newQty="1"
    )
    assert (refused[0], refused[1]["code"]) == (400, -2038)


async def test_a_replacement_cancels_the_old_order_and_places_the_new(raw):
    low, lower = await price_at(raw, "0.8"), await price_at(raw, "0.7")
    old = await ok(raw, "POST", ORDER, **BUY, price=low)
    replace = {"cancelReplaceMode": "STOP_ON_FAILURE", "cancelOrderId": old["orderId"]}
    reply = await ok(raw, "POST", f"{ORDER}/cancelReplace", **BUY, price=lower, **replace)

    assert (reply["cancelResult"], reply["newOrderResult"]) == ("SUCCESS", "SUCCESS")
    assert reply["cancelResponse"]["orderId"] == old["orderId"]
    assert reply["newOrderResponse"]["price"] == f"{Decimal(lower):.8f}"


async def test_a_replacement_that_fails_in_part_tells_of_both_halves(raw):
    low = await price_at(raw, "0.8")
    old = await ok(raw, "POST", ORDER, **BUY, price=low)
    gone = {**BUY, "price": low, "cancelOrderId": 1}
    stopped = await raw.signed(
        "POST", f"{ORDER}/cancelReplace", **gone, cancelReplaceMode="STOP_ON_FAILURE"
    )
    assert (stopped[0], stopped[1]["code"]) == (400, -2022)
    assert stopped[1]["data"]["newOrderResult"] == "NOT_ATTEMPTED"
    went_on = await raw.signed(
        "POST", f"{ORDER}/cancelReplace", **gone, cancelReplaceMode="ALLOW_FAILURE"
    )
    assert (went_on[0], went_on[1]["code"]) == (409, -2021)
    huge = {**BUY, "price": low, "quantity": "90", "cancelOrderId": old["orderId"]}
    half = await raw.signed(
        "POST", f"{ORDER}/cancelReplace", **huge, cancelReplaceMode="STOP_ON_FAILURE"
    )
    assert (half[0], half[1]["data"]["cancelResult"]) == (409, "SUCCESS")
    assert half[1]["data"]["newOrderResponse"]["code"] == -2010


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"price": "1"}, -1013, "PERCENT_PRICE_BY_SIDE"),
        ({"type": "MARKET", "price": None, "quantity": "5000"}, -1013, "MARKET_LOT_SIZE"),
        ({"type": "STOP_LOSS_LIMIT"}, -1102, "stopPrice"),
        ({"stopPrice": "5"}, -1106, "stopPrice"),
        ({"timeInForce": "GTD"}, -1115, "timeInForce"),
        ({"selfTradePreventionMode": "SOMETIMES"}, -1130, "selfTradePreventionMode"),
        ({"icebergQty": "0.02"}, -1013, "icebergQty"),
    ],
)
async def test_an_order_out_of_form_is_refused_by_name(raw, change, code, words):
    params = {**BUY, "price": await price_at(raw, "0.8"), **change}
    if params["type"] == "MARKET":
        del params["timeInForce"]
    sent = {name: value for name, value in params.items() if value is not None}
    for path in (ORDER, f"{ORDER}/test"):
        status, body, _ = await raw.signed("POST", path, **sent)
        assert (status, body["code"]) == (400, code), body
        assert words in body["msg"]


async def test_the_real_client_trades_every_kind(ready):
    async with ccxt_client(ready) as client:
        await client.load_markets()
        pair = "BTC/USDT"
        bought = await client.create_order(pair, "market", "buy", 0.1)
        last = bought["average"]
        price = [client.price_to_precision(pair, last * part) for part in (0.7, 0.8, 1.2)]

        stop = await client.create_order(
            pair, "market", "sell", 0.02, None, {"stopLossPrice": price[1]}
        )
        limit = await client.create_order(
            pair, "limit", "sell", 0.02, price[0], {"stopLossPrice": price[1]}
        )
        profit = await client.create_order(
            pair, "limit", "sell", 0.02, price[2], {"takeProfitPrice": price[2]}
        )
        trailing = {"trailingPercent": 5.0, "stopLossOrTakeProfit": "stopLoss"}
        trail = await client.create_order(pair, "market", "sell", 0.02, None, trailing)
        post = await client.create_order(pair, "limit", "buy", 0.01, price[1], {"postOnly": True})
        edited = await client.edit_order(post["id"], pair, "limit", "buy", 0.02, price[0])

        found = {order["id"]: order for order in await client.fetch_open_orders(pair)}
        assert found.keys() == {item["id"] for item in (stop, limit, profit, trail, edited)}
        assert found[stop["id"]]["stopPrice"] == float(price[1])
        assert found[edited["id"]]["amount"] == 0.02
        await client.cancel_all_orders(pair)
        assert await client.fetch_open_orders(pair) == []
