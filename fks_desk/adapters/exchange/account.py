"""Read one account at its exchange, page by page, for reconciliation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from fks_desk.adapters.exchange import private_wire
from fks_desk.adapters.exchange.listing import wire_symbol
from fks_desk.adapters.exchange.signed import SignedReads
from fks_desk.adapters.exchange.wire import UNREADABLE, Message
from fks_desk.core.clock import to_ms
from fks_desk.core.errors import DataError
from fks_desk.core.model import Balance, Fill, Instrument, InstrumentId, VenueOrderId
from fks_desk.core.ports import VenueOrder

_PAGE = 1000


class AccountOrders:
    """Read the orders and executions of an account, whatever market it trades."""

    def __init__(self, *, reads: SignedReads) -> None:
        self._reads = reads
        self._words = reads.words

    async def open_orders(self) -> Sequence[VenueOrder]:
        """Return every open order."""
        listed = await self._reads.listed()
        found: list[VenueOrder] = []
        words = self._words.conditional
        if words is not None:
            # Asked first: one that is woken in between is in both answers, not in none.
            for row in await self._reads.rows(words.open_orders, {}, "the waiting orders"):
                if (instrument := listed.get(str(row.get("symbol")))) is not None:
                    found.extend(self._reads.waiting([row], instrument))
        for row in await self._reads.rows(self._words.open_orders, {}, "the open orders"):
            if (instrument := listed.get(str(row.get("symbol")))) is not None:
                found.extend(await self._reads.learned([row], instrument))
        return _newest(found)

    async def recent_orders(
        self, instrument: InstrumentId, since: datetime
    ) -> Sequence[VenueOrder]:
        """Return orders of an instrument in any state, placed at or after since."""
        listed = await self._reads.instrument(instrument)
        found: list[VenueOrder] = []
        if (words := self._words.conditional) is not None:
            names = ("algoId", "algoId")
            rows = await self._pages(words.all_orders, listed, since, names)
            found.extend(self._reads.waiting(rows, listed))
        rows = await self._pages(self._words.all_orders, listed, since, ("orderId", "orderId"))
        return _newest([*found, *await self._reads.learned(rows, listed)])

    async def fills(self, instrument: InstrumentId, since: datetime) -> Sequence[Fill]:
        """Return our fills of an instrument since the moment, oldest first."""
        listed = await self._reads.instrument(instrument)
        rows = await self._pages(self._words.fills, listed, since, ("id", "fromId"))
        owner, found = self._reads.owner(listed), []
        for row in rows:
            try:
                number = VenueOrderId(str(row["orderId"]))
                client_id = await self._reads.client_id(listed, number)
                fill = self._words.read_fill(row, owner, client_id)
                found.append(self._reads.births.fill(fill))
            except UNREADABLE as error:
                raise DataError(f"{self._reads.venue} sent an unreadable fill: {error}") from error
        return found

    async def _pages(
        self, method: str, listed: Instrument, since: datetime, names: tuple[str, str]
    ) -> list[Message]:
        """Read all pages: the first by time, the next by the last row's number.

        `names` are the row's number and the parameter that continues from it.
        """
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


def _newest(orders: Iterable[VenueOrder]) -> list[VenueOrder]:
    """Return one word about each order, the last one said."""
    return list({order.client_id: order for order in orders}.values())


class ExchangeAccount(AccountOrders):
    """Be an `AccountReader` over ccxt."""

    async def balances(self) -> Sequence[Balance]:
        """Return every balance that is not zero."""
        told = await self._reads.ask("privateGetAccount", {}, "the balances")
        try:
            return private_wire.account_balances(told, self._reads.account, self._reads.clock.now())
        except UNREADABLE as error:
            raise DataError(f"{self._reads.venue} sent unreadable balances: {error}") from error
