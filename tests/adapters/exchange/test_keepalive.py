"""A silent far end is cut; a desk that could not listen for a while cuts nobody."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from fks_desk.adapters.exchange import streams as module
from fks_desk.adapters.exchange.keepalive import Attention, keep_alive
from fks_desk.adapters.exchange.mailbox import Mailbox
from fks_desk.adapters.exchange.streams import Streams
from fks_desk.core.clock import SystemClock


class Script:
    """Answer whether the process was there, step by step, then end the connection's life."""

    def __init__(self, connection, steps):
        self.connection, self.steps = connection, list(steps)

    async def sleep(self, _seconds):
        if not self.steps:
            self.connection.is_closed = True
            return True
        was_there, hears = self.steps.pop(0)
        if hears:
            self.connection.last_message_at += 1
        return was_there


class Connection:
    ping = None

    def __init__(self):
        self.keepAlive, self.maxPingPongMisses = 10_000, 2
        self.last_message_at, self.is_closed = 0, False
        self.pings, self.errors, self.failure = [], [], None
        self.connection = SimpleNamespace(ping=self._protocol_ping)

    def closed(self):
        return self.is_closed

    def on_error(self, error):
        self.errors.append(error)
        self.is_closed = True

    async def send(self, text):
        self.pings.append(text)

    async def _protocol_ping(self):
        if self.failure is not None:
            raise self.failure
        self.pings.append("")


HEARD, SILENT, AWAY, AWAY_AND_HEARD = (True, True), (True, False), (False, False), (False, True)


@pytest.mark.parametrize(
    ("steps", "is_cut"),
    [
        ([HEARD] * 9, False),
        ([HEARD, SILENT, HEARD, SILENT, HEARD], False),
        ([HEARD, SILENT, SILENT], True),
        ([HEARD, SILENT, AWAY, HEARD], False),
        ([HEARD, SILENT, AWAY_AND_HEARD, SILENT, HEARD], False),
        ([HEARD, SILENT, AWAY, SILENT], True),
    ],
)
async def test_only_pings_that_nobody_answered_while_we_listened_cut_a_connection(steps, is_cut):
    connection = Connection()
    await keep_alive(connection, Script(connection, steps))

    assert bool(connection.errors) is is_cut
    assert len(connection.pings) == len(steps) - is_cut


async def test_an_exchange_that_asks_for_words_gets_them():
    connection = Connection()
    connection.ping = lambda _client: {"op": "ping"}
    await keep_alive(connection, Script(connection, [HEARD]))

    assert connection.pings == [{"op": "ping"}]


async def test_a_ping_that_cannot_be_sent_ends_the_connection():
    connection = Connection()
    connection.failure = ConnectionResetError("gone")
    await keep_alive(connection, Script(connection, [HEARD, HEARD]))

    assert connection.errors == [connection.failure]


async def test_one_absence_is_excused_and_the_next_is_not():
    moments = iter([0, 0.01, 1, 9, 10, 19, 20, 29, 30, 30.01])
    attention = Attention(lambda: next(moments))

    assert [await attention.sleep(0.01) for _ in range(5)] == [True, False, True, False, True]


@pytest.mark.parametrize(("was_there", "is_cut"), [(True, True), (False, False)])
async def test_a_connection_is_not_taken_for_silent_while_nobody_listened(
    monkeypatch, was_there, is_cut
):
    looked = asyncio.Event()

    class Once:
        def __init__(self, _monotonic):
            self.answers = [was_there]

        async def sleep(self, _seconds):
            if self.answers:
                return self.answers.pop()
            looked.set()
            return await asyncio.Event().wait()

    monkeypatch.setattr(module, "Attention", Once)
    connection = Connection()
    streams = Streams(venue="demo", clock=SystemClock(), quiet_limit_s=30)
    streams.attach(SimpleNamespace(clients={"ws://one": connection}))
    streams.arrivals.heard["ws://one"] = SystemClock().monotonic() - 31
    watching = streams._nursery.start(streams._watch_lines(), name="watch")
    await asyncio.wait_for(looked.wait(), 10)

    assert bool(connection.errors) is is_cut
    assert not watching.done()
    await streams.close()


async def test_the_desk_pings_in_place_of_ccxt(desk):
    box = desk.connection.streams.arrivals.boxes
    stop = desk.connection.streams.open(["btcusdt@trade"], Mailbox(), group="trades")
    try:
        client = desk.connection._clients[0]
        async with asyncio.timeout(30):
            while not (client.clients and desk.connection.streams.arrivals.received["trade"]):
                await asyncio.sleep(0.01)
        (connection,) = client.clients.values()

        assert "btcusdt@trade" in box
        assert connection.ping_loop.func is keep_alive
        assert connection.ping_looper.get_coro().__name__ == "keep_alive"
        assert connection.last_message_at is not None
    finally:
        stop()
