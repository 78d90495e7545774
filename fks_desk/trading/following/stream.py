"""Listen to the venue's private stream for as long as the desk is open."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager

from fks_desk.core.errors import FKSException
from fks_desk.core.ports import Broker, OrderReport
from fks_desk.trading.books.account import Books
from fks_desk.trading.following.standing import Standing
from fks_desk.trading.options import TradingOptions

log = logging.getLogger(__name__)

CONNECTED = OrderReport()


class PrivateStream:
    """Take each report in its order; ask for a comparison after each new connection."""

    def __init__(
        self,
        *,
        broker: Broker,
        books: Books,
        standing: Standing,
        reconcile: Callable[[], None],
        reconcile_later: Callable[[], None],
        options: TradingOptions,
    ) -> None:
        self._broker = broker
        self._books = books
        self._standing = standing
        self._reconcile = reconcile
        self._reconcile_later = reconcile_later
        self._options = options

    async def run(self) -> None:
        """Listen until cancelled; whatever ends the stream leaves the account in doubt."""
        wait = self._options.stream_first_wait_s
        while True:
            reason = "the private stream ended"
            try:
                async with _open_stream(self._broker) as reports:
                    async for report in reports:
                        wait = self._options.stream_first_wait_s
                        await self.take(report)
            except FKSException as error:
                reason = f"the private stream is lost: {error.message}"
                log.warning("private stream lost, again in %.1f s: %s", wait, error)
            finally:
                self._standing.disconnect(reason)
            await asyncio.sleep(wait * random.uniform(0.8, 1.2))  # noqa: S311  jitter, no secret
            wait = min(wait * 2, self._options.stream_longest_wait_s)

    async def take(self, report: OrderReport) -> None:
        """Count an execution first, then the order's word, then the money's."""
        if report == CONNECTED:
            self._standing.connect()
            self._reconcile()
            return
        if report.fill is not None:
            await self._books.hear_fill(report.fill)
        if report.order is not None:
            await self._books.hear_order(report.order)
        if report.balances:
            await self._books.hear_balances(report.balances)
        if self._books.parked or self._books.owed:
            self._reconcile_later()


@asynccontextmanager
async def _open_stream(broker: Broker) -> AsyncIterator[AsyncIterator[OrderReport]]:
    """Close a stream that is left early, so that its connection ends with it."""
    reports = broker.reports()
    try:
        yield reports
    finally:
        if isinstance(reports, AsyncGenerator):
            await reports.aclose()
