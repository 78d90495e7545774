"""Replies that hang, drip, flood or are no text at all, and an exchange out of order."""

from __future__ import annotations

import asyncio
import json
import zlib
from typing import Any

import aiohttp
import msgspec
import pytest

from fks_desk.venue.faults import FaultAction, FaultRule, Faults, Outage, OutageKind
from tests.fakes.venue import raw_client, running_venue
from tests.venue.front.test_rest import LIMIT, ORDER

POST = "POST /api/v3/order"
PING = "GET /api/v3/ping"


@pytest.fixture
async def raw(tmp_path):
    async with running_venue(tmp_path) as ready, raw_client(ready) as raw:
        yield raw


async def load(raw, *rules: FaultRule, **script: Any) -> None:
    script = json.loads(msgspec.json.encode(Faults(rules=rules, **script)))
    await raw.admin("POST", "faults", script)


async def ledger_ids(raw) -> list[str]:
    return [order["client_id"] for order in (await raw.admin("GET", "ledger"))["orders"]]


@pytest.mark.parametrize(
    ("action", "is_done"), [(FaultAction.HANG, False), (FaultAction.ACCEPT_THEN_HANG, True)]
)
async def test_a_half_open_connection_never_answers(raw, action, is_done):
    await load(raw, FaultRule(on=POST, action=action))

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(raw.signed("POST", ORDER, **LIMIT, newClientOrderId="a"), 0.5)
    assert await ledger_ids(raw) == (["a"] if is_done else [])


async def test_an_order_may_be_taken_and_called_an_error(raw):
    rule = FaultRule(on=POST, action=FaultAction.ERROR_ACCEPTED, code=-1007, status=408)
    await load(raw, rule)
    reply = await raw.signed("POST", ORDER, **LIMIT, newClientOrderId="a")

    assert (reply[0], reply[1]["code"]) == (408, -1007)
    assert await ledger_ids(raw) == ["a"]


async def test_a_reply_may_be_words_garbage_or_late_byte_by_byte(raw):
    await load(
        raw,
        FaultRule(on=PING, action=FaultAction.SAY, status=200, text='{"price": NaN}', nth=1),
        FaultRule(on=PING, action=FaultAction.GARBAGE, nth=2),
        FaultRule(on=PING, action=FaultAction.DRIP_ACCEPTED, seconds=0.01, nth=3),
    )
    replies = []
    for _ in range(3):
        async with raw.session.get(f"{raw.root}/api/v3/ping") as reply:
            replies.append(await reply.read())
            assert reply.status == 200

    assert replies[0] == b'{"price": NaN}'
    assert b"\xff" in replies[1]
    assert replies[2] == b"{}"


async def test_a_body_may_be_large_and_a_packed_one_larger(raw):
    await load(
        raw,
        FaultRule(on=PING, action=FaultAction.FLOOD, megabytes=3, nth=1),
        FaultRule(on=PING, action=FaultAction.BOMB, megabytes=3, nth=2),
    )
    async with raw.session.get(f"{raw.root}/api/v3/ping") as reply:
        plain = await reply.read()
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        reply = await session.get(f"{raw.root}/api/v3/ping")
        packed = await reply.read()

    assert len(plain) > 3 << 20
    assert len(packed) < 10_000
    assert zlib.decompress(packed, wbits=31).startswith(b"   ")


async def test_an_error_names_its_wait_if_the_script_does(raw):
    rule = FaultRule(on=PING, action=FaultAction.ERROR, status=429, code=-1003, retry_after_s=3)
    await load(raw, rule)
    status, _, headers = await raw.ask("GET", "/api/v3/ping")

    assert (status, headers["Retry-After"]) == (429, "3")


async def test_in_maintenance_everything_is_refused_and_counted(raw):
    await load(raw, outages=(Outage(kind=OutageKind.MAINTENANCE),))
    status, body, _ = await raw.signed("POST", ORDER, **LIMIT, newClientOrderId="a")

    assert (status, body["msg"]) == (503, "Service Unavailable.")
    assert await ledger_ids(raw) == []
    assert (await raw.admin("GET", "calls")) == {POST: 1}


async def test_a_cut_takes_streams_and_requests_and_ends(raw):
    async with raw.session.ws_connect(f"{raw.root}/ws/btcusdt@trade") as stream:
        await load(raw, outages=(Outage(kind=OutageKind.CUT, for_s=2),))
        async with asyncio.timeout(30):
            while (await stream.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
    with pytest.raises(aiohttp.ClientError):
        await raw.ask("GET", "/api/v3/ping")
    with pytest.raises(aiohttp.ClientError):
        await raw.session.ws_connect(f"{raw.root}/ws/btcusdt@trade")

    async with asyncio.timeout(30):
        while True:
            try:
                assert (await raw.ask("GET", "/api/v3/ping"))[0] == 200
                break
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)


async def test_while_everything_hangs_nothing_is_said(raw):
    await load(raw, outages=(Outage(kind=OutageKind.HANG, for_s=60),))

    async with raw.session.ws_connect(f"{raw.root}/ws/btcusdt@trade") as stream:
        with pytest.raises(TimeoutError):
            await stream.receive_json(timeout=1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(raw.ask("GET", "/api/v3/ping"), 0.5)


async def test_a_halted_pair_says_so_and_takes_no_order(raw):
    await load(raw, outages=(Outage(kind=OutageKind.HALT, on="BTC/USDT"),))
    listed = (await raw.get("/api/v3/exchangeInfo"))["symbols"]
    reply = await raw.signed("POST", ORDER, **LIMIT, newClientOrderId="a")

    assert {row["symbol"]: row["status"] for row in listed}["BTCUSDT"] == "BREAK"
    assert {row["status"] for row in listed} == {"BREAK", "TRADING"}
    assert (reply[1]["code"], reply[1]["msg"]) == (-1013, "Market is closed.")


async def test_a_shutdown_is_announced_and_cuts(raw):
    async with raw.session.ws_connect(f"{raw.root}/ws/btcusdt@trade") as stream:
        await load(raw, outages=(Outage(kind=OutageKind.SHUTDOWN),))
        heard = [json.loads(message.data)["e"] async for message in stream if message.data]

    assert "serverShutdown" in heard


async def test_a_connection_lives_so_long_and_says_so_much(raw):
    await load(raw, socket_life_s=0.5)
    async with asyncio.timeout(30):
        async with raw.session.ws_connect(f"{raw.root}/ws/btcusdt@trade") as stream:
            async for _ in stream:
                pass
        await load(raw, messages_per_s=5)
        async with raw.session.ws_connect(f"{raw.root}/ws") as stream:
            for number in range(6):
                await stream.send_json({"method": "LIST_SUBSCRIPTIONS", "id": number})
            answered = [message async for message in stream]

    assert len(answered) <= 5
