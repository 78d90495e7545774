"""Send the orders of one account, once each, and read what the exchange holds of them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from fks_desk.adapters.exchange import private_wire
from fks_desk.adapters.exchange.errors import (
    NO_SUCH_ORDER,
    TIMESTAMP_REFUSED,
    order_error,
    read_error,
)
from fks_desk.adapters.exchange.library import Client, answer, foreign_errors
from fks_desk.adapters.exchange.listing import wire_symbol
from fks_desk.adapters.exchange.private_wire import Owner
from fks_desk.adapters.exchange.reports import ReportStream
from fks_desk.adapters.exchange.wire import UNREADABLE, Message
from fks_desk.core.clock import Clock, to_ms
from fks_desk.core.errors import (
    DataError,
    FeedUnavailable,
    FKSException,
    OrderRefused,
    OutcomeUnknown,
    RateLimitError,
)
from fks_desk.core.model import (
    AccountId,
    Balance,
    ClientOrderId,
    Fill,
    Instrument,
    InstrumentId,
    OrderIntent,
    VenueId,
    VenueOrderId,
)
from fks_desk.core.ports import OrderReport, VenueOrder

log = logging.getLogger(__name__)

_PAGE = 1000

LookUp = Callable[[], Awaitable[Mapping[str, Instrument]]]
SyncClock = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerParts:
    """Hold what a broker needs of its exchange.

    `listed` returns the instruments by the exchange's spelling; `sync_clock`
    measures the exchange's clock anew.
    """

    venue: VenueId
    account: AccountId
    clock: Clock
    client: Client
    listed: LookUp
    sync_clock: SyncClock


class ExchangeBroker:
    """Be `Broker` and `AccountReader` of one account over ccxt.

    An order request leaves exactly once: neither ccxt nor the HTTP library
    repeats a POST, and nothing here does.
    """

    def __init__(self, *, parts: BrokerParts, reports: ReportStream) -> None:
        self._parts = parts
        self._reports = reports
        self._client_ids: dict[VenueOrderId, ClientOrderId] = {}

    # --- Broker

    async def submit(self, intent: OrderIntent) -> VenueOrder:
        """Send the order, once."""
        instrument = await self._instrument(intent.instrument)
        request = order_request(intent, instrument)
        what = f"the order {intent.client_id}"
        reply = await self._order_call("privatePostOrder", request, what)
        try:
            return self._remember(private_wire.order(reply, self._owner(instrument)))
        except UNREADABLE as error:
            raise OutcomeUnknown(f"{self._parts.venue} answered {what} unreadably") from error

    async def cancel(
        self,
        instrument: InstrumentId,
        client_id: ClientOrderId,
        venue_order_id: VenueOrderId | None,
    ) -> None:
        """Ask to take the order back; `OrderRefused` if the venue says it is gone."""
        request = {"symbol": wire_symbol(await self._instrument(instrument))}
        if venue_order_id is not None:
            request["orderId"] = venue_order_id
        else:
            request["origClientOrderId"] = client_id
        await self._order_call("privateDeleteOrder", request, f"the cancel of {client_id}")

    async def find_order(
        self, instrument: InstrumentId, client_id: ClientOrderId
    ) -> VenueOrder | None:
        """Return the order, or None if the venue says it knows none of this id."""
        listed = await self._instrument(instrument)
        request = {"symbol": wire_symbol(listed), "origClientOrderId": client_id}
        try:
            row = await self._read("privateGetOrder", request, f"the order {client_id}")
        except DataError as error:
            if error.context.get("code") == NO_SUCH_ORDER:
                return None
            raise
        return self._orders([row], listed)[0]

    def reports(self) -> AsyncIterator[OrderReport]:
        """Yield the private stream; yields an empty report when it is (re)connected."""
        return self._reports.stream()

    # --- AccountReader

    async def open_orders(self) -> Sequence[VenueOrder]:
        """Return every open order."""
        listed = await self._parts.listed()
        rows = await self._read("privateGetOpenOrders", {}, "the open orders")
        found = []
        for row in _rows(rows, "the open orders"):
            if (instrument := listed.get(str(row.get("symbol")))) is not None:
                found.extend(self._orders([row], instrument))
        return found

    async def recent_orders(
        self, instrument: InstrumentId, since: datetime
    ) -> Sequence[VenueOrder]:
        """Return orders of an instrument in any state, placed at or after since."""
        listed = await self._instrument(instrument)
        rows = await self._pages("privateGetAllOrders", listed, since, "orderId", "the orders")
        return self._orders(rows, listed)

    async def fills(self, instrument: InstrumentId, since: datetime) -> Sequence[Fill]:
        """Return our fills of an instrument since the moment, oldest first."""
        listed = await self._instrument(instrument)
        rows = await self._pages("privateGetMyTrades", listed, since, "id", "the fills")
        owner, found = self._owner(listed), []
        for row in rows:
            client_id = await self._client_id(listed, VenueOrderId(str(row["orderId"])))
            try:
                found.append(private_wire.fill(row, owner, client_id))
            except UNREADABLE as error:
                raise DataError(f"{self._parts.venue} sent an unreadable fill: {error}") from error
        return found

    async def balances(self) -> Sequence[Balance]:
        """Return every balance that is not zero."""
        told = await self._read("privateGetAccount", {}, "the balances")
        try:
            return private_wire.account_balances(told, self._parts.account, self._parts.clock.now())
        except UNREADABLE as error:
            raise DataError(f"{self._parts.venue} sent unreadable balances: {error}") from error

    # --- helpers

    async def _order_call(self, method: str, request: Mapping[str, Any], what: str) -> Message:
        venue = self._parts.venue
        try:
            reply = await getattr(self._parts.client, method)(dict(request))
        except RateLimitError as error:
            # Our own gate kept it: nothing was sent.
            raise OrderRefused(f"{what} was not sent: {error.message}") from error
        except foreign_errors() as error:
            said = answer(error)
            if said.code == TIMESTAMP_REFUSED:
                await self._sync_clock_quietly()
            raise order_error(said, venue=venue, what=what) from error
        if not isinstance(reply, dict) or "orderId" not in reply:
            raise OutcomeUnknown(f"{venue} answered {what} unreadably", reply=str(reply)[:200])
        return reply

    async def _read(self, method: str, request: Mapping[str, Any], what: str) -> Any:
        try:
            return await self._read_once(method, request)
        except foreign_errors() as error:
            if answer(error).code != TIMESTAMP_REFUSED:
                raise self._read_error(error, what) from error
        await self._parts.sync_clock()
        try:
            return await self._read_once(method, request)
        except foreign_errors() as error:
            raise self._read_error(error, what) from error

    async def _read_once(self, method: str, request: Mapping[str, Any]) -> Any:
        return await getattr(self._parts.client, method)(dict(request))

    def _read_error(self, error: Exception, what: str) -> FKSException:
        return read_error(answer(error), venue=self._parts.venue, what=what)

    async def _sync_clock_quietly(self) -> None:
        try:
            await self._parts.sync_clock()
        except FKSException as error:
            log.warning("the clock of %s cannot be read: %s", self._parts.venue, error)

    async def _pages(
        self, method: str, listed: Instrument, since: datetime, key: str, what: str
    ) -> list[Message]:
        """Read all pages: the first by time, the next by the last row's number."""
        symbol, found = wire_symbol(listed), []
        cursor = "orderId" if key == "orderId" else "fromId"
        request: dict[str, Any] = {"symbol": symbol, "startTime": to_ms(since), "limit": _PAGE}
        while True:
            page = _rows(await self._read(method, request, what), what)
            found.extend(page)
            if len(page) < _PAGE:
                return found
            request = {"symbol": symbol, cursor: int(page[-1][key]) + 1, "limit": _PAGE}

    def _orders(self, rows: Sequence[Message], listed: Instrument) -> list[VenueOrder]:
        owner = self._owner(listed)
        try:
            return [self._remember(private_wire.order(row, owner)) for row in rows]
        except UNREADABLE as error:
            raise DataError(f"{self._parts.venue} sent an unreadable order: {error}") from error

    def _remember(self, order: VenueOrder) -> VenueOrder:
        self._client_ids[order.venue_order_id] = order.client_id
        return order

    async def _client_id(self, listed: Instrument, number: VenueOrderId) -> ClientOrderId:
        if number not in self._client_ids:
            request = {"symbol": wire_symbol(listed), "orderId": number}
            row = await self._read("privateGetOrder", request, f"the order {number}")
            self._orders([row], listed)
        return self._client_ids[number]

    def _owner(self, listed: Instrument) -> Owner:
        return Owner(
            account=self._parts.account,
            instrument=listed.id,
            ts_init=self._parts.clock.now(),
        )

    async def _instrument(self, wanted: InstrumentId) -> Instrument:
        for listed in (await self._parts.listed()).values():
            if listed.id == wanted:
                return listed
        raise OrderRefused(f"{self._parts.venue} does not list {wanted}")


