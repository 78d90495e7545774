"""A message that cannot be understood is counted and harms nobody."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from fks_desk.adapters.exchange.mailbox import Mailbox
from fks_desk.adapters.exchange.streams import Streams
from fks_desk.core.clock import SystemClock, from_ms
from fks_desk.core.errors import FeedUnavailable

SOCKET = SimpleNamespace(url="ws://x")


@pytest.fixture
async def streams():
    one = Streams(venue="demo", clock=SystemClock(), quiet_limit_s=60)
    yield one
    await one.close()


@pytest.mark.parametrize("message", [{"id": 1, "result": None}, {"e": "news"}, {}])
async def test_what_is_not_market_data_is_left_to_ccxt(streams, message):
    assert not streams.arrivals.on_message(SOCKET, message)
    assert not streams.arrivals.received


@pytest.mark.parametrize(
    "message",
    [{"e": "trade"}, {"e": "kline", "E": 1, "s": "X", "k": 7}, {"e": "trade", "E": 1, "s": 5}],
)
async def test_a_malformed_message_is_counted_and_taken(streams, message, allow_warnings):
    assert streams.arrivals.on_message(SOCKET, message)
    assert streams.arrivals.malformed == 1


async def test_a_message_reaches_every_box_of_its_stream_and_no_other(streams):
    boxes = [Mailbox(), Mailbox(), Mailbox()]
    streams.arrivals.boxes["btcusdt@trade"] += boxes[:2]
    streams.arrivals.boxes["ethusdt@trade"].append(boxes[2])
    streams.arrivals.on_message(SOCKET, {"e": "trade", "E": 5, "s": "BTCUSDT"})

    assert [len(box) for box in boxes] == [1, 1, 0]
    assert streams.market_time == from_ms(5)


async def test_a_stream_asked_for_before_the_client_is_there_fails_cleanly(allow_warnings):
    streams = Streams(venue="demo", clock=SystemClock(), quiet_limit_s=60)
    box = Mailbox()
    stop = streams.open(["btcusdt@trade"], box, group="trades")
    stop()
    await asyncio.sleep(0.05)
    await streams.close()

    assert len(box) == 0


async def test_closing_tells_every_reader(streams):
    box = Mailbox()
    streams.arrivals.boxes["btcusdt@trade"].append(box)
    await streams.close()

    with pytest.raises(FeedUnavailable, match="the connection to demo was closed"):
        await box.take()
