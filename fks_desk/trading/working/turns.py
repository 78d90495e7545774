"""Let one coroutine at a time work on a thing, and forget the thing when nobody does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


@dataclass(slots=True)
class _Place:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    visitors: int = 0


class Turns(Generic[K]):
    """Hold one turn per thing for as long as somebody has it or waits for it."""

    def __init__(self) -> None:
        self._places: dict[K, _Place] = {}

    def __len__(self) -> int:
        return len(self._places)

    @asynccontextmanager
    async def of(self, thing: K) -> AsyncIterator[None]:
        """Wait for the turn of a thing and hold it."""
        place = self._places.setdefault(thing, _Place())
        place.visitors += 1
        try:
            async with place.lock:
                yield
        finally:
            place.visitors -= 1
            if place.visitors == 0:
                del self._places[thing]

    async def wait_out(self) -> None:
        """Wait until everybody who has a turn now has given it back."""
        for thing in tuple(self._places):
            async with self.of(thing):
                pass
