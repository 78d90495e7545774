"""The private stream survives what a venue may send."""

from __future__ import annotations

import asyncio

import pytest

from tests.adapters.exchange.conftest import Listener


@pytest.fixture
async def heard(desk):
    async with Listener(desk.broker) as one:
        yield one


def send(desk, message) -> bool:
    return desk.broker._reports.on_message(None, message)


async def test_an_unreadable_report_is_dropped_and_the_next_one_read(desk, heard, allow_warnings):
    send(desk, {"subscriptionId": 0, "event": {"e": "executionReport", "s": "BTCUSDT"}})
    await desk.broker.submit(desk.intent())
    await heard.until(lambda one: one.fills)

    assert desk.broker._reports.malformed == 1


async def test_an_order_of_an_unknown_symbol_is_told_in_the_log(
    desk, heard, caplog, allow_warnings
):
    send(desk, {"e": "executionReport", "s": "XYZUSDT"})
    await asyncio.sleep(0.05)

    assert "an order of XYZUSDT, unknown here" in caplog.text
    assert heard.states == []


@pytest.mark.parametrize("kind", ["eventStreamTerminated", "serverShutdown"])
async def test_an_announced_end_begins_the_stream_again(desk, heard, kind):
    send(desk, {"subscriptionId": 0, "event": {"e": kind, "E": 1}})
    await heard.until(lambda one: one.connections == 2)
    await desk.broker.submit(desk.intent())
    await heard.until(lambda one: one.fills)

    assert len(heard.fills) == 1


@pytest.mark.parametrize("message", [None, [], {}, {"event": 7}, {"id": 1, "status": 200}])
async def test_what_tells_nothing_of_the_account_is_left_to_ccxt(desk, message):
    assert not send(desk, message)
