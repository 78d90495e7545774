"""Start the embedded server again when it ends under the desk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from fks_desk.adapters.storage.embedded import EmbeddedServer
from fks_desk.core.errors import FKSException

log = logging.getLogger(__name__)

LONGEST_WAIT_S = 30.0


class ServerKeeper:
    """Look at the server every second and bring it back; run it in a nursery.

    `on_change` is told whether the server runs and, if not, the sentence why.
    """

    def __init__(
        self,
        *,
        server: EmbeddedServer,
        on_change: Callable[[bool, str], None],
        every_s: float = 1.0,
    ) -> None:
        self._server = server
        self._on_change = on_change
        self._every_s = every_s
        self._is_up = True

    async def run(self) -> None:
        """Keep the server running until cancelled."""
        wait = self._every_s
        while True:
            await asyncio.sleep(wait)
            status = await asyncio.to_thread(self._server.status)
            if status.is_running:
                self._tell(is_up=True, why="")
                wait = self._every_s
                continue
            if self._is_up:
                log.warning("the embedded database has ended; it is started again")
            self._tell(is_up=False, why="the database ended and is started again")
            try:
                await asyncio.to_thread(self._server.start)
            except FKSException as error:
                log.warning("the embedded database does not start: %s", error)
                self._tell(is_up=False, why=error.message)
                wait = min(wait * 2, LONGEST_WAIT_S)
            else:
                log.info("the embedded database runs again")
                self._tell(is_up=True, why="")
                wait = self._every_s

    def _tell(self, *, is_up: bool, why: str) -> None:
        if is_up and self._is_up:
            return
        self._is_up = is_up
        self._on_change(is_up, why)
