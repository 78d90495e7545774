"""The market room's job repairs everything that is watched and reports it."""

from __future__ import annotations

from fks_desk.core.job import CancelToken, JobContext, Queue
from fks_desk.core.model import Timeframe, VenueId
from fks_desk.market.backfill import Backfill
from fks_desk.market.jobs import download_jobs, market_jobs, recording_jobs
from tests.fakes.market import CandleTable, FakeHistory, a_candle, an_instrument


def job(history: FakeHistory, watched):
    table = CandleTable()
    backfill = Backfill(
        sources={VenueId("demo"): history},
        reader=table,
        writer=table,
        publish=lambda _event: None,
        depth=10,
    )
    (only,) = market_jobs(backfill=backfill, watched=lambda: watched)
    return only


async def test_rows_and_gaps_are_reported_per_series():
    history = FakeHistory([a_candle(n) for n in range(10) if n != 4])
    watched = [(an_instrument(), Timeframe.M1, a_candle(10).opened)]
    only, progress = job(history, watched), []
    context = JobContext(
        progress=lambda fraction, note: progress.append((fraction, note)), cancel=CancelToken()
    )
    result = await only.run(context, {})

    assert (only.name, only.queue) == ("update_market_data", Queue.DEFAULT)
    assert (result["rows"], result["gaps"]) == (9, 1)
    assert result["series"][0]["series"] == "BTC/USDT 1m"
    assert progress == [(0.0, "BTC/USDT 1m")]


async def test_a_cancelled_update_stops_between_two_series():
    watched = [(an_instrument(), Timeframe.M1, a_candle(10).opened)] * 3
    cancel = CancelToken()
    only = job(FakeHistory(), watched)
    result = await only.run(JobContext(progress=lambda *_told: cancel.cancel(), cancel=cancel), {})

    assert len(result["series"]) == 1


async def test_the_hourly_job_queues_what_keeps_up():
    class Kept:
        async def update(self):
            return 3

    (job,) = download_jobs(Kept())

    context = JobContext(progress=lambda *_told: None, cancel=CancelToken())
    assert await job.run(context, {}) == {"queued": 3}
    assert job.cron == "7 * * * *"


async def test_the_hourly_clean_up_says_how_many_recordings_went():
    class Kept:
        async def clean(self):
            return 2

    (job,) = recording_jobs(Kept())

    context = JobContext(progress=lambda *_told: None, cancel=CancelToken())
    assert await job.run(context, {}) == {"removed": 2}
