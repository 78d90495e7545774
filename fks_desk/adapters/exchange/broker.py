"""Send the orders of one account, once each, whatever market it trades."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

from fks_desk.adapters.exchange.listing import wire_symbol
from fks_desk.adapters.exchange.reports import ReportStream
from fks_desk.adapters.exchange.sending import Sending
from fks_desk.adapters.exchange.signed import SignedReads
from fks_desk.adapters.exchange.wire import UNREADABLE, Message
from fks_desk.adapters.exchange.words import ConditionalWords
from fks_desk.core.errors import DataError, OrderRefused, OutcomeUnknown
from fks_desk.core.model import (
    ClientOrderId,
    Instrument,
    InstrumentId,
    OrderIntent,
    VenueOrderId,
)
from fks_desk.core.ports import OrderReport, VenueOrder

_PROOF, _WAITING_PROOF = "orderId", "algoId"


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
        words = self._words.conditional
        if words is not None and intent.kind in words.kinds:
            return await self._submit_waiting(words, intent, instrument, what)
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
        plain = {"origClientOrderId": str(client_id)}
        if venue_order_id is not None:
            plain = {"orderId": str(venue_order_id)}
        words = self._words.conditional
        number = (
            None if words is None or venue_order_id is None else words.number_in(venue_order_id)
        )
        if words is None or (venue_order_id is not None and number is None):
            await self._cancel_plain(plain, listed, what)
            return
        named = {"clientAlgoId": str(client_id)} if number is None else {"algoId": number}
        try:
            await self._sending.cancel(words.cancel, named, what, _WAITING_PROOF)
        except OrderRefused:
            # It is not waiting: it may be a plain order, or have become one.
            born = None
            if number is not None:
                born = await self._reads.find_waiting(client_id, listed)
                if not isinstance(born, str):
                    raise
            named = plain if born is None else {"orderId": str(born)}
            await self._cancel_plain(named, listed, what)

    async def find_order(
        self, instrument: InstrumentId, client_id: ClientOrderId
    ) -> VenueOrder | None:
        """Return the order, or None if the venue says it knows none of this id."""
        listed = await self._reads.instrument(instrument)
        found = await self._reads.find({"origClientOrderId": client_id}, listed)
        if found is not None:
            return found
        waiting = await self._reads.find_waiting(client_id, listed)
        if isinstance(waiting, str):
            return await self._reads.find({"orderId": waiting}, listed)
        return waiting

    def reports(self) -> AsyncIterator[OrderReport]:
        """Yield the private stream; yields an empty report when it is (re)connected."""
        return self._reports.stream()

    async def _submit_waiting(
        self, words: ConditionalWords, intent: OrderIntent, instrument: Instrument, what: str
    ) -> VenueOrder:
        request = words.form(intent, instrument)
        reply = await self._sending.place(words.place, request, what, _WAITING_PROOF)
        try:
            order = words.read_order(reply, self._reads.owner(instrument))
        except UNREADABLE as error:
            raise OutcomeUnknown(f"{self._reads.venue} answered {what} unreadably") from error
        self._reads.births.note(reply, order)
        return order

    async def _cancel_plain(
        self, named: Mapping[str, str], instrument: Instrument, what: str
    ) -> None:
        request = {"symbol": wire_symbol(instrument), **named}
        await self._sending.cancel(self._words.cancel, request, what, _PROOF)

    def _placed(self, reply: Message, instrument: Instrument, what: str) -> VenueOrder:
        try:
            (order,) = self._reads.orders([reply], instrument)
            fills = self._words.reply_fills(reply, self._reads.owner(instrument))
        except (DataError, *UNREADABLE) as error:
            raise OutcomeUnknown(f"{self._reads.venue} answered {what} unreadably") from error
        return replace(order, fills=fills)
