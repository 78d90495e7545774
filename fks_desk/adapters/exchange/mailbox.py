"""Hand messages from a socket's callback to the coroutine that reads a stream."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, TypeVar

from fks_desk.core.errors import FeedUnavailable, FKSException

T = TypeVar("T")

_BREATH = 256


class Mailbox(Generic[T]):
    """Keep messages in order until they are read; none is dropped while it holds.

    A reader that falls `limit` messages behind gets `FeedUnavailable`: a stream
    begun anew is better than one that lags without end.
    """

    def __init__(self, *, limit: int = 200_000) -> None:
        self._messages: deque[T] = deque()
        self._limit = limit
        self._error: FKSException | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._since_breath = 0

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, message: T) -> None:
        """Add a message; called from the socket's callback."""
        if len(self._messages) >= self._limit:
            self.fail(FeedUnavailable(f"the reader is {self._limit} messages behind"))
            return
        self._messages.append(message)
        self._wake()

    def fail(self, error: FKSException) -> None:
        """End the stream with this error once what came before is read."""
        if self._error is None:
            self._error = error
        self._wake()

    async def take(self) -> T:
        """Return the next message; raise the stream's error when it has ended."""
        await self._wait()
        return self._messages.popleft()

    async def take_all(self) -> list[T]:
        """Return every message that waits, at least one; raise the error of an ended stream."""
        await self._wait()
        taken = list(self._messages)
        self._messages.clear()
        return taken

    async def _wait(self) -> None:
        # A full box never suspends the reader, so it must let others run itself.
        self._since_breath += 1
        if self._since_breath >= _BREATH:
            self._since_breath = 0
            await asyncio.sleep(0)
        while not self._messages:
            if self._error is not None:
                raise self._error
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
