"""Ask a venue for its list again when it refuses an order: its rules may have changed."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from fks_desk.core.clock import Clock
from fks_desk.core.errors import FKSException
from fks_desk.core.messages import OrderMoved
from fks_desk.core.model import OrderState, VenueId
from fks_desk.core.nursery import Nursery

log = logging.getLogger(__name__)

AT_MOST_EVERY_S = 60.0

Relist = Callable[[VenueId], Awaitable[None]]


class Relisting:
    """Follow refusals; a venue that refuses one order after another is asked once a minute."""

    def __init__(self, *, relist: Relist, clock: Clock) -> None:
        self._relist = relist
        self._clock = clock
        self._asked_at: dict[VenueId, float] = {}
        self._nursery = Nursery()

    def on_order_moved(self, event: OrderMoved) -> None:
        """Ask for the list of the venue that refused the order."""
        if event.order.state is not OrderState.REJECTED:
            return
        venue = VenueId(event.order.intent.instrument.partition(":")[0])
        now = self._clock.monotonic()
        if now - self._asked_at.get(venue, float("-inf")) < AT_MOST_EVERY_S:
            return
        self._asked_at[venue] = now
        self._nursery.start(self._ask(venue), name=f"list {venue} again")

    async def close(self) -> None:
        """Ask for nothing more."""
        await self._nursery.close()

    async def _ask(self, venue: VenueId) -> None:
        try:
            await self._relist(venue)
        except FKSException as error:
            log.info("%s refused an order and did not tell its list: %s", venue, error)
