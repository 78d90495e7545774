"""Notice that the built-in exchange has died, and start it again where it was."""

from __future__ import annotations

import asyncio
import logging

from fks_desk.app.venue_child import VenueChild
from fks_desk.core.errors import FKSException
from fks_desk.core.messages import HealthMoved, HealthState, NoticeRaised, Severity
from fks_desk.core.ports import Publish
from fks_desk.resilience.retry import Waits

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0


class VenueGuard:
    """Look after one venue for as long as `run` is not cancelled.

    It comes back on the same port with the same ledger, so the clients connect anew
    by themselves and the account is compared as after any lost connection.
    """

    def __init__(
        self, *, child: VenueChild, publish: Publish, look_every_s: float = LOOK_EVERY_S
    ) -> None:
        self._child = child
        self._publish = publish
        self._look_every_s = look_every_s

    async def run(self) -> None:
        """Look now and then, and mend."""
        while True:
            await asyncio.sleep(self._look_every_s)
            if not await asyncio.to_thread(self._child.is_alive):
                await self._mend()

    async def _mend(self) -> None:
        log.error("the exchange's process has ended; it is started again")
        self._tell(HealthState.BAD, "the exchange has ended", "It is being started again.")
        for wait in Waits(first_s=1.0, longest_s=30.0):
            try:
                await self._child.revive()
            except (FKSException, OSError) as error:
                # A full disk or no free process passes too: nobody else would try again.
                log.warning("the exchange does not start: %s", error)
                self._tell(HealthState.BAD, str(error), "It is tried again.")
            else:
                break
            await asyncio.sleep(wait)
        self._tell(HealthState.GOOD, "started again after it had ended")
        text = "The exchange had ended and was started again; the account is compared with it."
        self._publish(NoticeRaised(severity=Severity.WARNING, text=text, topic="feed"))

    def _tell(self, state: HealthState, detail: str, next_step: str = "") -> None:
        self._publish(HealthMoved(part="feed", state=state, detail=detail, next_step=next_step))
