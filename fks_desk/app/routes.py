"""Lead each command to the one room that handles it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fks_desk.core.errors import FKSException
from fks_desk.core.messages import Command

Handler = Callable[[Any], Awaitable[object]]


class Routes:
    """Hold one handler per command type; commands that come early wait for theirs."""

    def __init__(self) -> None:
        self._handlers: dict[type[Command], Handler] = {}
        self._opened = asyncio.Event()
        self._closed = ""

    def add(self, handlers: Mapping[type[Command], Handler]) -> None:
        """Add handlers, or raise ValueError if a command would have two."""
        twice = self._handlers.keys() & handlers.keys()
        if twice:
            raise ValueError(f"{', '.join(kind.__name__ for kind in twice)} has a handler already")
        self._handlers.update(handlers)

    @property
    def kinds(self) -> frozenset[type[Command]]:
        """Return the commands that have a handler."""
        return frozenset(self._handlers)

    def open(self) -> None:
        """Let commands through."""
        self._opened.set()

    def close(self, reason: str) -> None:
        """Refuse every command from now on, with this sentence."""
        self._closed = reason
        self._opened.set()

    async def handle(self, command: Command) -> None:
        """Carry out a command as soon as its room is there."""
        await self._opened.wait()
        handler = self._handlers.get(type(command))
        if handler is None or self._closed:
            raise FKSException(self._closed or f"{type(command).__name__} is not possible now")
        await handler(command)
