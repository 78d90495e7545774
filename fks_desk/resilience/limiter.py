"""Keep the number of requests to a target inside its budget."""

from __future__ import annotations

import asyncio
from types import TracebackType

from aiolimiter import AsyncLimiter

from fks_desk.core.errors import RateLimitError


class RateLimiter:
    """Let max_requests pass per window (seconds); whoever comes later waits.

    With `patience_s` a caller waits at most so long and then gets a
    `RateLimitError`; with 0 it never waits.
    """

    def __init__(
        self, max_requests: int = 100, window: float = 60.0, *, patience_s: float | None = None
    ) -> None:
        if max_requests < 1 or window <= 0:
            raise ValueError(
                f"need max_requests >= 1 and window > 0, were {max_requests} and {window}"
            )
        self.max_requests = max_requests
        self.window = window
        self._patience_s = patience_s
        self._bucket = AsyncLimiter(max_requests, window)
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """Return how many callers wait now."""
        return self._waiting

    async def acquire(self, weight: float = 1.0) -> None:
        """Take so much of the budget, waiting for it if need be."""
        self._waiting += 1
        try:
            await self._acquire(weight)
        finally:
            self._waiting -= 1

    async def _acquire(self, weight: float) -> None:
        if self._patience_s is None or self._bucket.has_capacity(weight):
            await self._bucket.acquire(weight)
            return
        try:
            async with asyncio.timeout(self._patience_s):
                await self._bucket.acquire(weight)
        except TimeoutError:
            raise RateLimitError(
                f"the budget of {self.max_requests} requests in {self.window:g} s is used up",
                weight=weight,
            ) from None

    async def __aenter__(self) -> RateLimiter:
        await self.acquire()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None
