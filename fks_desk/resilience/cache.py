"""Remember answers for a while, and ask once when many ask together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from cachetools import TTLCache

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Cache(Generic[K, V]):
    """Keep at most `size` answers, each for `ttl_s` seconds."""

    def __init__(self, *, size: int = 1024, ttl_s: float = 60.0) -> None:
        self._known: TTLCache[K, V] = TTLCache(maxsize=size, ttl=ttl_s)
        self._asked: dict[K, asyncio.Future[V]] = {}

    def __len__(self) -> int:
        return len(self._known)

    async def get(self, key: K, ask: Callable[[], Awaitable[V]]) -> V:
        """Return the remembered answer, or ask for it; who asks meanwhile shares the answer.

        An error is not remembered: everybody who waited gets it, the next asks anew.
        """
        if key in self._known:
            return self._known[key]
        if key in self._asked:
            return await asyncio.shield(self._asked[key])
        answer: asyncio.Future[V] = asyncio.get_running_loop().create_future()
        self._asked[key] = answer
        try:
            self._known[key] = value = await ask()
            answer.set_result(value)
        except asyncio.CancelledError:
            answer.cancel()
            raise
        except Exception as error:
            answer.set_exception(error)
            # Somebody else may have waited for it; nobody has to.
            answer.exception()
            raise
        finally:
            del self._asked[key]
        return value

    def forget(self, key: K) -> None:
        """Drop one answer."""
        self._known.pop(key, None)

    def clear(self) -> None:
        """Drop every answer."""
        self._known.clear()
