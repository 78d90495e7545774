"""Follow a margin account's private stream by its listen key, which ccxt keeps alive."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any

from fks_desk.adapters.exchange.errors import read_error
from fks_desk.adapters.exchange.futures import wire
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

_MINE = frozenset({"ORDER_TRADE_UPDATE", "ACCOUNT_UPDATE"})
_ENDED = frozenset({"listenKeyExpired", "serverShutdown"})
_STEADY_S = 30.0
_KIND = "linear"


class FuturesStream:
    """Read executions and wallets from ccxt's connection to the private stream."""

    def __init__(self, *, reads: SignedReads, waits: Waits) -> None:
        self.malformed = 0
        self.connections = 0
        self._reads = reads
        self._waits = waits
        self._client: Client | None = None
        self._box: Mailbox[Message] | None = None

    def attach(self, client: Client) -> None:
        """Use this ccxt object, whose tap is `on_message`."""
        self._client = client

    def on_message(self, _connection: Any, message: Any) -> bool:
        """Take what tells of our account; return False for what ccxt should handle."""
        kind = message.get("e") if isinstance(message, dict) else None
        if kind in _ENDED and self._box is not None:
            self._box.fail(FeedUnavailable(f"{self._reads.venue} ended the stream: {kind}"))
            return True
        if kind not in _MINE:
            return False
        if self._box is not None:
            self._box.put(message)
        return True

    def cut(self, reason: str) -> None:
        """Break the connection, so that it is made anew."""
        if self._box is not None:
            self._box.fail(FeedUnavailable(f"the private stream was cut: {reason}"))

    async def stream(self) -> AsyncIterator[OrderReport]:
        """Yield reports; an empty one says that the stream is connected, or is again."""
        waits = iter(self._waits)
        while True:
            begun = self._reads.clock.monotonic()
            try:
                async for report in self._one_connection():
                    yield report
            except FKSException as error:
                if not error.retryable:
                    raise
                log.info("the private stream of %s is lost: %s", self._reads.account, error)
            if self._reads.clock.monotonic() - begun > _STEADY_S:
                waits = iter(self._waits)
            await asyncio.sleep(next(waits))

    async def _one_connection(self) -> AsyncIterator[OrderReport]:
        listed = await self._reads.listed()
        box: Mailbox[Message] = Mailbox()
        self._box = box
        nursery = Nursery()
        try:
            url = await self._sign_on()
            nursery.start(self._hold(url, box), name=f"private stream of {self._reads.account}")
            await self._connected(url)
            self.connections += 1
            yield OrderReport()
            while True:
                for report in self._reports(await box.take(), listed):
                    yield report
        finally:
            self._box = None
            await nursery.close()

    async def _sign_on(self) -> str:
        """Ask for a fresh key; ccxt renews it every 20 minutes from here on."""
        client = self._require_client()
        client.options[_KIND] = {}
        try:
            await client.authenticate({"type": _KIND})
        except foreign_errors() as error:
            raise self._lost(error) from error
        key = client.options[_KIND]["listenKey"]
        return str(client.get_private_ws_url(_KIND, key))

    async def _connected(self, url: str) -> None:
        client = self._require_client()
        try:
            await client.client(url).connected
        except foreign_errors() as error:
            raise self._lost(error) from error

    async def _hold(self, url: str, box: Mailbox[Message]) -> None:
        """Wait for the connection to end; nothing ever resolves this future."""
        try:
            # Subscribed under the kind's own name: by it ccxt knows that the key is in use.
            await self._require_client().watch(url, f"desk:{self._reads.account}", None, _KIND)
        except foreign_errors() as error:
            box.fail(self._lost(error))
        except asyncio.CancelledError:
            box.fail(FeedUnavailable(f"the private stream of {self._reads.venue} was closed"))
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise

    def _lost(self, error: Exception) -> FKSException:
        found = read_error(answer(error), venue=self._reads.venue, what="the private stream")
        if isinstance(found, ConfigError) or found.retryable:
            return found
        return FeedUnavailable(found.message)

    def _require_client(self) -> Client:
        if self._client is None:
            raise FeedUnavailable(f"the connection to {self._reads.venue} is not open")
        return self._client

    def _reports(self, event: Message, listed: Mapping[str, Instrument]) -> list[OrderReport]:
        try:
            if event["e"] == "ACCOUNT_UPDATE":
                wallets = wire.stream_balances(event, self._reads.account)
                return [OrderReport(balances=wallets)]
            told = event["o"]
            instrument = listed.get(told["s"])
            if instrument is None:
                log.warning("%s reports an order of %s, unknown", self._reads.venue, told["s"])
                return []
            owner = self._reads.owner(instrument)
            order, fill = wire.report_order(told, owner), wire.report_fill(told, owner)
            return [OrderReport(order=order, fill=fill)]
        except UNREADABLE:
            # Reconciliation finds what this report told; ending the stream would not help.
            self.malformed += 1
            log.exception("%s sent an unreadable report", self._reads.venue)
            return []
