"""Send orders for perpetuals, once each, and read the margin account for reconciliation."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from fks_desk.adapters.exchange.errors import (
    NO_SUCH_ORDER,
    TIMESTAMP_REFUSED,
    Answer,
    cancel_error,
    order_error,
)
from fks_desk.adapters.exchange.futures import wire
from fks_desk.adapters.exchange.futures.stream import FuturesStream
from fks_desk.adapters.exchange.hosts import StrangeHost
from fks_desk.adapters.exchange.library import Client, answer, foreign_errors
from fks_desk.adapters.exchange.listing import wire_symbol
from fks_desk.adapters.exchange.order_form import plain, require_step
from fks_desk.adapters.exchange.signed import SignedReads
from fks_desk.adapters.exchange.wire import UNREADABLE, Message
from fks_desk.core.clock import to_ms
from fks_desk.core.errors import (
    DataError,
    FKSException,
    OrderRefused,
    OutcomeUnknown,
    RateLimitError,
)
from fks_desk.core.ledger import TransferKind
from fks_desk.core.margin import MarginLine, MarginPayment
from fks_desk.core.model import (
    Balance,
    ClientOrderId,
    Fill,
    Instrument,
    InstrumentId,
    MarginMode,
    OrderIntent,
    OrderKind,
    TimeInForce,
    VenueOrderId,
)
from fks_desk.core.ports import OrderReport, VenueOrder

log = logging.getLogger(__name__)

_PAGE = 1000
_INCOME = {TransferKind.FUNDING: "FUNDING_FEE", TransferKind.INSURANCE: "INSURANCE_CLEAR"}
_UNCHANGED = frozenset({-4046, -4059})  # "No need to change ..."
_REFUSED = range(-5999, -3999)  # USD-M's own refusals: filters, margin modes, order rules
_MORE_REFUSED = frozenset({-2018, -2019, -2020, -2021, -2022, -2024, -2025, -2027, -2028})


class FuturesBroker:
    """Be a `Broker` over ccxt's binanceusdm; an order request leaves exactly once."""

    def __init__(self, *, client: Client, reads: SignedReads, stream: FuturesStream) -> None:
        self._client = client
        self._reads = reads
        self._stream = stream

    async def submit(self, intent: OrderIntent) -> VenueOrder:
        """Send the order, once."""
        what = f"the order {intent.client_id}"
        instrument = await self._instrument(intent.instrument, what)
        request = order_request(intent, instrument)
        try:
            reply = await self._call("fapiPrivatePostOrder", request, what)
        except (RateLimitError, StrangeHost) as error:
            raise OrderRefused(f"{what} was not sent: {error.message}") from error
        except foreign_errors() as error:
            said = await self._heard(error)
            raise _order_error(said, self._reads.venue, what) from error
        return self._read(reply, instrument, what)

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
            await self._call("fapiPrivateDeleteOrder", request, what)
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
            row = await self._reads.ask("fapiPrivateGetOrder", request, f"the order {client_id}")
        except DataError as error:
            if error.context.get("code") == NO_SUCH_ORDER:
                return None
            raise
        return _orders([row], self._reads, listed)[0]

    def reports(self) -> AsyncIterator[OrderReport]:
        """Yield the private stream; yields an empty report when it is (re)connected."""
        return self._stream.stream()

    async def _instrument(self, wanted: InstrumentId, what: str) -> Instrument:
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
        said = answer(error)
        if said.code == TIMESTAMP_REFUSED:
            try:
                await self._reads.sync_clock()
            except FKSException as second:
                log.warning("the clock of %s cannot be read: %s", self._reads.venue, second)
        return said

    def _read(self, reply: Message, instrument: Instrument, what: str) -> VenueOrder:
        try:
            return _orders([reply], self._reads, instrument)[0]
        except DataError as error:
            raise OutcomeUnknown(f"{self._reads.venue} answered {what} unreadably") from error


