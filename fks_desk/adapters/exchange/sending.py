"""Send what changes something, once, and say surely whether it was done."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from fks_desk.adapters.exchange.errors import (
    TIMESTAMP_REFUSED,
    Answer,
    cancel_error,
    order_error,
)
from fks_desk.adapters.exchange.hosts import StrangeHost
from fks_desk.adapters.exchange.library import Client, answer, foreign_errors
from fks_desk.adapters.exchange.signed import SignedReads
from fks_desk.adapters.exchange.wire import Message
from fks_desk.core.errors import FKSException, OrderRefused, OutcomeUnknown, RateLimitError
from fks_desk.core.model import Instrument, InstrumentId

log = logging.getLogger(__name__)


class Sending:
    """Send one account's requests over a connection that nothing else uses.

    A request leaves exactly once: neither ccxt nor the HTTP library repeats a POST,
    and nothing here does. A reply that lacks `proof` says nothing certain.
    """

    def __init__(self, *, client: Client, reads: SignedReads) -> None:
        self.venue = reads.venue
        self._client = client
        self._reads = reads

    async def instrument(self, wanted: InstrumentId, what: str) -> Instrument:
        """Return the instrument; without it nothing can be sent, which is a definite no."""
        try:
            return await self._reads.instrument(wanted)
        except FKSException as error:
            raise OrderRefused(f"{what} was not sent: {error.message}") from error

    async def place(
        self, method: str, request: Mapping[str, Any], what: str, proof: str = ""
    ) -> Message:
        """Send something new; `OrderRefused` is a definite no, `OutcomeUnknown` any doubt."""
        try:
            return await self.call(method, request, what, proof)
        except foreign_errors() as error:
            said = await self.heard(error)
            raise self.refusal(said, what) from error

    async def cancel(self, method: str, request: Mapping[str, Any], what: str, proof: str) -> None:
        """Ask to take something back; `OrderRefused` if the venue says that it is gone."""
        try:
            await self._request(method, request, what, proof)
        except foreign_errors() as error:
            said = await self.heard(error)
            raise cancel_error(said, venue=self.venue, what=what) from error

    async def call(
        self, method: str, request: Mapping[str, Any], what: str, proof: str = ""
    ) -> Message:
        """Send something new and leave what ccxt raises to the caller, who asks `heard`."""
        try:
            return await self._request(method, request, what, proof)
        except (RateLimitError, StrangeHost) as error:
            # We kept it ourselves: nothing was sent.
            raise OrderRefused(f"{what} was not sent: {error.message}") from error

    async def heard(self, error: Exception) -> Answer:
        """Return what the venue said; a refused time stamp is mended for the next request."""
        said = answer(error)
        if said.code == TIMESTAMP_REFUSED:
            try:
                await self._reads.sync_clock()
            except FKSException as second:
                log.warning("the clock of %s cannot be read: %s", self.venue, second)
        return said

    def refusal(self, said: Answer, what: str) -> FKSException:
        """Return the error for what the venue said to something new."""
        refusals = self._reads.words.refusals
        return order_error(said, venue=self.venue, what=what, refusals=refusals)

    async def _request(
        self, method: str, request: Mapping[str, Any], what: str, proof: str
    ) -> Message:
        reply = await getattr(self._client, method)(dict(request))
        if not isinstance(reply, dict) or (proof and proof not in reply):
            raise OutcomeUnknown(f"{self.venue} answered {what} unreadably", reply=str(reply)[:200])
        return reply
