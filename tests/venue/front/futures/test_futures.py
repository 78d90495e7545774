"""The futures front with its real client, `ccxt.pro.binanceusdm`, over loopback."""

from __future__ import annotations

import asyncio
import itertools
import json
from decimal import Decimal

import pytest
from ccxt.base import errors as ccxt_errors

from tests.fakes.venue import ccxt_perpetual_client, raw_client, running_venue

BTC = "BTC/USDT:USDT"
PATIENCE_S = 30


@pytest.fixture
async def ready(tmp_path):
    async with running_venue(tmp_path, message_rate=60.0) as ready:
        yield ready


@pytest.fixture
async def client(ready):
    async with ccxt_perpetual_client(ready) as client:
        await client.load_markets()
        yield client


@pytest.fixture
async def raw(ready):
    async with raw_client(ready) as raw:
        yield raw


async def soon(awaitable):
    return await asyncio.wait_for(awaitable, PATIENCE_S)


async def held(client) -> dict[str, float]:
    """Return the contracts of each leg."""
    return {item["side"]: item["contracts"] for item in await client.fetch_positions()}


async def test_perpetuals_are_listed_with_price_candles_book_and_funding(client):
    market = client.market(BTC)
    assert (market["linear"], market["swap"], market["settle"]) == (True, True, "USDT")
    assert len(await client.fetch_ohlcv(BTC, "1m", limit=100)) == 100
    book = await client.fetch_order_book(BTC, 20)
    assert book["bids"][0][0] < book["asks"][0][0]
    rate = await client.fetch_funding_rate(BTC)
    assert abs(rate["markPrice"] / rate["indexPrice"] - 1) < 0.01
    history = await client.fetch_funding_rate_history(BTC, limit=5)
    steps = {late["timestamp"] - early["timestamp"] for early, late in itertools.pairwise(history)}
    assert steps == {8 * 3_600_000}
    assert (await client.fetch_open_interest(BTC))["openInterestAmount"] > 0


async def test_a_position_is_opened_shown_and_closed(client):
    assert (await client.fetch_balance())["USDT"]["free"] == 10_000
    await client.set_leverage(10, BTC)

    opened = await client.create_order(BTC, "market", "buy", 0.05)
    assert (opened["status"], opened["filled"]) == ("closed", 0.05)
    position = (await client.fetch_positions([BTC]))[0]
    assert (position["side"], position["contracts"], position["leverage"]) == ("long", 0.05, 10)
    assert position["entryPrice"] == pytest.approx(opened["average"])
    assert position["liquidationPrice"] is None or position["liquidationPrice"] < opened["average"]

    closed = await client.create_order(BTC, "market", "sell", 0.05, None, {"reduceOnly": True})
    assert closed["status"] == "closed"
    assert await client.fetch_positions([BTC]) == []
    with pytest.raises(ccxt_errors.ExchangeError, match="ReduceOnly"):
        await client.create_order(BTC, "market", "sell", 0.05, None, {"reduceOnly": True})
    fills = await client.fetch_my_trades(BTC)
    assert sum(Decimal(str(fill["amount"])) for fill in fills) == Decimal("0.1")


async def test_limit_and_conditional_orders_rest_and_are_taken_back(client):
    last = (await client.fetch_ticker(BTC))["last"]
    low, lower, high = (client.price_to_precision(BTC, last * part) for part in (0.9, 0.8, 1.1))
    resting = await client.create_order(BTC, "limit", "buy", 0.01, low, {"postOnly": True})
    assert resting["timeInForce"] == "PO"
    edited = await client.edit_order(resting["id"], BTC, "limit", "buy", 0.02, lower)
    assert (edited["id"], edited["amount"], edited["price"]) == (resting["id"], 0.02, float(lower))
    stop = await client.create_order(BTC, "market", "sell", 0.01, None, {"stopLossPrice": lower})
    await client.create_order(BTC, "market", "sell", 0.01, None, {"takeProfitPrice": high})
    trail = await client.create_order(BTC, "market", "sell", 0.01, None, {"trailingPercent": 5})

    waiting = await client.fetch_open_orders(BTC, None, None, {"trigger": True})
    assert {stop["id"], trail["id"]} < {order["id"] for order in waiting}
    assert [order["id"] for order in await client.fetch_open_orders(BTC)] == [resting["id"]]
    await client.cancel_order(stop["id"], BTC, {"trigger": True})
    await client.cancel_all_orders(BTC, {"trigger": True})
    await client.cancel_all_orders(BTC)
    assert await client.fetch_open_orders(BTC) == []
    assert await client.fetch_open_orders(BTC, None, None, {"trigger": True}) == []


