"""Stand between a client and a server on loopback, and treat their bytes as a bad network would.

The toxics are those that toxiproxy knows: latency with jitter, a rate, a cut, a
half-open line (`timeout` there), bytes corrupted, pieces sliced small, an end after
so many bytes, and a slow close. They may be changed while connections stand.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

HOST = "127.0.0.1"
_PIECE = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Toxics:
    """Say what happens to bytes, in both directions; nothing by default."""

    latency_s: float = 0.0
    jitter_s: float = 0.0
    bytes_per_s: float = 0.0
    piece: int = _PIECE
    corrupt_every: int = 0
    cut_after: int = 0
    slow_close_s: float = 0.0
    is_half_open: bool = False
    refuses: bool = False


class Proxy:
    """Forward one port to another; `connects` counts who came, `passed` the bytes."""

    def __init__(self, target: int, *, seed: int = 7) -> None:
        self.toxics = Toxics()
        self.connects = 0
        self.passed = 0
        self._target = target
        self._chance = random.Random(seed)
        self._lines: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    def be(self, **toxics: object) -> None:
        """Treat what comes from now on like this; what is not named is well again."""
        self.toxics = replace(Toxics(), **toxics)  # type: ignore[arg-type]  # checked by the class

    def cut(self) -> None:
        """Reset every connection."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def open(self, tls: ssl.SSLContext | None = None) -> None:
        """Listen on a port of the system's choice."""
        self._server = await asyncio.start_server(self._serve, HOST, 0, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Listen no more and end every connection."""
        if self._server is not None:
            self._server.close()
        self.cut()
        for line in tuple(self._lines):
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connects += 1
        if self.toxics.refuses:
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._lines.add(task)
        self._writers.add(writer)
        try:
            await self._join(reader, writer)
        except (OSError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._lines.discard(task)
            self._writers.discard(writer)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(HOST, self._target)
        self._writers.add(back)
        ways = [
            asyncio.ensure_future(self._carry(reader, back)),
            asyncio.ensure_future(self._carry(there, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(self.toxics.slow_close_s)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._writers.discard(back)
            for one in (writer, back):
                one.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        count = 0
        while data := await reader.read(min(_PIECE, self.toxics.piece)):
            toxics = self.toxics
            if toxics.is_half_open:
                continue  # swallowed: each side believes that the other is only quiet
            if toxics.latency_s or toxics.jitter_s:
                await asyncio.sleep(toxics.latency_s + self._chance.uniform(0, toxics.jitter_s))
            if toxics.bytes_per_s:
                await asyncio.sleep(len(data) / toxics.bytes_per_s)
            if toxics.corrupt_every:
                data = self._corrupted(data, count, toxics.corrupt_every)
            count += len(data)
            self.passed += len(data)
            writer.write(data)
            with contextlib.suppress(ConnectionError):
                await writer.drain()
            if toxics.cut_after and count >= toxics.cut_after:
                return

    @staticmethod
    def _corrupted(data: bytes, count: int, every: int) -> bytes:
        spoiled = bytearray(data)
        for at in range(-count % every, len(spoiled), every):
            spoiled[at] ^= 0x55
        return bytes(spoiled)


@asynccontextmanager
async def proxied(target: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[Proxy]:
    """Lend a proxy before a port until the block ends."""
    proxy = Proxy(target)
    await proxy.open(tls)
    try:
        yield proxy
    finally:
        await proxy.close()
