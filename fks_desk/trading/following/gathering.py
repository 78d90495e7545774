"""Take what a stream has ready together: one item when there is one, many when many wait."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Generic, TypeVar

from fks_desk.core.errors import FKSException
from fks_desk.core.nursery import Nursery

T = TypeVar("T")


async def gathered(items: AsyncIterator[T], *, most: int) -> AsyncGenerator[list[T], None]:
    """Yield everything that came while the last batch was dealt with, at most so much.

    A first item is passed on at once. The stream's error is raised after all that
    came before it; a stream that is too far ahead waits.
    """
    tray = _Tray[T](most)
    nursery = Nursery(on_failure=lambda _name, error: tray.end(error))
    nursery.start(_read(items, tray), name="reading ahead")
    try:
        while batch := await tray.take():
            yield batch
    finally:
        await nursery.close()


class _Tray(Generic[T]):
    """Hold what was read and not taken yet."""

    def __init__(self, most: int) -> None:
        self._items: deque[T] = deque()
        self._most = most
        self._has_ended = False
        self._error: BaseException | None = None
        self._arrival = asyncio.Event()
        self._room = asyncio.Event()

    async def put(self, item: T) -> None:
        """Add an item, once there is room for it."""
        while len(self._items) >= self._most:
            self._room.clear()
            await self._room.wait()
        self._items.append(item)
        self._arrival.set()

    def end(self, error: BaseException | None) -> None:
        """Note that nothing more comes, and why."""
        self._has_ended, self._error = True, error
        self._arrival.set()

    async def take(self) -> list[T]:
        """Return all that waits, or nothing after the end; raise the error that ended it."""
        while not self._items:
            if self._error is not None:
                raise self._error
            if self._has_ended:
                return []
            self._arrival.clear()
            await self._arrival.wait()
        batch = list(self._items)
        self._items.clear()
        self._room.set()
        return batch


async def _read(items: AsyncIterator[T], tray: _Tray[T]) -> None:
    try:
        async for item in items:
            await tray.put(item)
    except FKSException as error:
        tray.end(error)
    else:
        tray.end(None)
