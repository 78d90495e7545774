"""Notice that the embedded database has died, and start it again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from fks_desk.adapters.storage.embedded import EmbeddedServer
from fks_desk.core.errors import FKSException
from fks_desk.core.messages import HealthMoved, HealthState, NoticeRaised, Severity
from fks_desk.core.ports import Publish
from fks_desk.resilience.retry import Waits

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5


class DatabaseGuard:
    """Look after one embedded server for as long as `run` is not cancelled.

    The pools connect anew by themselves; what could not be written meanwhile
    waits in its own room. A server that cannot start is tried again and again,
    because a full disk may be cleared while the desk stays open.
    """

    def __init__(
        self, *, server: EmbeddedServer, publish: Publish, look_every_s: float = LOOK_EVERY_S
    ) -> None:
        self._server = server
        self._publish = publish
        self._look_every_s = look_every_s

    async def run(self) -> None:
        """Look now and then, and mend."""
        while True:
            await asyncio.sleep(self._look_every_s)
            # The process alone: a server that recovers by itself is left in peace.
            if not await asyncio.to_thread(self._server.has_process):
                await self._mend()

    async def _mend(self) -> None:
        log.error("the embedded database has ended; it is started again")
        self._tell(HealthState.BAD, "the database has ended", "It is being started again.")
        for wait in Waits(first_s=1.0, longest_s=30.0):
            try:
                await _to_its_end(self._server.start)
            except (FKSException, OSError) as error:
                # A full disk or no free process passes too: nobody else would try again.
                log.warning("the embedded database does not start: %s", error)
                self._tell(HealthState.BAD, str(error), "It is tried again.")
            else:
                break
            await asyncio.sleep(wait)
        self._tell(HealthState.GOOD, "started again after it had ended")
        text = "The database had ended and was started again; nothing committed is lost."
        if not self._server.has_reserve:
            text += " Its disk is nearly full: free some space now."
        self._publish(NoticeRaised(severity=Severity.WARNING, text=text, topic="storage"))

    def _tell(self, state: HealthState, detail: str, next_step: str = "") -> None:
        self._publish(HealthMoved(part="database", state=state, detail=detail, next_step=next_step))


async def _to_its_end(start: Callable[[], object]) -> None:
    """Block a thread; a caller that is cancelled goes only when the thread is done."""
    running = asyncio.get_running_loop().run_in_executor(None, start)
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        # Whoever closes the desk stops the server next: it must not come up behind them.
        await asyncio.wait({running})
        raise
