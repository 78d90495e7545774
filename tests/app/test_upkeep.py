"""Keep the database in order while a desk runs."""

from __future__ import annotations

from types import SimpleNamespace

from fks_desk.app.upkeep import open_care
from fks_desk.core.bus import Bus
from fks_desk.core.job import CancelToken, JobContext
from fks_desk.core.model import Timeframe
from fks_desk.core.storage_report import (
    CLEAN_UP_JOB,
    REFRESH_JOB,
    ROLL_UP_JOB,
    ForgetStoragePolicy,
    SaveStoragePolicy,
)
from tests.fakes.candles import StoredCandles, walk
from tests.fakes.rows import BTC, NOW, instrument


class Listing:
    def __init__(self):
        self.all = []

    async def load(self):
        self.all = [instrument()]


def care_of(candles):
    stores = SimpleNamespace(rollups=None, policies=None, storage=None, rolled=candles)
    return open_care(
        stores=stores,
        bus=Bus(),
        instruments=Listing(),
        watched=lambda: [(instrument(), Timeframe.M5, NOW)],
    )


async def test_a_refresh_asks_the_venue_again_and_reads_what_a_chart_shows_first():
    care = care_of(StoredCandles({(BTC, Timeframe.M5): walk(300)}))
    job = next(job for job in care.jobs() if job.name == REFRESH_JOB)
    said = []

    result = await job.run(
        JobContext(progress=lambda part, note: said.append(note), cancel=CancelToken()), {}
    )

    assert result == {"instruments": 1, "series": 1, "bars": 300}
    assert said == ["BTC/USDT 5m"]


def test_the_database_is_cared_for_on_a_schedule_and_by_command():
    care = care_of(StoredCandles())

    assert {job.name for job in care.jobs() if job.cron} == {
        CLEAN_UP_JOB,
        ROLL_UP_JOB,
        REFRESH_JOB,
    }
    assert care.handlers.keys() == {SaveStoragePolicy, ForgetStoragePolicy}
