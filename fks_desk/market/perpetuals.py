"""Store what perpetuals cost to hold, once a minute each."""

from __future__ import annotations

import asyncio
import logging

from fks_desk.core.errors import FKSException
from fks_desk.core.model import InstrumentId
from fks_desk.core.nursery import Nursery
from fks_desk.core.perpetuals import PerpetualMoved, PerpetualState, PerpetualStore

log = logging.getLogger(__name__)

_EVERY_S = 60.0


class PerpetualRecorder:
    """Keep the newest state of each perpetual and write them now and then."""

    def __init__(self, store: PerpetualStore, *, every_s: float = _EVERY_S) -> None:
        self._store = store
        self._every_s = every_s
        self._newest: dict[InstrumentId, PerpetualState] = {}
        self._nursery = Nursery()

    def start(self) -> None:
        """Begin to write in the background."""
        self._nursery.start(self._run(), name="record perpetuals")

    def on_perpetual_moved(self, event: PerpetualMoved) -> None:
        """Take a state."""
        self._newest[event.state.instrument] = event.state

    async def close(self) -> None:
        """Stop, after one last try to store what waits."""
        await self._nursery.close()
        await self.flush()

    async def flush(self) -> None:
        """Write the newest state of each; what cannot be written waits for the next turn."""
        waiting, self._newest = self._newest, {}
        for instrument, state in waiting.items():
            try:
                await self._store.record_perpetual(state)
            except FKSException as error:
                log.warning("the funding of %s is not stored yet: %s", instrument, error)
                self._newest.setdefault(instrument, state)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            await self.flush()
