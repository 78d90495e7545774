"""Read in the background, newest wish first, and turn failures into a sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from fks_desk.core.errors import FKSException
from fks_desk.core.nursery import Nursery

Read = Callable[[], Coroutine[Any, Any, None]]


class Loader:
    """Run one read per name; a newer one of the same name replaces the older."""

    def __init__(self, nursery: Nursery, on_failure: Callable[[str], None]) -> None:
        self._nursery = nursery
        self._on_failure = on_failure
        self._running: dict[str, asyncio.Task[Any]] = {}

    def start(self, read: Read, *, name: str) -> None:
        """Begin a read; what it raises as `FKSException` goes to `on_failure` as a sentence."""
        older = self._running.get(name)
        if older is not None:
            older.cancel()
        self._running[name] = self._nursery.start(self._guarded(read), name=name)

    async def _guarded(self, read: Read) -> None:
        try:
            await read()
        except FKSException as error:
            self._on_failure(error.message)
