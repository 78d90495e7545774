"""Offer the market room's background work to the task queue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from fks_desk.core.downloads import UPDATE_JOB
from fks_desk.core.job import Arguments, Job, JobContext, Queue, RetryPolicy
from fks_desk.core.model import Instrument, Timeframe
from fks_desk.core.recordings import CLEAN_RECORDINGS_JOB
from fks_desk.market.backfill import Backfill
from fks_desk.market.downloads import Downloads
from fks_desk.market.recordings import Recordings

Watched = Callable[[], Sequence[tuple[Instrument, Timeframe, datetime]]]


def market_jobs(*, backfill: Backfill, watched: Watched) -> list[Job]:
    """Return the jobs; `watched` names what to update and each market's time."""

    async def update(context: JobContext, _arguments: Arguments) -> Mapping[str, Any]:
        return await update_market_data(context, backfill=backfill, watched=watched())

    return [
        Job(
            name="update_market_data",
            title="Update market data",
            queue=Queue.DEFAULT,
            run=update,
            retry=RetryPolicy(tries=3, wait_s=10.0),
            cron="*/15 * * * *",
        )
    ]


def download_jobs(downloads: Downloads) -> list[Job]:
    """Return the job that fetches again what is to keep up."""

    async def update(_context: JobContext, _arguments: Arguments) -> Mapping[str, Any]:
        return {"queued": await downloads.update()}

    return [
        Job(
            name=UPDATE_JOB,
            title="Update downloaded series",
            queue=Queue.LOW,
            run=update,
            cron="7 * * * *",
        )
    ]


def recording_jobs(recordings: Recordings) -> list[Job]:
    """Return the job that removes recordings older than their recorder keeps."""

    async def clean(_context: JobContext, _arguments: Arguments) -> Mapping[str, Any]:
        return {"removed": await recordings.clean()}

    return [
        Job(
            name=CLEAN_RECORDINGS_JOB,
            title="Remove old recordings",
            queue=Queue.LOW,
            run=clean,
            cron="23 * * * *",
        )
    ]


async def update_market_data(
    context: JobContext,
    *,
    backfill: Backfill,
    watched: Sequence[tuple[Instrument, Timeframe, datetime]],
) -> Mapping[str, Any]:
    """Repair the candles of everything watched; return rows and remaining gaps of each."""
    result: dict[str, Any] = {"rows": 0, "gaps": 0, "series": []}
    for done, (instrument, timeframe, moment) in enumerate(watched):
        if context.cancel.is_cancelled:
            break
        name = f"{instrument.symbol} {timeframe.value}"
        context.progress(done / len(watched), name)
        repair = await backfill.repair(instrument, timeframe, moment)
        result["rows"] += repair.rows
        result["gaps"] += len(repair.gaps)
        result["series"].append(
            {"series": name, "rows": repair.rows, "gaps": [str(span) for span in repair.gaps]}
        )
    return result
