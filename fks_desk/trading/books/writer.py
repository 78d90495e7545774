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
        self._retries = 0

    @property
    def is_retrying(self) -> bool:
        """Tell whether somebody repeats what failed, and so will notice when the store is back.

        Whoever gives up leaves `is_down` behind: the next write is then the one to find out.
        """
        return self._retries > 0

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
        try:
            answer = await ask()
        except FKSException as error:
            self._note_failed(error)
            self._retries += 1
            try:
                answer = await self._asked_again(ask)
            finally:
                self._retries -= 1
        self._note_up()
        return answer

    async def attempt(self, change: TradingChange) -> None:
        """Store what is about to happen, once; raise `StorageError` if that is in doubt."""
        try:
            await self._store.record(change)
        except StorageError as error:
            self._note_down(error)
            raise
        self._note_up()

    async def _asked_again(self, ask: Callable[[], Awaitable[T]]) -> T:
        wait = self._options.storage_first_wait_s
        while True:
            await asyncio.sleep(wait * random.uniform(0.8, 1.2))  # noqa: S311  jitter, no secret
            try:
                return await ask()
            except FKSException as error:
                self._note_failed(error)
            wait = min(wait * 2, self._options.storage_longest_wait_s)

    async def _has(self, changes: Sequence[TradingChange]) -> bool:
        """Tell whether an attempt that was not confirmed had come through after all."""
        last = {(c.account, o.client_id): o for c in changes for o in c.orders}
        for (account, client_id), order in last.items():
            row = await self._store.order(account, client_id)
            if row is None or _seen(row) != _seen(order):
                return False
        return bool(last)

    def _note_failed(self, error: FKSException) -> None:
        """Raise what no waiting mends."""
        if not error.retryable:
            raise error
        self._note_down(error)

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