def order_request(intent: OrderIntent, instrument: Instrument) -> dict[str, str]:
    """Return the parameters of a new order, or raise OrderRefused if a step does not fit."""
    _require_step(intent.size, instrument.snap_size(intent.size), "size", instrument.lot)
    request = {
        "symbol": wire_symbol(instrument),
        "side": intent.side.value.upper(),
        "type": intent.kind.value.upper(),
        "quantity": plain(intent.size, instrument.size_digits),
        "newClientOrderId": str(intent.client_id),
        "newOrderRespType": "FULL",
    }
    if intent.limit_price is not None:
        price = intent.limit_price
        _require_step(price, instrument.snap_price(price), "limit price", instrument.tick)
        request["price"] = plain(price, instrument.price_digits)
        request["timeInForce"] = intent.time_in_force.value
    return request


def plain(number: Decimal, places: int) -> str:
    """Write a number without an exponent and with so many digits after the point."""
    return f"{number:.{places}f}"


def _require_step(given: Decimal, snapped: Decimal, name: str, step: Decimal) -> None:
    if given != snapped:
        raise OrderRefused(f"the {name} must be a multiple of {step}, was {given}")


def _rows(answered: Any, what: str) -> list[Message]:
    if not isinstance(answered, list):
        raise FeedUnavailable(f"the venue's answer about {what} is not a list")
    return answered
