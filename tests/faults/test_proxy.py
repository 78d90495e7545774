"""Show that the proxy does to bytes what it says, and nothing otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.faults.proxy import HOST, Proxy, proxied


@asynccontextmanager
async def echo() -> AsyncIterator[Proxy]:
    """Lend a proxy before a server that says everything back."""

    async def say_back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100_000):
            writer.write(data)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(say_back, HOST, 0)
    async with server, proxied(server.sockets[0].getsockname()[1]) as proxy:
        yield proxy


async def said_back(proxy: Proxy, data: bytes, patience_s: float = 30.0) -> bytes:
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    try:
        async with asyncio.timeout(patience_s):
            writer.write(data)
            await writer.drain()
            return await reader.readexactly(len(data))
    finally:
        writer.transport.abort()


@pytest.mark.parametrize(
    "toxics",
    [{}, {"piece": 1}, {"latency_s": 0.01, "jitter_s": 0.01}, {"bytes_per_s": 1e6}],
)
async def test_slow_and_sliced_bytes_are_the_same_bytes(toxics) -> None:
    data = bytes(range(256)) * 4
    async with echo() as proxy:
        proxy.be(**toxics)

        assert await said_back(proxy, data) == data
        assert proxy.passed == 2 * len(data)
        assert proxy.connects == 1


async def test_corrupted_bytes_are_others() -> None:
    async with echo() as proxy:
        proxy.be(corrupt_every=5)

        assert await said_back(proxy, bytes(20)) == bytes(20)  # spoiled there and back again
        proxy.be()
        reader, writer = await asyncio.open_connection(HOST, proxy.port)
        writer.write(bytes(10))
        assert await reader.readexactly(10) == bytes(10)
        proxy.be(corrupt_every=10)
        writer.write(bytes(9))
        spoiled = await reader.readexactly(9)
        writer.transport.abort()

    assert set(spoiled) <= {0, 0x55}


async def test_a_half_open_line_stands_and_says_nothing() -> None:
    async with echo() as proxy:
        proxy.be(is_half_open=True)

        with pytest.raises(TimeoutError):
            await said_back(proxy, b"hello", patience_s=0.3)


@pytest.mark.parametrize("toxics", [{"refuses": True}, {"cut_after": 4}])
async def test_a_cut_line_ends_what_was_begun(toxics) -> None:
    async with echo() as proxy:
        proxy.be(**toxics)

        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await said_back(proxy, bytes(1000))


async def test_a_cut_resets_who_is_connected_and_lets_the_next_one_in() -> None:
    async with echo() as proxy:
        reader, writer = await asyncio.open_connection(HOST, proxy.port)
        writer.write(b"x")
        assert await reader.readexactly(1) == b"x"
        proxy.cut()
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.transport.abort()

        assert await said_back(proxy, b"again") == b"again"