async def test_margin_is_isolated_and_sides_are_held_apart_when_asked(client):
    await client.set_margin_mode("isolated", BTC)
    await client.set_position_mode(True)
    await client.create_order(BTC, "market", "buy", 0.02, None, {"hedged": True})
    await client.create_order(BTC, "market", "sell", 0.01, None, {"hedged": True})

    assert await held(client) == {"long": 0.02, "short": 0.01}
    for position in await client.fetch_positions():
        assert position["marginMode"] == "isolated"
    with pytest.raises(ccxt_errors.ExchangeError, match="-4068"):
        await client.set_position_mode(False)


async def test_the_listen_key_tells_of_orders_positions_and_money(client, raw):
    last = (await client.fetch_ticker(BTC))["last"]
    low = client.price_to_precision(BTC, last * 0.95)
    heard = [
        asyncio.create_task(watch)
        for watch in (client.watch_orders(), client.watch_positions(), client.watch_balance())
    ]
    while not client.options.get("linear", {}).get("listenKey"):
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)  # the sockets open

    placed = await client.create_order(BTC, "limit", "buy", 0.01, low)
    await raw.admin("POST", "cross", {"symbol": "BTC/USDT", "price": str(low)})

    orders, positions, balance = await soon(asyncio.gather(*heard))
    assert orders[-1]["id"] == placed["id"]
    assert positions[0]["contracts"] == 0.01
    assert balance["USDT"]["total"] < 10_000


async def test_streams_tell_trades_books_candles_and_marks(client):
    trades, book, candle, mark = await soon(
        asyncio.gather(
            client.watch_trades(BTC),
            client.watch_order_book(BTC),
            client.watch_ohlcv(BTC, "1m"),
            client.watch_mark_price(BTC),
        )
    )
    assert trades[-1]["symbol"] == BTC
    assert book["bids"][0][0] < book["asks"][0][0]
    assert candle[-1][3] <= candle[-1][2]
    assert mark["markPrice"] > 0


async def test_funding_flows_at_its_time_and_shows_as_income(tmp_path):
    async with (
        running_venue(tmp_path, funding_s=1.0) as ready,
        ccxt_perpetual_client(ready) as client,
        raw_client(ready) as raw,
    ):
        await client.load_markets()
        await client.create_order(BTC, "market", "buy", 0.1)
        async with asyncio.timeout(PATIENCE_S):
            while not (rows := await client.fetch_funding_history(BTC)):
                await asyncio.sleep(0.1)

        state = (await raw.admin("GET", "ledger"))["perpetual"]
        assert Decimal(str(rows[0]["amount"])) == Decimal(state["funding"][0]["amount"])
        paid = sum(Decimal(item["amount"]) for item in state["funding"])
        assert paid == -Decimal(state["funded"])


async def test_a_restart_keeps_positions_modes_and_orders(tmp_path):
    async with running_venue(tmp_path) as first, ccxt_perpetual_client(first) as client:
        await client.load_markets()
        await client.set_leverage(7, BTC)
        bought = await client.create_order(BTC, "market", "buy", 0.02)
        low = client.price_to_precision(BTC, bought["average"] * 0.7)
        resting = await client.create_order(BTC, "limit", "buy", 0.01, low)
        before = (await client.fetch_balance())["info"]["totalWalletBalance"]
    async with running_venue(tmp_path) as second, ccxt_perpetual_client(second) as client:
        await client.load_markets()
        position = (await client.fetch_positions([BTC]))[0]
        assert (position["contracts"], position["leverage"]) == (0.02, 7)
        assert [order["id"] for order in await client.fetch_open_orders(BTC)] == [resting["id"]]
        assert (await client.fetch_balance())["info"]["totalWalletBalance"] == before


async def test_what_breaks_a_rule_is_refused_in_binances_words(raw):
    async def refusal(method: str, path: str, **params) -> int:
        status, body, _ = await raw.signed(method, f"/fapi/v1/{path}", **params)
        assert status == 400, body
        return body["code"]

    buy = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET"}
    assert await refusal("POST", "order", **buy, quantity="10") == -2019
    assert await refusal("POST", "order", **buy, quantity="0.1", positionSide="LONG") == -4061
    stop = {**buy, "type": "STOP_MARKET", "quantity": "1", "stopPrice": "1"}
    assert await refusal("POST", "order", **stop) == -4120
    assert await refusal("POST", "marginType", symbol="BTCUSDT", marginType="CROSSED") == -4046
    assert await refusal("POST", "leverage", symbol="BTCUSDT", leverage="126") == -4028
    assert await refusal("GET", "order", symbol="BTCUSDT", orderId="9") == -2013
    status, body, _ = await raw.ask("PUT", "/fapi/v1/listenKey", key=raw.ready.api_key)
    assert (status, body["code"]) == (400, -1125)


async def test_a_batch_answers_each_order_for_itself(raw):
    good = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
    bad = good | {"quantity": "100"}
    status, body, _ = await raw.signed(
        "POST", "/fapi/v1/batchOrders", batchOrders=json.dumps([good, bad])
    )

    assert status == 200
    assert (body[0]["status"], body[1]["code"]) == ("FILLED", -2019)
