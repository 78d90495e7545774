"""Listen to the venue's private stream for as long as the desk is open."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager

from fks_desk.core.errors import FKSException
from fks_desk.core.model import Balance
from fks_desk.core.ports import Broker, OrderReport
from fks_desk.trading.books.account import Books
from fks_desk.trading.books.hearing import Money, Word, is_overtaken
from fks_desk.trading.following.gathering import gathered
from fks_desk.trading.following.standing import Standing
from fks_desk.trading.options import TradingOptions

log = logging.getLogger(__name__)

CONNECTED = OrderReport()

# What waits is taken together, but never so much that an order behind it waits long.
_MOST_AT_ONCE = 200


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
        failed: Callable[[FKSException], None] = lambda _error: None,
    ) -> None:
        self._broker = broker
        self._books = books
        self._standing = standing
        self._reconcile = reconcile
        self._reconcile_later = reconcile_later
        self._options = options
        self._on_failed = failed

    async def run(self) -> None:
        """Listen until cancelled; whatever ends the stream leaves the account in doubt."""
        wait = self._options.stream_first_wait_s
        while True:
            reason = "the private stream ended"
            try:
                async with (
                    _open_stream(self._broker) as reports,
                    aclosing(gathered(reports, most=_MOST_AT_ONCE)) as batches,
                ):
                    async for waiting in batches:
                        wait = self._options.stream_first_wait_s
                        await self.take(waiting)
            except FKSException as error:
                self._on_failed(error)
                reason = f"the private stream is lost: {error.message}"
                log.warning("private stream lost, again in %.1f s: %s", wait, error)
            finally:
                self._standing.disconnect(reason)
            await asyncio.sleep(wait * random.uniform(0.8, 1.2))  # noqa: S311  jitter, no secret
            wait = min(wait * 2, self._options.stream_longest_wait_s)

    async def take(self, reports: Sequence[OrderReport]) -> None:
        """Count what waits in its order: of each report the execution, then the order."""
        waiting: list[OrderReport] = []
        for report in reports:
            if report == CONNECTED:
                await self._hear(waiting)
                waiting = []
                self._standing.connect()
                self._reconcile()
            elif report.lost:
                # At once: what was told before it may be heard a moment later.
                self._standing.disconnect(f"the private stream is lost: {report.lost}")
            else:
                waiting.append(report)
        await self._hear(waiting)

    async def _hear(self, reports: Sequence[OrderReport]) -> None:
        if not reports:
            return
        await self._books.hear(tuple(_words(reports)))
        if self._books.parked or self._books.owed:
            self._reconcile_later()


def _words(reports: Sequence[OrderReport]) -> Iterator[Word]:
    """Yield what reports tell; of a currency only the newest word, for it replaces the others."""
    balances: dict[str, Balance] = {}
    for report in reports:
        if report.fill is not None:
            yield report.fill
        if report.order is not None:
            yield report.order
        for balance in report.balances:
            if not is_overtaken(balance, balances.get(balance.currency, balance)):
                balances[balance.currency] = balance
    if balances:
        yield Money(balances=tuple(balances.values()))


@asynccontextmanager
async def _open_stream(broker: Broker) -> AsyncIterator[AsyncIterator[OrderReport]]:
    """Close a stream that is left early, so that its connection ends with it."""
    reports = broker.reports()
    try:
        yield reports
    finally:
        if isinstance(reports, AsyncGenerator):
            await reports.aclose()
