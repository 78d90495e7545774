"""The WebSocket API: requests by name, and the account's events in Binance's letters."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json

import pytest

from fks_desk.core.clock import SystemClock, to_ms
from tests.fakes.venue import raw_client, running_venue
from tests.venue.front.test_rest import LIMIT, ORDER


@pytest.fixture
async def raw(tmp_path):
    async with running_venue(tmp_path) as ready, raw_client(ready) as raw:
        yield raw


@pytest.fixture
async def ws(raw):
    async with raw.session.ws_connect(raw.root + "/ws-api/v3") as ws:
        yield ws


def signed(raw, **params):
    params |= {"apiKey": raw.ready.api_key, "timestamp": to_ms(SystemClock().now())}
    payload = "&".join(f"{name}={value}" for name, value in sorted(params.items()))
    digest = hmac.new(raw.ready.secret.encode(), payload.encode(), hashlib.sha256)
    return params | {"signature": digest.hexdigest()}


async def call(ws, method: str, params: dict):
    await ws.send_json({"id": "q", "method": method, "params": params})
    while True:
        message = await receive(ws)
        if message.get("id") == "q":
            return message


async def receive(ws):
    return json.loads((await asyncio.wait_for(ws.receive(), 30)).data)


async def test_every_stage_of_an_order_is_told(raw, ws):
    reply = await call(ws, "userDataStream.subscribe.signature", signed(raw))
    assert (reply["status"], reply["result"]) == (200, {"subscriptionId": 0})

    order = (await raw.signed("POST", ORDER, **LIMIT, newClientOrderId="mine"))[1]
    events = [await receive(ws), await receive(ws)]
    await raw.admin("POST", "cross", {"symbol": "BTC/USDT", "price": "20000"})
    events += [await receive(ws), await receive(ws)]

    assert all(event["subscriptionId"] == 0 for event in events)
    placed, locked, traded, after = (event["event"] for event in events)
    assert [placed[name] for name in "excX"] == ["executionReport", "NEW", "mine", "NEW"]
    assert locked["B"] == [
        {"a": "BTC", "f": "0.00000000", "l": "0.00000000"},
        {"a": "USDT", "f": "9800.00000000", "l": "200.00000000"},
    ]
    assert (traded["i"], traded["x"], traded["X"]) == (order["orderId"], "TRADE", "FILLED")
    assert (traded["l"], traded["L"], traded["z"]) == ("0.01000000", "20000.00000000", "0.01000000")
    assert (traded["n"], traded["N"], traded["m"]) == ("0.00001000", "BTC", True)
    assert after["e"] == "outboundAccountPosition"


async def test_a_cancel_names_both_ids(raw, ws):
    await call(ws, "userDataStream.subscribe.signature", signed(raw))
    await raw.signed("POST", ORDER, **LIMIT, newClientOrderId="mine")
    await raw.signed(
        "DELETE", ORDER, symbol="BTCUSDT", origClientOrderId="mine", newClientOrderId="bye"
    )

    reports = [(await receive(ws))["event"] for _ in range(4)]
    canceled = reports[2]
    assert (canceled["x"], canceled["C"], canceled["c"]) == ("CANCELED", "mine", "bye")
    assert reports[3]["B"][1]["l"] == "0.00000000"


async def test_a_deposit_is_a_balance_update(raw, ws):
    await call(ws, "userDataStream.subscribe.signature", signed(raw))
    await raw.admin("POST", "deposit", {"asset": "USDT", "amount": "5"})

    event = (await receive(ws))["event"]
    assert (event["e"], event["a"], event["d"]) == ("balanceUpdate", "USDT", "5.00000000")


async def test_orders_can_be_placed_asked_for_and_canceled_by_name(raw, ws):
    placed = await call(ws, "order.place", signed(raw, **LIMIT, newClientOrderId="w"))
    found = await call(ws, "order.status", signed(raw, symbol="BTCUSDT", origClientOrderId="w"))
    canceled = await call(ws, "order.cancel", signed(raw, symbol="BTCUSDT", origClientOrderId="w"))

    assert placed["result"]["status"] == "NEW"
    assert found["result"]["orderId"] == placed["result"]["orderId"]
    assert canceled["result"]["status"] == "CANCELED"
    assert (await call(ws, "time", {}))["result"]["serverTime"] > 0


async def test_wrong_requests_get_errors_with_their_id(raw, ws):
    bad = signed(raw) | {"signature": "0" * 64}

    assert (await call(ws, "userDataStream.subscribe.signature", bad))["error"]["code"] == -1022
    assert (await call(ws, "account.status", {}))["error"]["code"] == -1102
    assert (await call(ws, "make.coffee", {}))["status"] == 400


async def test_events_can_get_lost_on_demand(raw, ws):
    await call(ws, "userDataStream.subscribe.signature", signed(raw))
    await raw.admin("POST", "faults", {"drop_user_every": 2})
    await raw.signed("POST", ORDER, **LIMIT)
    await raw.signed("POST", ORDER, **LIMIT)

    events = [(await receive(ws))["event"]["e"] for _ in range(2)]
    assert events == ["executionReport", "executionReport"]


async def test_a_session_signs_once_and_then_trades_and_listens_without(raw, ws):
    refused = await call(ws, "userDataStream.subscribe", {})
    assert refused["error"]["code"] == -1002

    since = (await call(ws, "session.logon", signed(raw)))["result"]["authorizedSince"]
    assert (await call(ws, "session.status", {}))["result"]["authorizedSince"] == since
    assert (await call(ws, "userDataStream.subscribe", {}))["result"] == {"subscriptionId": 0}
    stamp = {"timestamp": to_ms(SystemClock().now())}
    placed = await call(ws, "order.place", LIMIT | stamp | {"newClientOrderId": "by-socket"})
    assert placed["result"]["status"] == "NEW"
    gone = {"symbol": "BTCUSDT", "origClientOrderId": "by-socket"} | stamp
    assert (await call(ws, "order.cancel", gone))["result"]["status"] == "CANCELED"

    await call(ws, "session.logout", {})
    assert (await call(ws, "order.cancel", gone))["error"]["code"] == -1102
