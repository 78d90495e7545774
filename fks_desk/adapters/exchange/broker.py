"""Send the orders of one account, once each, whatever market it trades."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from fks_desk.adapters.exchange.errors import NO_SUCH_ORDER
from fks_desk.adapters.exchange.listing import wire_symbol
from fks_desk.adapters.exchange.reports import ReportStream
from fks_desk.adapters.exchange.sending import Sending
from fks_desk.adapters.exchange.signed import SignedReads
from fks_desk.adapters.exchange.wire import UNREADABLE, Message
from fks_desk.core.errors import DataError, OutcomeUnknown
from fks_desk.core.model import (
    ClientOrderId,
    Instrument,
    InstrumentId,
    OrderIntent,
    VenueOrderId,
)
from fks_desk.core.ports import OrderReport, VenueOrder

_PROOF = "orderId"


class ExchangeBroker:
    """Be a `Broker` over ccxt; an order request leaves exactly once."""

    def __init__(self, *, sending: Sending, reads: SignedReads, reports: ReportStream) -> None:
        self._sending = sending
        self._reads = reads
        self._words = reads.words
        self._reports = reports

    async def submit(self, intent: OrderIntent) -> VenueOrder:
        """Send the order, once."""
        what = f"the order {intent.client_id}"
        instrument = await self._sending.instrument(intent.instrument, what)
        request = self._words.form(intent, instrument)
        reply = await self._sending.place(self._words.place, request, what, _PROOF)
        return self._placed(reply, instrument, what)

    async def cancel(
        self,
        instrument: InstrumentId,
        client_id: ClientOrderId,
        venue_order_id: VenueOrderId | None,
    ) -> None:
        """Ask to take the order back; `OrderRefused` if the venue says it is gone."""
        what = f"the cancel of {client_id}"
        listed = await self._sending.instrument(instrument, what)
        request: dict[str, str] = {"symbol": wire_symbol(listed)}
        if venue_order_id is not None:
            request["orderId"] = venue_order_id
        else:
            request["origClientOrderId"] = client_id
        await self._sending.cancel(self._words.cancel, request, what, _PROOF)

    async def find_order(
        self, instrument: InstrumentId, client_id: ClientOrderId
    ) -> VenueOrder | None:
        """Return the order, or None if the venue says it knows none of this id."""
        listed = await self._reads.instrument(instrument)
        request = {"symbol": wire_symbol(listed), "origClientOrderId": client_id}
        try:
            row = await self._reads.ask(self._words.find, request, f"the order {client_id}")
        except DataError as error:
            if error.context.get("code") == NO_SUCH_ORDER:
                return None
            raise
        return self._reads.orders([row], listed)[0]

    def reports(self) -> AsyncIterator[OrderReport]:
        """Yield the private stream; yields an empty report when it is (re)connected."""
        return self._reports.stream()

    def _placed(self, reply: Message, instrument: Instrument, what: str) -> VenueOrder:
        try:
            (order,) = self._reads.orders([reply], instrument)
            fills = self._words.reply_fills(reply, self._reads.owner(instrument))
        except (DataError, *UNREADABLE) as error:
            raise OutcomeUnknown(f"{self._reads.venue} answered {what} unreadably") from error
        return replace(order, fills=fills)
