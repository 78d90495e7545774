"""Send the orders of one account, once each, over a connection that nothing else uses."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from fks_desk.adapters.exchange import private_wire
from fks_desk.adapters.exchange.errors import (
    NO_SUCH_ORDER,
    TIMESTAMP_REFUSED,
    Answer,
    cancel_error,
    order_error,
)
from fks_desk.adapters.exchange.hosts import StrangeHost
from fks_desk.adapters.exchange.library import Client, answer, foreign_errors
from fks_desk.adapters.exchange.listing import wire_symbol
from fks_desk.adapters.exchange.order_form import order_request
from fks_desk.adapters.exchange.reports import ReportStream
from fks_desk.adapters.exchange.signed import SignedReads
from fks_desk.adapters.exchange.wire import UNREADABLE, Message
from fks_desk.core.errors import (
    DataError,
    FKSException,
    OrderRefused,
    OutcomeUnknown,
    RateLimitError,
)
from fks_desk.core.model import (
    ClientOrderId,
    Instrument,
    InstrumentId,
    OrderIntent,
    VenueOrderId,
)
from fks_desk.core.ports import OrderReport, VenueOrder

log = logging.getLogger(__name__)


class ExchangeBroker:
    """Be a `Broker` over ccxt.

    An order request leaves exactly once: neither ccxt nor the HTTP library
    repeats a POST, and nothing here does.
    """

    def __init__(self, *, client: Client, reads: SignedReads, reports: ReportStream) -> None:
        self._client = client
        self._reads = reads
        self._reports = reports

    async def submit(self, intent: OrderIntent) -> VenueOrder:
        """Send the order, once."""
        what = f"the order {intent.client_id}"
        instrument = await self._instrument(intent.instrument, what)
        request = order_request(intent, instrument)
        try:
            reply = await self._call("privatePostOrder", request, what)
        except (RateLimitError, StrangeHost) as error:
            # We kept it ourselves: nothing was sent.
            raise OrderRefused(f"{what} was not sent: {error.message}") from error
        except foreign_errors() as error:
            said = await self._heard(error)
            raise order_error(said, venue=self._reads.venue, what=what) from error
        return self._placed(reply, instrument, what)

    async def cancel(
        self,
        instrument: InstrumentId,
        client_id: ClientOrderId,
        venue_order_id: VenueOrderId | None,
    ) -> None:
        """Ask to take the order back; `OrderRefused` if the venue says it is gone."""
        what = f"the cancel of {client_id}"
        request = {"symbol": wire_symbol(await self._instrument(instrument, what))}
        if venue_order_id is not None:
            request["orderId"] = venue_order_id
        else:
            request["origClientOrderId"] = client_id
        try:
            await self._call("privateDeleteOrder", request, what)
        except foreign_errors() as error:
            said = await self._heard(error)
            raise cancel_error(said, venue=self._reads.venue, what=what) from error

    async def find_order(
        self, instrument: InstrumentId, client_id: ClientOrderId
    ) -> VenueOrder | None:
        """Return the order, or None if the venue says it knows none of this id."""
        listed = await self._reads.instrument(instrument)
        request = {"symbol": wire_symbol(listed), "origClientOrderId": client_id}
        try:
            row = await self._reads.ask("privateGetOrder", request, f"the order {client_id}")
        except DataError as error:
            if error.context.get("code") == NO_SUCH_ORDER:
                return None
            raise
        return self._reads.orders([row], listed)[0]

    def reports(self) -> AsyncIterator[OrderReport]:
        """Yield the private stream; yields an empty report when it is (re)connected."""
        return self._reports.stream()

    async def _instrument(self, wanted: InstrumentId, what: str) -> Instrument:
        """Return the instrument; without it nothing can be sent, which is a definite no."""
        try:
            return await self._reads.instrument(wanted)
        except FKSException as error:
            raise OrderRefused(f"{what} was not sent: {error.message}") from error

    async def _call(self, method: str, request: Mapping[str, Any], what: str) -> Message:
        reply = await getattr(self._client, method)(dict(request))
        if not isinstance(reply, dict) or "orderId" not in reply:
            raise OutcomeUnknown(
                f"{self._reads.venue} answered {what} unreadably", reply=str(reply)[:200]
            )
        return reply

    async def _heard(self, error: Exception) -> Answer:
        """Return what the venue said; a refused time stamp is mended for the next request."""
        said = answer(error)
        if said.code == TIMESTAMP_REFUSED:
            try:
                await self._reads.sync_clock()
            except FKSException as second:
                log.warning("the clock of %s cannot be read: %s", self._reads.venue, second)
        return said

    def _placed(self, reply: Message, instrument: Instrument, what: str) -> VenueOrder:
        try:
            (order,) = self._reads.orders([reply], instrument)
            fills = private_wire.reply_fills(reply, self._reads.owner(instrument))
        except (DataError, *UNREADABLE) as error:
            raise OutcomeUnknown(f"{self._reads.venue} answered {what} unreadably") from error
        return replace(order, fills=fills)
