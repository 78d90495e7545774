"""Join what keeps the database small and the first look quick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fks_desk.adapters.storage.stores import Stores
from fks_desk.adapters.storage.upkeep import Upkeep
from fks_desk.app.routes import Handler
from fks_desk.core.bus import Bus
from fks_desk.core.job import Arguments, Job, JobContext, Queue
from fks_desk.core.messages import Command
from fks_desk.core.storage_report import REFRESH_JOB, ForgetStoragePolicy, SaveStoragePolicy
from fks_desk.market.instruments import Instruments
from fks_desk.market.jobs import Watched

BARS_AT_FIRST_LOOK = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseCare:
    """Hold the database's own work and what warms it."""

    upkeep: Upkeep
    stores: Stores
    instruments: Instruments
    watched: Watched

    def jobs(self) -> list[Job]:
        """Return the background work on the database."""
        refresh = Job(
            name=REFRESH_JOB,
            title="Refresh what is kept at hand",
            queue=Queue.LOW,
            run=self.refresh,
            cron="20 */6 * * *",
        )
        return [*self.upkeep.jobs(), refresh]

    @property
    def handlers(self) -> Mapping[type[Command], Handler]:
        """Return which command leads where."""
        return {SaveStoragePolicy: self.upkeep.save, ForgetStoragePolicy: self.upkeep.forget}

    async def refresh(self, context: JobContext, _arguments: Arguments) -> Mapping[str, Any]:
        """Ask the venues for their lists again and read what a chart would show first."""
        await self.instruments.load()
        watched = self.watched()
        bars = 0
        for done, (instrument, timeframe, _moment) in enumerate(watched):
            if context.cancel.is_cancelled:
                break
            context.progress(done / len(watched), f"{instrument.symbol} {timeframe.value}")
            bars += len(
                await self.stores.rolled.latest(instrument.id, timeframe, BARS_AT_FIRST_LOOK)
            )
        return {"instruments": len(self.instruments.all), "series": len(watched), "bars": bars}


def open_care(
    *, stores: Stores, bus: Bus, instruments: Instruments, watched: Watched
) -> DatabaseCare:
    """Return the work that belongs to the stores."""
    upkeep = Upkeep(
        rollups=stores.rollups,
        policies=stores.policies,
        reader=stores.storage,
        publish=bus.publish,
    )
    return DatabaseCare(upkeep=upkeep, stores=stores, instruments=instruments, watched=watched)
