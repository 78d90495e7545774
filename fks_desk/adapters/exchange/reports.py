"""Follow an account's private stream, for as long as the desk runs, whatever market it trades."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any

from fks_desk.adapters.exchange.errors import TIMESTAMP_REFUSED, read_error
from fks_desk.adapters.exchange.library import Client, answer, foreign_errors
from fks_desk.adapters.exchange.mailbox import Mailbox
from fks_desk.adapters.exchange.signed import SignedReads
from fks_desk.adapters.exchange.wire import UNREADABLE, Message
from fks_desk.adapters.exchange.words import StreamWords
from fks_desk.core.errors import ConfigError, FeedUnavailable, FKSException
from fks_desk.core.model import Instrument
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import OrderReport
from fks_desk.resilience.retry import Waits

log = logging.getLogger(__name__)

_STEADY_S = 30.0


class ReportStream:
    """Read executions and balances from ccxt's connection to the private stream."""

    def __init__(self, *, reads: SignedReads, words: StreamWords, waits: Waits) -> None:
        self.malformed = 0
        self.connections = 0
        self._reads = reads
        self._words = words
        self._venue = reads.venue
        self._account = reads.account
        self._waits = waits
        self._client: Client | None = None
        self._url = ""
        self._box: Mailbox[Message] | None = None

    def attach(self, client: Client) -> None:
        """Use this ccxt object, whose tap is `on_message`."""
        self._client = client

    def on_message(self, _connection: Any, message: Any) -> bool:
        """Take what tells of our account; return False for what ccxt should handle."""
        event = _event(message)
        kind = event.get("e")
        if kind in self._words.ended and self._box is not None:
            self._box.fail(FeedUnavailable(f"{self._venue} ended the private stream: {kind}"))
            return False
        if kind not in self._words.mine:
            return False
        if self._box is not None:
            self._box.put(event)
        return True

    def cut(self, reason: str) -> None:
        """Break the connection, so that the stream is made anew."""
        client = self._client
        connection = (client.clients or {}).get(self._url) if client is not None else None
        if connection is not None:
            connection.on_error(TimeoutError(reason))

    async def stream(self) -> AsyncIterator[OrderReport]:
        """Yield reports; an empty one says that the stream is connected, or is again.

        Network errors are told of and waited out here. A refused key ends the stream.
        """
        waits = iter(self._waits)
        while True:
            begun = self._reads.clock.monotonic()
            try:
                async for report in self._one_connection():
                    yield report
            except FKSException as error:
                if not error.retryable:
                    raise
                log.info("the private stream of %s is lost: %s", self._account, error)
                yield OrderReport(lost=error.message)
            if self._reads.clock.monotonic() - begun > _STEADY_S:
                waits = iter(self._waits)
            await asyncio.sleep(next(waits))

    async def _one_connection(self) -> AsyncIterator[OrderReport]:
        listed = await self._reads.listed()
        # Before the stream is asked for: its first message may come with the answer.
        box = self._box = Mailbox()
        nursery = Nursery()
        try:
            self._url = await self._subscribe()
            nursery.start(self._hold(box), name=f"private stream of {self._account}")
            await self._connected()
            self.connections += 1
            yield OrderReport()
            while True:
                report = self._report(await box.take(), listed)
                if report is not None:
                    yield report
        finally:
            self._box = None
            await nursery.close()

    async def _subscribe(self) -> str:
        """Sign on; a clock that is off is corrected once."""
        client = self._require_client()
        try:
            return await self._words.sign_on(client)
        except foreign_errors() as error:
            if answer(error).code != TIMESTAMP_REFUSED:
                raise self._lost(error) from error
            await self._reads.sync_clock()
            try:
                return await self._words.sign_on(client)
            except foreign_errors() as again:
                raise self._lost(again) from again

    async def _connected(self) -> None:
        """Wait for the connection, which signing on may have opened already."""
        try:
            await self._require_client().client(self._url).connected
        except foreign_errors() as error:
            raise self._lost(error) from error

    async def _hold(self, box: Mailbox[Message]) -> None:
        """Wait for the connection to end; nothing ever resolves this future."""
        client, name = self._require_client(), f"desk:{self._account}"
        try:
            # Subscribed under the account type's own name: by it ccxt knows the stream is in use.
            await client.watch(self._url, name, None, self._words.account_type)
        except foreign_errors() as error:
            box.fail(self._lost(error))
        except asyncio.CancelledError:
            box.fail(FeedUnavailable(f"the private stream of {self._venue} was closed"))
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise

    def _lost(self, error: Exception) -> FKSException:
        found = read_error(answer(error), venue=self._venue, what="the private stream")
        if isinstance(found, ConfigError) or found.retryable:
            return found
        return FeedUnavailable(found.message)

    def _require_client(self) -> Client:
        if self._client is None:
            raise FeedUnavailable(f"the connection to {self._venue} is not open")
        return self._client

    def _report(self, event: Message, listed: Mapping[str, Instrument]) -> OrderReport | None:
        try:
            if (balances := self._words.balances(event, self._account)) is not None:
                return OrderReport(balances=tuple(balances))
            told = self._words.order_of(event)
            symbol = str(told["s"])
            instrument = listed.get(symbol)
            if instrument is None:
                log.warning("%s reports an order of %s, unknown here", self._venue, symbol)
                return None
            report = self._words.report(told, self._reads.owner(instrument))
            return self._reads.births.report(told, report)
        except UNREADABLE:
            # Reconciliation finds what this report told; ending the stream would not help.
            self.malformed += 1
            log.exception("%s sent an unreadable report", self._venue)
            return None


def _event(message: Any) -> Mapping[str, Any]:
    """Return the event inside the wrapping of the WS-API, or an empty one."""
    if not isinstance(message, dict):
        return {}
    inner = message.get("event", message)
    return inner if isinstance(inner, dict) else {}
