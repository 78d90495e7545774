"""Market sockets: subscriptions, numbering without gaps, closed candles, silence on demand."""

from __future__ import annotations

import asyncio
import itertools
import json
from contextlib import asynccontextmanager

import pytest

from fks_desk.core.model import Timeframe
from fks_desk.venue.market.replay import ReplayOptions
from tests.fakes.venue import candles, raw_client, running_venue


@pytest.fixture
async def raw(tmp_path):
    async with running_venue(tmp_path, message_rate=100.0) as ready, raw_client(ready) as raw:
        yield raw


@asynccontextmanager
async def socket(raw, path: str):
    async with raw.session.ws_connect(raw.root + path) as ws:
        yield ws


async def messages(ws, count: int, wanted=lambda message: True):
    found = []
    async with asyncio.timeout(30):
        while len(found) < count:
            message = json.loads((await ws.receive()).data)
            if wanted(message):
                found.append(message)
    return found


async def test_subscribe_list_and_unsubscribe_are_answered(raw):
    async with socket(raw, "/ws") as ws:
        names = ["btcusdt@trade", "ethusdt@kline_1m"]
        await ws.send_json({"method": "SUBSCRIBE", "params": names, "id": 1})
        assert await messages(ws, 1, lambda m: m.get("id") == 1) == [{"result": None, "id": 1}]
        await ws.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 2})
        listed = await messages(ws, 1, lambda m: m.get("id") == 2)
        assert listed[0]["result"] == sorted(names)
        await ws.send_json({"method": "UNSUBSCRIBE", "params": names, "id": 3})
        await messages(ws, 1, lambda m: m.get("id") == 3)
        await ws.send_json({"method": "NONSENSE", "id": 4})
        assert (await messages(ws, 1, lambda m: m.get("id") == 4))[0]["error"]["code"] == 2
        await ws.send_str("{not json")
        assert (await messages(ws, 1, lambda m: "error" in m))[0]["error"]["code"] == 3


async def test_trades_come_in_order_and_each_once(raw):
    async with socket(raw, "/ws/btcusdt@trade") as ws:
        trades = await messages(ws, 60)

    numbers = [trade["t"] for trade in trades]
    assert numbers == list(range(numbers[0], numbers[0] + 60))
    assert {trade["e"] for trade in trades} == {"trade"}


async def test_combined_streams_are_wrapped(raw):
    async with socket(raw, "/stream?streams=btcusdt@aggTrade/ethusdt@bookTicker") as ws:
        first = await messages(ws, 20)

    assert {message["stream"] for message in first} == {"btcusdt@aggTrade", "ethusdt@bookTicker"}


async def test_depth_numbers_have_no_gap_and_meet_the_snapshot(raw):
    async with socket(raw, "/ws/btcusdt@depth@100ms") as ws:
        before = await messages(ws, 1)
        shown = await raw.get("/api/v3/depth", symbol="BTCUSDT", limit=50)
        after = await messages(ws, 8)

    diffs = before + after
    for earlier, later in itertools.pairwise(diffs):
        assert later["U"] == earlier["u"] + 1
    assert any(diff["u"] == shown["lastUpdateId"] for diff in diffs)


async def test_candles_of_a_replay_close_one_by_one_with_their_own_values(tmp_path):
    rows = [(100.0, 101.0, 99.0, 100.5), (100.5, 104.0, 100.0, 103.0)] * 30
    replay = ReplayOptions(
        symbol="XYZ/USDT", timeframe=Timeframe.M5, frame=candles(rows), live_candles=30, speed=1500
    )
    async with (
        running_venue(tmp_path, replay=replay) as ready,
        raw_client(ready) as raw,
        socket(raw, "/ws/xyzusdt@kline_5m") as ws,
    ):
        closed = await messages(ws, 8, lambda message: message["k"]["x"])

    frame = replay.frame
    for message in closed:
        candle = message["k"]
        index = list(frame.time).index(candle["t"])
        shown = [float(candle[name]) for name in "ohlcv"]
        columns = (frame.open, frame.high, frame.low, frame.close, frame.volume)
        assert shown == [column[index] for column in columns]
    opened = [message["k"]["t"] for message in closed]
    assert opened == list(range(opened[0], opened[0] + 8 * 300_000, 300_000))


async def test_a_muted_market_is_silent_but_connected(raw):
    async with socket(raw, "/ws/btcusdt@trade") as ws:
        await messages(ws, 2)
        await raw.admin("POST", "faults", {"mute_market": True})
        while True:
            try:
                await ws.receive(timeout=0.4)
            except TimeoutError:
                break
        assert not ws.closed


async def test_a_dropped_stream_is_closed(raw):
    async with socket(raw, "/ws/btcusdt@trade") as ws:
        await messages(ws, 1)
        await raw.admin("POST", "drop")
        async with asyncio.timeout(30):
            async for _ in ws:
                pass

        assert ws.closed


async def test_the_venue_counts_what_it_sent(raw):
    async with socket(raw, "/ws/btcusdt@trade") as ws:
        await messages(ws, 30)

        assert (await raw.admin("GET", "sent"))["btcusdt@trade"] >= 30
