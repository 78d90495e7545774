"""A frame reaches every mailbox of its stream, by whichever way it was read."""

from __future__ import annotations

from types import SimpleNamespace

import msgspec
import pytest

from fks_desk.adapters.exchange.arrivals import Arrivals
from fks_desk.adapters.exchange.handover import Handover
from fks_desk.adapters.exchange.mailbox import Mailbox
from fks_desk.core.clock import SystemClock, from_ms
from tests.adapters.exchange.hot.test_frames import AGGREGATE, DEPTH, KLINE, TRADE

SOCKET = SimpleNamespace(url="ws://x")


@pytest.fixture
def arrivals():
    return Arrivals(venue="demo", clock=SystemClock())


@pytest.mark.parametrize("text", [TRADE, AGGREGATE, KLINE, DEPTH])
def test_typed_and_parsed_frames_reach_the_same_box(arrivals, text):
    assert arrivals.on_frame(SOCKET, text)
    name = {"trade": "btcusdt@trade", "aggTrade": "btcusdt@aggTrade"}
    event = msgspec.json.decode(text)["e"]
    box = Mailbox()
    stream = name.get(event, "btcusdt@kline_1m" if event == "kline" else "btcusdt@depth@100ms")
    arrivals.boxes[stream].append(box)
    arrivals.on_frame(SOCKET, text)
    arrivals.on_message(SOCKET, msgspec.json.decode(text))

    assert len(box) == 2
    assert arrivals.received[event] == 3
    assert arrivals.market_time == from_ms(9)
    assert arrivals.lane.left[event] == 1


def test_a_connection_that_says_it_will_end_is_remembered(arrivals):
    assert not arrivals.on_message(SOCKET, {"e": "serverShutdown", "E": 1})
    assert arrivals.ending == {"ws://x"}


def test_numbers_of_parsed_messages_order_a_handover(arrivals):
    box = Mailbox()
    arrivals.boxes["btcusdt@trade"].append(box)
    handover = Handover(["btcusdt@trade"], old="ws://x", new="ws://y")
    arrivals.handovers.append(handover)
    old, new = SOCKET, SimpleNamespace(url="ws://y")
    for socket, number in ((new, 3), (old, 1), (old, 2), (old, 3), (new, 4), (old, 4)):
        message = {**msgspec.json.decode(TRADE), "t": number}
        if number % 2:
            arrivals.on_frame(socket, msgspec.json.encode(message).decode())
        else:
            arrivals.on_message(socket, message)
    arrivals.finish(handover)

    taken = [box._messages.popleft() for _ in range(len(box))]
    assert [one["t"] if isinstance(one, dict) else one.t for one in taken] == [1, 2, 3, 4]


@pytest.mark.parametrize("message", [[1, 2], "pong", 7, None])
def test_what_is_no_object_is_counted_and_kept_from_ccxt(arrivals, allow_warnings, message):
    assert arrivals.on_message(SOCKET, message)
    assert arrivals.malformed == 1


def test_what_a_replaced_connection_still_says_is_not_heard_again(arrivals):
    box = Mailbox()
    arrivals.boxes["btcusdt@trade"].append(box)
    arrivals.retired.add("ws://x")
    arrivals.on_frame(SOCKET, TRADE)
    arrivals.on_message(SOCKET, msgspec.json.decode(TRADE))

    assert len(box) == 0
