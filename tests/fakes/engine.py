"""Stand for the engine: a real loop in a real thread, with a memory instead of a market."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import fields
from threading import Thread
from typing import Any

from fks_desk.core.errors import FKSException
from fks_desk.core.messages import Command
from fks_desk.core.ports import Reads
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.bridge.engine import Engine


class EmptyPort:
    """Answer every question with nothing."""

    def __getattr__(self, name: str) -> Any:
        async def answer(*_arguments: Any, **_named: Any) -> tuple[()]:
            return ()

        return answer


def fake_reads(**ports: Any) -> Reads:
    """Return read ports: those given, and empty ones for the rest."""
    return Reads(**{field.name: ports.get(field.name, EmptyPort()) for field in fields(Reads)})


class FakeEngine:
    """Keep the commands that arrive, refuse with `refusal` if it is set, answer reads."""

    def __init__(self, **ports: Any) -> None:
        self.commands: list[Command] = []
        self.refusal: FKSException | Exception | None = None
        self.reads = fake_reads(**ports)
        self.loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run, name="fake engine", daemon=True)

    def start(self) -> Engine:
        """Start the thread and return what a bridge attaches to."""
        self._thread.start()
        return Engine(loop=self.loop, handle=self._handle, reads=self.reads)

    def attach_to(self, bridge: Bridge) -> None:
        """Start and attach."""
        bridge.attach(self.start())

    def call(self, work: Callable[[], None]) -> None:
        """Run something on the engine thread and wait for it."""

        async def run() -> None:
            work()

        asyncio.run_coroutine_threadsafe(run(), self.loop).result(10)

    def stop(self) -> None:
        """End the loop and the thread."""
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join(10)
        if not self.loop.is_closed():
            self.loop.close()

    async def _handle(self, command: Command) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.commands.append(command)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()
        leftover = asyncio.all_tasks(self.loop)
        for task in leftover:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*leftover, return_exceptions=True))
