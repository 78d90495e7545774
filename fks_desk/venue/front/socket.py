"""Keep one WebSocket: what it reads is answered, what it is sent waits in line."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

log = logging.getLogger(__name__)

_LONGEST_LINE = 50_000
_HEARTBEAT_S = 20.0
_SECOND = 1.0
_LONGEST_LIFE_S = 86_400.0


class Socket:
    """Send frames in order; a client too slow to read them is dropped, as Binance does."""

    def __init__(self, response: web.WebSocketResponse, *, messages_per_s: int = 0) -> None:
        self._response = response
        self._messages_per_s = messages_per_s
        self._heard: deque[float] = deque(maxlen=max(1, messages_per_s + 1))
        self._line: asyncio.Queue[bytes] = asyncio.Queue(_LONGEST_LINE)
        self.sent = 0

    def send(self, frame: bytes) -> None:
        """Put an encoded frame in line."""
        try:
            self._line.put_nowait(frame)
        except asyncio.QueueFull:
            log.info("a client did not read %d frames and is dropped", _LONGEST_LINE)
            self.drop()

    def send_json(self, value: Any) -> None:
        """Put a value in line."""
        self.send(msgspec.json.encode(value))

    def drop(self) -> None:
        """Cut the connection without a word."""
        transport = self._response._req.transport if self._response._req else None  # noqa: SLF001  aiohttp offers no other way to abort a socket
        if transport is not None:
            transport.abort()

    async def serve(self, answer: Callable[[Any], Awaitable[None]]) -> None:
        """Read and answer until either side hangs up."""
        async with asyncio.TaskGroup() as group:
            writer = group.create_task(self._write())
            try:
                await self._read(answer)
            finally:
                writer.cancel()

    async def _read(self, answer: Callable[[Any], Awaitable[None]]) -> None:
        async for message in self._response:
            if message.type is not WSMsgType.TEXT:
                continue
            if self._says_too_much():
                log.info("a client sent more than %d messages in a second", self._messages_per_s)
                self.drop()
                return
            try:
                value = msgspec.json.decode(message.data)
            except msgspec.DecodeError as error:
                self.send_json({"error": {"code": 3, "msg": f"Invalid JSON: {error}"}})
                continue
            await answer(value)

    def _says_too_much(self) -> bool:
        """Count a message and tell whether one second has seen more than the limit."""
        now = asyncio.get_running_loop().time()
        self._heard.append(now)
        is_full = len(self._heard) == self._heard.maxlen
        return bool(self._messages_per_s) and is_full and now - self._heard[0] < _SECOND

    async def _write(self) -> None:
        try:
            while True:
                frame = await self._line.get()
                self.sent += 1
                await self._response.send_frame(frame, WSMsgType.TEXT)
        except ConnectionError:
            log.debug("a client went away while frames were in line")


@asynccontextmanager
async def limited_life(socket: Socket, seconds: float) -> AsyncIterator[None]:
    """Cut a connection that has lived so long, after a day if nothing is said."""
    timer = asyncio.get_running_loop().call_later(seconds or _LONGEST_LIFE_S, socket.drop)
    try:
        yield
    finally:
        timer.cancel()


async def opened(request: web.Request) -> web.WebSocketResponse:
    """Shake hands and return the socket; pings are sent and answered by aiohttp."""
    response = web.WebSocketResponse(heartbeat=_HEARTBEAT_S, compress=False)
    await response.prepare(request)
    return response


def reset(request: web.Request) -> web.Response:
    """Kill the connection of a request; what is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
