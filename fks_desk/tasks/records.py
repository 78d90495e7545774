"""Keep one row per task run: state, progress, result and error, for the tasks pane."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, LiteralString, Protocol

from fks_desk.core.messages import TaskRecord, TaskState

SCHEMA_SQL: LiteralString = """
CREATE TABLE IF NOT EXISTS runs (
    task bigint PRIMARY KEY,
    job text NOT NULL,
    queue text NOT NULL,
    arguments jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL,
    attempts int NOT NULL DEFAULT 0,
    desk text NOT NULL,
    queued timestamptz NOT NULL DEFAULT clock_timestamp(),
    started timestamptz,
    ended timestamptz,
    progress double precision NOT NULL DEFAULT 0,
    note text NOT NULL DEFAULT '',
    result jsonb NOT NULL DEFAULT '{}',
    error text NOT NULL DEFAULT ''
)
"""


class Connection(Protocol):
    """Run SQL where the queue lives; procrastinate's connector does."""

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        """Run a statement."""
        ...

    async def execute_query_all_async(
        self, query: LiteralString, **arguments: Any
    ) -> list[dict[str, Any]]:
        """Return every row."""
        ...


class Records:
    """Write and read task runs."""

    def __init__(self, connection: Connection, desk: str) -> None:
        self._connection = connection
        self._desk = desk

    async def prepare(self) -> None:
        """Make the table if it is not there."""
        await self._connection.execute_query_async(SCHEMA_SQL)

    async def queued(self, task: int, job: str, queue: str, arguments: Mapping[str, Any]) -> None:
        """Note a task that waits; a row that is further already stays."""
        await self._connection.execute_query_async(
            "INSERT INTO runs (task, job, queue, arguments, state, desk) "
            "VALUES (%(task)s, %(job)s, %(queue)s, %(arguments)s::jsonb, 'waiting', %(desk)s) "
            "ON CONFLICT (task) DO NOTHING",
            task=task, job=job, queue=queue, arguments=json.dumps(dict(arguments)),
            desk=self._desk,
        )  # fmt: skip

    async def started(self, task: int, job: str, queue: str, attempts: int) -> TaskRecord:
        """Note that a task runs; a scheduled one gets its row here."""
        return await self._one(
            "INSERT INTO runs (task, job, queue, state, attempts, desk, started) "
            "VALUES (%(task)s, %(job)s, %(queue)s, 'running', %(attempts)s, %(desk)s, "
            "clock_timestamp()) ON CONFLICT (task) DO UPDATE SET state = 'running', "
            "attempts = %(attempts)s, desk = %(desk)s, started = clock_timestamp(), "
            "ended = NULL, progress = 0, note = '', error = '' "
            "RETURNING *",
            task=task, job=job, queue=queue, attempts=attempts, desk=self._desk,
        )  # fmt: skip

    async def moved(self, task: int, progress: float, note: str) -> TaskRecord:
        """Note how far a task got."""
        return await self._one(
            "UPDATE runs SET progress = %(progress)s, note = %(note)s WHERE task = %(task)s "
            "RETURNING *",
            task=task, progress=progress, note=note,
        )  # fmt: skip

    async def ended(
        self, task: int, state: TaskState, result: Mapping[str, Any], error: str
    ) -> TaskRecord:
        """Note how a task ended."""
        return await self._one(
            "UPDATE runs SET state = %(state)s, ended = clock_timestamp(), "
            "progress = CASE WHEN %(state)s = 'done' THEN 1 ELSE progress END, "
            "result = %(result)s::jsonb, error = %(error)s WHERE task = %(task)s "
            "RETURNING *",
            task=task, state=state.value, result=json.dumps(dict(result), default=str),
            error=error,
        )  # fmt: skip

    async def abandon(self) -> Sequence[int]:
        """Fail what an earlier process of this desk left running, and return those tasks."""
        rows = await self._connection.execute_query_all_async(
            "UPDATE runs SET state = 'failed', ended = clock_timestamp(), "
            "error = 'the desk ended while this task ran; retry it' "
            "WHERE state = 'running' AND desk = %(desk)s RETURNING task",
            desk=self._desk,
        )
        return [int(row["task"]) for row in rows]

    async def newest(self, limit: int) -> Sequence[TaskRecord]:
        """Return the newest tasks first."""
        rows = await self._connection.execute_query_all_async(
            "SELECT * FROM runs ORDER BY task DESC LIMIT %(limit)s", limit=limit
        )
        return [_record(row) for row in rows]

    async def last_by_job(self) -> Mapping[str, TaskRecord]:
        """Return the newest task of each job."""
        rows = await self._connection.execute_query_all_async(
            "SELECT DISTINCT ON (job) * FROM runs ORDER BY job, task DESC"
        )
        return {str(row["job"]): _record(row) for row in rows}

    async def _one(self, query: LiteralString, **arguments: Any) -> TaskRecord:
        rows = await self._connection.execute_query_all_async(query, **arguments)
        return _record(rows[0])


def _record(row: Mapping[str, Any]) -> TaskRecord:
    return TaskRecord(
        task=row["task"],
        job=row["job"],
        queue=row["queue"],
        state=TaskState(row["state"]),
        attempts=row["attempts"],
        queued=row["queued"],
        started=row["started"],
        ended=row["ended"],
        progress=row["progress"],
        note=row["note"],
        result=row["result"],
        error=row["error"],
    )
