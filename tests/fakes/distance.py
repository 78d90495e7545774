"""Stand between desk and fake venue as a real network does: late, lossy, and never taking back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from fks_desk.core.errors import OrderRefused, OutcomeUnknown, RateLimitError
from fks_desk.core.failpoints import reach
from fks_desk.core.model import (
    ClientOrderId,
    InstrumentId,
    Order,
    OrderIntent,
    VenueOrderId,
)
from fks_desk.core.native import Abilities, Replaced
from fks_desk.core.ports import VenueOrder
from tests.fakes.trading import FakeVenue, FakeWire, LedgerOrder


@dataclass(slots=True, kw_only=True)
class DistantVenue(FakeVenue):
    """Be a venue some way off, which may ban and whose lists may lag behind its engine."""

    distance_s: float = 0.0
    banned_until: float = 0.0
    lags_s: float = 0.0
    # What each request that raises exposure found the desk's state to be.
    on_request: Callable[[OrderIntent], None] = field(default=lambda intent: None)

    def place(self, intent: OrderIntent) -> LedgerOrder:
        """Take an order; the lists name it once they have caught up."""
        order = FakeVenue.place(self, intent)
        if self.lags_s > 0:
            order.hidden_from_queries = True
            asyncio.get_running_loop().call_later(self.lags_s, _show, order)
        return order


def _show(order: LedgerOrder) -> None:
    order.hidden_from_queries = False


class DistantWire(FakeWire):
    """Carry requests that arrive although nobody waits for their answer any more."""

    venue: DistantVenue

    async def submit(self, intent: OrderIntent) -> VenueOrder:
        """Send an order, once."""
        await self._leave(intent)
        fault = self.venue.faults.popleft() if self.venue.faults else ""
        if fault == "refused":
            raise OrderRefused("filter failure: NOTIONAL")
        order = await self._arrive(lambda: self.venue.place(intent), is_lost=fault == "lost before")
        reach("order.sent_before_ack")
        return await self._answer(order, fault)

    async def cancel(
        self,
        instrument: InstrumentId,
        client_id: ClientOrderId,
        venue_order_id: VenueOrderId | None,
    ) -> None:
        """Ask to take an order back."""
        await self._pass()
        fault = self.venue.cancel_faults.popleft() if self.venue.cancel_faults else ""
        await self._arrive(lambda: self.venue.cancel(client_id), is_lost=fault == "lost before")
        await self._way()
        if fault == "lost after":
            raise OutcomeUnknown("504 Gateway Timeout")

    async def _leave(self, intent: OrderIntent) -> None:
        """Let a request out unless our own gate knows of a ban."""
        # Judged here, where the desk has let go of it; a turn later it may know more.
        self.venue.on_request(intent)
        try:
            await self._pass()
        except RateLimitError as error:
            raise OrderRefused(f"{intent.client_id} was not sent: {error.message}") from error
        self.venue.posts.append(intent.client_id)

    async def _arrive(
        self, deed: Callable[[], LedgerOrder | None], *, is_lost: bool
    ) -> LedgerOrder:
        """Let the venue act after the way there, whatever becomes of the one who asked."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[LedgerOrder | None] = loop.create_future()
        if not is_lost:
            loop.call_later(self.venue.distance_s, _act, deed, done)
        elif self.venue.distance_s < 1:
            raise OutcomeUnknown("the connection was reset")
        return await done

    async def _answer(self, order: LedgerOrder, fault: str) -> VenueOrder:
        said = self.venue.word(order)
        if fault == "late":
            await self._forever()
        await self._way()
        if fault == "lost after":
            raise OutcomeUnknown("502 Bad Gateway")
        return said

    async def _way(self) -> None:
        await asyncio.sleep(self.venue.distance_s)
        if not self.is_alive:
            await self._forever()

    async def _pass(self, *, reachable: bool = False) -> None:
        await super()._pass(reachable=reachable)
        if not reachable and self.venue.clock.monotonic() < self.venue.banned_until:
            raise RateLimitError("the venue wants to be left alone")


class DistantNative:
    """Be `NativeOrders` of a venue that replaces an order in one request."""

    abilities = Abilities(has_replace=True)

    def __init__(self, wire: DistantWire) -> None:
        self._wire = wire

    async def submit_pair(self, target: OrderIntent, stop: OrderIntent) -> list[VenueOrder]:
        raise AssertionError("this venue has no pairs")

    async def replace(self, old: Order, intent: OrderIntent) -> Replaced:
        """Take an order back and, only if that was done, place the other."""
        wire, venue = self._wire, self._wire.venue
        await wire._leave(intent)
        fault = venue.faults.popleft() if venue.faults else ""
        halves: list[Replaced] = []

        def act() -> None:
            halves.append(_replaced(venue, old, intent, is_whole=fault != "refused half"))

        await wire._arrive(act, is_lost=fault == "lost before")
        reach("order.sent_before_ack")
        if fault == "late":
            await wire._forever()
        await wire._way()
        if fault == "lost after":
            raise OutcomeUnknown("502 Bad Gateway")
        return halves[0]


def _replaced(venue: DistantVenue, old: Order, intent: OrderIntent, *, is_whole: bool) -> Replaced:
    try:
        venue.cancel(old.client_id)
    except OrderRefused as error:
        return Replaced(old=None, new=None, reason=error.message)
    gone = venue.newest(old.client_id)
    assert gone is not None
    try:
        if not is_whole:
            raise OrderRefused("filter failure: NOTIONAL")
        new = venue.place(intent)
    except OrderRefused as error:
        return Replaced(old=venue.word(gone), new=None, reason=error.message)
    return Replaced(old=venue.word(gone), new=venue.word(new))


def _act(deed: Callable[[], LedgerOrder | None], done: asyncio.Future[LedgerOrder | None]) -> None:
    try:
        answer = deed()
    except OrderRefused as error:
        if not done.done():
            done.set_exception(error)
        return
    if not done.done():
        done.set_result(answer)
