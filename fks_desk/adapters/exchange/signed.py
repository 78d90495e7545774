"""Ask signed questions that change nothing, and put a wrong clock right on the way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fks_desk.adapters.exchange.errors import TIMESTAMP_REFUSED, read_error
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
            found = [self.words.read_order(row, owner) for row in rows]
        except UNREADABLE as error:
            raise DataError(f"{self.venue} sent an unreadable order: {error}") from error
        self.client_ids.update((order.venue_order_id, order.client_id) for order in found)
        return found

    async def client_id(self, instrument: Instrument, number: VenueOrderId) -> ClientOrderId:
        """Return our id of an order that is known by the venue's number."""
        if number not in self.client_ids:
            request = {"symbol": wire_symbol(instrument), "orderId": number}
            row = await self.ask(self.words.find, request, f"the order {number}")
            self.orders([row], instrument)
        return self.client_ids[number]

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
