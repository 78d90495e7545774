"""Bring each change into the store, however long the database is away."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from fks_desk.core.errors import FKSException, StorageError
from fks_desk.core.messages import NoticeRaised, Severity
from fks_desk.core.model import Order
from fks_desk.core.ports import Publish, TradingChange, TradingStore
from fks_desk.trading.options import TradingOptions

log = logging.getLogger(__name__)

T = TypeVar("T")


class Writer:
    """Write changes one after the other; the caller holds the account's turn."""

    def __init__(self, *, store: TradingStore, publish: Publish, options: TradingOptions) -> None:
        self._store = store
        self._publish = publish
        self._options = options
        self.is_down = False

    async def keep(self, *changes: TradingChange) -> bool:
        """Store what has happened, all of it in one transaction, trying until it is stored.

        Returns False if one of the fills was stored before, and so nothing was.
        """
        is_doubtful = False
        fills = sum(len(change.fills) for change in changes)

        async def store() -> bool:
            nonlocal is_doubtful
            if is_doubtful and await self._has(changes):
                return True
            is_doubtful = True
            return len(await self._store.record(*changes)) == fills

        return await self.patiently(store)

    async def patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask the store until it answers; an error that no waiting mends is raised."""
        wait = self._options.storage_first_wait_s
        while True:
            try:
                answer = await ask()
            except FKSException as error:
                if not error.retryable:
                    raise
                self._note_down(error)
            else:
                self._note_up()
                return answer
            await asyncio.sleep(wait * random.uniform(0.8, 1.2))  # noqa: S311  jitter, no secret
            wait = min(wait * 2, self._options.storage_longest_wait_s)

    async def attempt(self, change: TradingChange) -> None:
        """Store what is about to happen, once; raise `StorageError` if that is in doubt."""
        try:
            await self._store.record(change)
        except StorageError as error:
            self._note_down(error)
            raise
        self._note_up()

    async def _has(self, changes: Sequence[TradingChange]) -> bool:
        """Tell whether an attempt that was not confirmed had come through after all."""
        last = {(c.account, o.client_id): o for c in changes for o in c.orders}
        for (account, client_id), order in last.items():
            row = await self._store.order(account, client_id)
            if row is None or _seen(row) != _seen(order):
                return False
        return bool(last)

    def _note_down(self, error: FKSException) -> None:
        if self.is_down:
            return
        self.is_down = True
        log.warning("the database does not take trading rows: %s", error)
        self._publish(
            NoticeRaised(
                severity=Severity.ERROR,
                text=(
                    "The database does not answer. New orders stay at home and cancels still "
                    "go; what the venue tells is kept and written as soon as it answers."
                ),
                topic="trading",
            )
        )

    def _note_up(self) -> None:
        if not self.is_down:
            return
        self.is_down = False
        log.info("the database takes trading rows again")
        text = "The database answers again; everything that waited is written."
        self._publish(NoticeRaised(severity=Severity.INFO, text=text, topic="trading"))


def _seen(order: Order) -> tuple[object, ...]:
    return order.state, order.filled, order.venue_order_id, order.updated
