"""Take everything back and close everything, once, after a halt."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from fks_desk.core.messages import NoticeRaised, Severity
from fks_desk.core.model import InstrumentId, OrderIntent, OrderState
from fks_desk.core.ports import Publish
from fks_desk.trading.books.account import Books
from fks_desk.trading.working.sender import Sender

log = logging.getLogger(__name__)

_TRIES = 3
_PATIENCE_S = 15.0


class Killing:
    """Flatten an account: cancel all, wait for the venue's word, close what is held.

    `closing` returns the order that closes a position, or a sentence; `cancel_all`
    asks for every open order back; while `left_alone` nobody puts exits back.
    """

    def __init__(
        self,
        *,
        books: Books,
        sender: Sender,
        closing: Callable[[InstrumentId], OrderIntent | str],
        cancel_all: Callable[[], None],
        stop_parents: Callable[[str], Awaitable[None]],
        left_alone: Callable[[], AbstractAsyncContextManager[None]],
        publish: Publish,
    ) -> None:
        self._books = books
        self._sender = sender
        self._closing = closing
        self._cancel_all = cancel_all
        self._stop_parents = stop_parents
        self._left_alone = left_alone
        self._publish = publish
        self._is_running = False
        self._moved = asyncio.Event()

    def on_moved(self) -> None:
        """Look again whether everything has ended."""
        self._moved.set()

    async def run(self, reason: str) -> None:
        """Flatten the account; the halt stands before this is called."""
        if self._is_running:
            return
        self._is_running = True
        try:
            await self._stop_parents(reason)
            async with self._left_alone():
                await self._flatten()
            self._report()
        finally:
            self._is_running = False

    async def _flatten(self) -> None:
        for _ in range(_TRIES):
            self._cancel_all()
            await self._until(lambda: not self._cancellable())
            left = await self._close()
            await self._until(lambda: not self._cancellable())
            if not left:
                break

    async def _close(self) -> bool:
        """Send a closing order per position; return whether any was worth one."""
        is_any = False
        for position in tuple(self._books.blotter.positions.values()):
            intent = self._closing(position.instrument) if position.size else ""
            if isinstance(intent, OrderIntent):
                is_any = True
                await self._sender.place(intent)
        return is_any

    def _cancellable(self) -> bool:
        waiting = frozenset(OrderState) - {OrderState.UNKNOWN}
        return bool(self._books.blotter.orders_in(waiting))

    async def _until(self, is_done: Callable[[], bool]) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                while not is_done():
                    self._moved.clear()
                    await self._moved.wait()

    def _report(self) -> None:
        blotter = self._books.blotter
        held = [
            f"{one.size} {one.instrument.rpartition(':')[2]}"
            for one in blotter.positions.values()
            if one.size and isinstance(self._closing(one.instrument), OrderIntent)
        ]
        count = blotter.open_count
        if held or count:
            text = f"Trading is halted, but not flat: {count} orders open, held {', '.join(held)}."
            severity = Severity.ERROR
        else:
            text = "Trading is halted; no order is open and no position is left but dust."
            severity = Severity.WARNING
        self._publish(NoticeRaised(severity=severity, text=text, topic="trading"))
