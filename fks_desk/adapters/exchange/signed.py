"""Ask signed questions that change nothing, and put a wrong clock right on the way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fks_desk.adapters.exchange.births import Births
from fks_desk.adapters.exchange.errors import NO_SUCH_ORDER, TIMESTAMP_REFUSED, read_error
from fks_desk.adapters.exchange.library import Client, answer, foreign_errors
from fks_desk.adapters.exchange.listing import wire_symbol
from fks_desk.adapters.exchange.private_wire import Owner
from fks_desk.adapters.exchange.wire import UNREADABLE, Message
from fks_desk.adapters.exchange.words import OrderWords
from fks_desk.core.clock import Clock
from fks_desk.core.errors import DataError, FeedUnavailable, FKSException
from fks_desk.core.model import (
    AccountId,
    ClientOrderId,
    Instrument,
    InstrumentId,
    VenueId,
    VenueOrderId,
)
from fks_desk.core.ports import VenueOrder


class SignedReads:
    """Read what an exchange holds of one account.

    `listed` returns the instruments by the exchange's spelling; `sync_clock`
    measures the exchange's clock anew.
    """

    def __init__(
        self,
        *,
        venue: VenueId,
        account: AccountId,
        clock: Clock,
        client: Client,
        words: OrderWords,
        listed: Callable[[], Awaitable[Mapping[str, Instrument]]],
        sync_clock: Callable[[], Awaitable[object]],
    ) -> None:
        self.venue = venue
        self.account = account
        self.clock = clock
        self.words = words
        self.listed = listed
        self.sync_clock = sync_clock
        self._client = client
        self.client_ids: dict[VenueOrderId, ClientOrderId] = {}
        self.births = Births(words.conditional)

    async def ask(self, method: str, request: Mapping[str, Any], what: str) -> Any:
        """Call one of ccxt's raw endpoints; a refused time stamp is mended and tried once more."""
        try:
            return await self._call(method, request)
        except foreign_errors() as error:
            if answer(error).code != TIMESTAMP_REFUSED:
                raise self._error(error, what) from error
        await self.sync_clock()
        try:
            return await self._call(method, request)
        except foreign_errors() as error:
            raise self._error(error, what) from error

    async def rows(self, method: str, request: Mapping[str, Any], what: str) -> list[Message]:
        """Ask for a list."""
        answered = await self.ask(method, request, what)
        if not isinstance(answered, list):
            raise FeedUnavailable(f"{self.venue} did not answer {what} with a list")
        return answered

    def orders(self, rows: Sequence[Message], instrument: Instrument) -> list[VenueOrder]:
        """Read orders of one instrument, and remember their ids for the fills."""
        owner = self.owner(instrument)
        try:
            read = [self.words.read_order(row, owner) for row in rows]
        except UNREADABLE as error:
            raise DataError(f"{self.venue} sent an unreadable order: {error}") from error
        found = [self.births.named(order) for order in read]
        numbers = [order.venue_order_id for order in read]
        self.client_ids.update(zip(numbers, (order.client_id for order in found), strict=True))
        return found

    def waiting(self, rows: Sequence[Message], instrument: Instrument) -> list[VenueOrder]:
        """Read conditional orders of one instrument; those that became orders are noted only."""
        words = self.words.conditional
        if words is None:
            return []
        owner = self.owner(instrument)
        try:
            read = [(row, words.read_order(row, owner)) for row in rows]
        except UNREADABLE as error:
            raise DataError(f"{self.venue} sent an unreadable order: {error}") from error
        return [order for row, order in read if self.births.note(row, order) is None]

    async def learned(self, rows: Sequence[Message], instrument: Instrument) -> list[VenueOrder]:
        """Read orders, and ask about each that was a conditional one nobody remembers."""
        found = self.orders(rows, instrument)
        unknown = [
            order.client_id
            for row, order in zip(rows, found, strict=True)
            if self.births.is_unknown(row, order.venue_order_id, order.client_id)
        ]
        for client_id in unknown:
            await self.find_waiting(client_id, instrument)
        return self.orders(rows, instrument) if unknown else found

    async def find(self, named: Mapping[str, str], instrument: Instrument) -> VenueOrder | None:
        """Return a plain order that an id names, or None if the venue knows none."""
        row = await self._row(self.words.find, {"symbol": wire_symbol(instrument), **named})
        return None if row is None else (await self.learned([row], instrument))[0]

    async def find_waiting(
        self, client_id: ClientOrderId, instrument: Instrument
    ) -> VenueOrder | VenueOrderId | None:
        """Return a conditional order of this id, the number it goes by now, or None."""
        words = self.words.conditional
        row = None if words is None else await self._row(words.find, {"clientAlgoId": client_id})
        if words is None or row is None:
            return None
        waiting = self.waiting([row], instrument)
        return waiting[0] if waiting else VenueOrderId(words.born_of(row) or "")

    async def client_id(self, instrument: Instrument, number: VenueOrderId) -> ClientOrderId:
        """Return our id of an order that is known by the venue's number."""
        if (
            number not in self.client_ids
            and await self.find({"orderId": number}, instrument) is None
        ):
            raise DataError(f"{self.venue} does not know the order {number} of its own execution")
        return self.client_ids[number]

    async def _row(self, method: str, named: Mapping[str, str]) -> Message | None:
        try:
            row: Message = await self.ask(method, named, f"the order {', '.join(named.values())}")
        except DataError as error:
            if error.context.get("code") == NO_SUCH_ORDER:
                return None
            raise
        return row

    async def instrument(self, wanted: InstrumentId) -> Instrument:
        """Return a listed instrument, or raise `DataError`."""
        for listed in (await self.listed()).values():
            if listed.id == wanted:
                return listed
        raise DataError(f"{self.venue} does not list {wanted}")

    def owner(self, instrument: Instrument) -> Owner:
        """Say whose message arrives now."""
        return Owner(account=self.account, instrument=instrument.id, ts_init=self.clock.now())

    async def _call(self, method: str, request: Mapping[str, Any]) -> Any:
        return await getattr(self._client, method)(dict(request))

    def _error(self, error: Exception, what: str) -> FKSException:
        return read_error(answer(error), venue=self.venue, what=what)