class FuturesAccount:
    """Be an `AccountReader` and a `MarginReader` over ccxt's binanceusdm."""

    def __init__(self, *, client: Client, reads: SignedReads) -> None:
        self._client = client
        self._reads = reads

    async def open_orders(self) -> Sequence[VenueOrder]:
        """Return every open order."""
        listed = await self._reads.listed()
        found: list[VenueOrder] = []
        for row in await self._reads.rows("fapiPrivateGetOpenOrders", {}, "the open orders"):
            if (instrument := listed.get(str(row.get("symbol")))) is not None:
                found.extend(_orders([row], self._reads, instrument))
        return found

    async def recent_orders(
        self, instrument: InstrumentId, since: datetime
    ) -> Sequence[VenueOrder]:
        """Return orders of an instrument in any state, placed at or after since."""
        listed = await self._reads.instrument(instrument)
        names = ("orderId", "orderId")
        rows = await self._pages("fapiPrivateGetAllOrders", listed, since, names)
        return _orders(rows, self._reads, listed)

    async def fills(self, instrument: InstrumentId, since: datetime) -> Sequence[Fill]:
        """Return our fills of an instrument since the moment, oldest first."""
        listed = await self._reads.instrument(instrument)
        rows = await self._pages("fapiPrivateGetUserTrades", listed, since, ("id", "fromId"))
        owner, found = self._reads.owner(listed), []
        for row in rows:
            try:
                number = VenueOrderId(str(row["orderId"]))
                found.append(wire.fill(row, owner, await self._client_id(listed, number)))
            except UNREADABLE as error:
                raise DataError(f"{self._reads.venue} sent an unreadable fill: {error}") from error
        return found

    async def balances(self) -> Sequence[Balance]:
        """Return every wallet that is not empty."""
        rows = await self._reads.rows("fapiPrivateV2GetBalance", {}, "the balances")
        try:
            return wire.balances(rows, self._reads.account, self._reads.clock.now())
        except UNREADABLE as error:
            raise DataError(f"{self._reads.venue} sent unreadable balances: {error}") from error

    async def margins(self) -> Sequence[MarginLine]:
        """Return every perpetual's position and terms, flat ones included."""
        listed = await self._reads.listed()
        rows = await self._reads.rows("fapiPrivateV2GetPositionRisk", {}, "the positions")
        try:
            return [
                wire.margin_line(row, listed[row["symbol"]].id)
                for row in rows
                if row["symbol"] in listed
            ]
        except UNREADABLE as error:
            raise DataError(f"{self._reads.venue} sent unreadable positions: {error}") from error

    async def payments(self, kind: TransferKind, since: datetime) -> Sequence[MarginPayment]:
        """Return what was paid of a kind at or after the moment, oldest first."""
        listed, start = await self._reads.listed(), to_ms(since)
        found: dict[tuple[str, str], MarginPayment] = {}
        while True:
            request = {"incomeType": _INCOME[kind], "startTime": start, "limit": _PAGE}
            rows = await self._reads.rows("fapiPrivateGetIncome", request, f"the {kind}")
            try:
                # Pages overlap by the moment that the last one ended with.
                found |= {
                    (row["symbol"], str(row["tranId"])): wire.payment(
                        row, kind, listed[row["symbol"]].id
                    )
                    for row in rows
                    if row["symbol"] in listed
                }
            except UNREADABLE as error:
                raise DataError(f"{self._reads.venue} sent unreadable {kind}: {error}") from error
            if len(rows) < _PAGE:
                return wire.together(found.values())
            start = int(rows[-1]["time"])

    async def set_leverage(self, instrument: InstrumentId, leverage: int) -> None:
        """Trade a perpetual with another leverage; `OrderRefused` if the venue does not."""
        await self._set("fapiPrivatePostLeverage", instrument, {"leverage": leverage})

    async def set_margin_mode(self, instrument: InstrumentId, mode: MarginMode) -> None:
        """Back a perpetual's position alone or with the whole wallet."""
        word = "ISOLATED" if mode is MarginMode.ISOLATED else "CROSSED"
        await self._set("fapiPrivatePostMarginType", instrument, {"marginType": word})

    async def _set(self, method: str, wanted: InstrumentId, values: Mapping[str, Any]) -> None:
        instrument = await self._reads.instrument(wanted)
        what = f"the change of {instrument.symbol}"
        try:
            await getattr(self._client, method)({"symbol": wire_symbol(instrument), **values})
        except foreign_errors() as error:
            said = answer(error)
            if said.code not in _UNCHANGED:
                raise _order_error(said, self._reads.venue, what) from error

    async def _client_id(self, instrument: Instrument, number: VenueOrderId) -> ClientOrderId:
        known = self._reads.client_ids
        if number not in known:
            request = {"symbol": wire_symbol(instrument), "orderId": number}
            row = await self._reads.ask("fapiPrivateGetOrder", request, f"the order {number}")
            _orders([row], self._reads, instrument)
        return known[number]

    async def _pages(
        self, method: str, listed: Instrument, since: datetime, names: tuple[str, str]
    ) -> list[Message]:
        """Read all pages: the first by time, the next by the last row's number."""
        number, cursor = names
        found: list[Message] = []
        symbol, what = wire_symbol(listed), f"the account's {listed.symbol}"
        request: dict[str, Any] = {"symbol": symbol, "startTime": to_ms(since), "limit": _PAGE}
        while True:
            page = await self._reads.rows(method, request, what)
            found.extend(page)
            if len(page) < _PAGE:
                return found
            request = {"symbol": symbol, cursor: int(page[-1][number]) + 1, "limit": _PAGE}


def order_request(intent: OrderIntent, instrument: Instrument) -> dict[str, str]:
    """Return the parameters of a new order, or raise OrderRefused if a step does not fit."""
    if intent.kind not in {OrderKind.MARKET, OrderKind.LIMIT}:
        raise OrderRefused(f"an order of kind {intent.kind} is held by the desk, not sent")
    require_step(intent.size, instrument.snap_size(intent.size), "size", instrument.lot)
    request = {
        "symbol": wire_symbol(instrument),
        "side": intent.side.value.upper(),
        "type": intent.kind.value.upper(),
        "quantity": plain(intent.size, instrument.size_digits),
        "newClientOrderId": str(intent.client_id),
        "newOrderRespType": "RESULT",
    }
    if intent.limit_price is not None:
        price = intent.limit_price
        require_step(price, instrument.snap_price(price), "limit price", instrument.tick)
        is_gtd = intent.time_in_force is TimeInForce.GTD
        rests = TimeInForce.GTC.value if is_gtd else intent.time_in_force.value
        request["price"] = plain(price, instrument.price_digits)
        request["timeInForce"] = "GTX" if intent.terms.is_post_only else rests
    if intent.terms.is_reduce_only:
        request["reduceOnly"] = "true"
    return request


def _orders(
    rows: Sequence[Message], reads: SignedReads, instrument: Instrument
) -> list[VenueOrder]:
    owner = reads.owner(instrument)
    try:
        found = [wire.order(row, owner) for row in rows]
    except UNREADABLE as error:
        raise DataError(f"{reads.venue} sent an unreadable order: {error}") from error
    reads.client_ids.update((order.venue_order_id, order.client_id) for order in found)
    return found


def _order_error(said: Answer, venue: str, what: str) -> FKSException:
    code = said.code
    if code is not None and (code in _REFUSED or code in _MORE_REFUSED):
        return OrderRefused(f"{venue} refused {what}: {said.text} ({code})", code=code)
    return order_error(said, venue=venue, what=what)
