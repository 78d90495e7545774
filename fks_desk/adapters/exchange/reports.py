"""Follow an account's private stream, for as long as the desk runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any

from fks_desk.adapters.exchange import private_wire
from fks_desk.adapters.exchange.errors import TIMESTAMP_REFUSED, read_error
from fks_desk.adapters.exchange.library import Client, answer, foreign_errors
from fks_desk.adapters.exchange.mailbox import Mailbox
from fks_desk.adapters.exchange.signed import SignedReads
from fks_desk.adapters.exchange.wire import UNREADABLE, Message
from fks_desk.core.errors import ConfigError, FeedUnavailable, FKSException
from fks_desk.core.model import Instrument
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import OrderReport
from fks_desk.resilience.retry import Waits

log = logging.getLogger(__name__)

_MINE = frozenset({"executionReport", "outboundAccountPosition"})
_ENDED = frozenset({"eventStreamTerminated", "serverShutdown"})
_STEADY_S = 30.0


class ReportStream:
    """Read executions and balances from ccxt's connection to the private stream."""

    def __init__(self, *, reads: SignedReads, waits: Waits) -> None:
        self.malformed = 0
        self.connections = 0
        self._reads = reads
        self._venue = reads.venue
        self._account = reads.account
        self._waits = waits
        self._client: Client | None = None
        self._box: Mailbox[Message] | None = None

    def attach(self, client: Client) -> None:
        """Use this ccxt object, whose tap is `on_message`."""
        self._client = client

    def on_message(self, _connection: Any, message: Any) -> bool:
        """Take what tells of our account; return False for what ccxt should handle."""
        event = _event(message)
        kind = event.get("e")
        if kind in _ENDED and self._box is not None:
            self._box.fail(FeedUnavailable(f"{self._venue} ended the private stream: {kind}"))
            return False
        if kind not in _MINE:
            return False
        if self._box is not None:
            self._box.put(event)
        return True

    def cut(self, reason: str) -> None:
        """Break the connection, so that the stream is made anew."""
        client = self._client
        connection = (client.clients or {}).get(self._url()) if client is not None else None
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
        box = self._box = Mailbox()
        nursery = Nursery()
        try:
            await self._subscribe()
            nursery.start(self._hold(box), name=f"private stream of {self._account}")
            self.connections += 1
            yield OrderReport()
            while True:
                report = self._report(await box.take(), listed)
                if report is not None:
                    yield report
        finally:
            self._box = None
            await nursery.close()

    async def _subscribe(self) -> None:
        """Sign on; a clock that is off is corrected once."""
        try:
            await self._sign_on()
        except foreign_errors() as error:
            if answer(error).code != TIMESTAMP_REFUSED:
                raise self._lost(error) from error
            await self._reads.sync_clock()
            try:
                await self._sign_on()
            except foreign_errors() as again:
                raise self._lost(again) from again

    async def _sign_on(self) -> None:
        """Subscribe; a refusal leaves ccxt's connection unusable, so it is cut."""
        client = self._require_client()
        expected: tuple[type[Exception], ...] = (KeyError, *foreign_errors())
        try:
            await client.authenticate({"type": "spot"})
        except expected as error:
            # When the venue refuses, ccxt 4.5 stumbles over its own cleaning up: the
            # refusal is what the KeyError was raised from.
            refusal = error.__context__ if isinstance(error, KeyError) else error
            if refusal is None or not isinstance(refusal, foreign_errors()):
                raise
            connection = (client.clients or {}).get(self._url())
            if connection is not None:
                connection.on_error(refusal)
            raise refusal from None

    async def _hold(self, box: Mailbox[Message]) -> None:
        """Wait for the connection to end; nothing ever resolves this future."""
        client = self._require_client()
        try:
            await client.watch(self._url(), f"desk:{self._account}", None, "spot")
        except foreign_errors() as error:
            box.fail(self._lost(error))
        except asyncio.CancelledError:
            box.fail(FeedUnavailable(f"the private stream of {self._venue} was closed"))
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise

    def _url(self) -> str:
        return str(self._require_client().urls["api"]["ws"]["ws-api"]["spot"])

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
            if event["e"] == "outboundAccountPosition":
                return OrderReport(balances=private_wire.balances(event, self._account))
            instrument = listed.get(event["s"])
            if instrument is None:
                log.warning("%s reports an order of %s, unknown here", self._venue, event["s"])
                return None
            owner = self._reads.owner(instrument)
            return OrderReport(
                order=private_wire.report_order(event, owner),
                fill=private_wire.report_fill(event, owner),
            )
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
