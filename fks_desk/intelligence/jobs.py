"""Offer the intelligence room's background work to the task queue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fks_desk.core.job import Arguments, Job, JobContext, Queue, RetryPolicy
from fks_desk.intelligence.ingest import Ingest


def intelligence_jobs(*, ingest: Ingest) -> list[Job]:
    """Return the jobs."""

    async def run(context: JobContext, _arguments: Arguments) -> Mapping[str, Any]:
        return await ingest_documents(context, ingest)

    return [
        Job(
            name="ingest_documents",
            title="Update the assistant's documents",
            queue=Queue.LOW,
            run=run,
            retry=RetryPolicy(tries=3, wait_s=10.0),
            cron="5 * * * *",
        )
    ]


async def ingest_documents(context: JobContext, ingest: Ingest) -> Mapping[str, Any]:
    """Read everything new, fill gaps and summarise markets; return the counts."""
    steps = {
        "journal": ingest.catch_up,
        "gaps": ingest.fill_gaps,
        "summaries": ingest.summarise,
    }
    result: dict[str, int] = {}
    for done, (name, step) in enumerate(steps.items()):
        if context.cancel.is_cancelled:
            break
        context.progress(done / len(steps), name)
        result[name] = await step()
    return result
