"""Run jobs from three queues on PostgreSQL, on a schedule or on demand."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import procrastinate
from croniter import croniter
from procrastinate import exceptions, jobs
from procrastinate.job_context import JobContext as RunContext

from fks_desk.core.clock import Clock
from fks_desk.core.errors import FKSException, TaskError
from fks_desk.core.job import CancelToken, Job, JobContext, Queue
from fks_desk.core.messages import (
    CancelTask,
    RetryTask,
    StartTask,
    TaskMoved,
    TaskRecord,
    TaskState,
)
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import Publish, ScheduleEntry
from fks_desk.tasks.records import Records
from fks_desk.tasks.schema import HAS_TABLES, MAKE_SCHEMA, SEARCH_PATH

log = logging.getLogger(__name__)

PROGRESS_EVERY_S = 0.2
CLOSE_WAIT_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOptions:
    """Say how many tasks of each queue may run at once."""

    slots: Mapping[Queue, int] = field(
        default_factory=lambda: {Queue.HIGH: 4, Queue.DEFAULT: 2, Queue.LOW: 1}
    )
    poll_s: float = 5.0


class TaskBoard:
    """Own the queue: workers, schedule, records, cancel and retry.

    `conninfo` is a libpq URL; the queue lives in a schema of its own there.
    `desk` names this data folder, so that a restart can tell its own left-overs
    from the tasks of other machines.
    """

    def __init__(
        self,
        *,
        conninfo: str,
        desk: str,
        jobs: Sequence[Job],
        clock: Clock,
        publish: Publish,
        options: TaskOptions | None = None,
    ) -> None:
        self._jobs = {job.name: job for job in jobs}
        self._clock = clock
        self._publish = publish
        self._options = options or TaskOptions()
        self._connector = procrastinate.PsycopgConnector(
            conninfo=conninfo,
            kwargs={"options": SEARCH_PATH},
            min_size=1,
            max_size=6,
        )
        self._app = procrastinate.App(connector=self._connector)
        self._records = Records(self._connector, desk)
        self._nursery = Nursery()
        self._tokens: dict[int, CancelToken] = {}
        self._running: dict[int, asyncio.Task[Any]] = {}
        for job in jobs:
            self._register(job)

    async def open(self) -> None:
        """Prepare the schema, clear up after an earlier process and start the workers."""
        await self._app.open_async()
        await self._prepare_schema()
        await self._records.prepare()
        await self._clear_left_overs()
        for queue, slots in self._options.slots.items():
            self._nursery.start(self._work(queue, slots), name=f"worker {queue}")

    async def close(self) -> None:
        """Ask running tasks to stop, end the workers and let the connections go."""
        running = list(self._running.values())
        for token in self._tokens.values():
            token.cancel()
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=CLOSE_WAIT_S)
        await self._nursery.close(timeout_s=2 * CLOSE_WAIT_S)
        await self._app.close_async()

    async def start(self, command: StartTask) -> int:
        """Queue a job and return its task number, or raise `TaskError`."""
        job = self._jobs.get(command.job)
        if job is None:
            raise TaskError(f"there is no job {command.job!r}; there are {', '.join(self._jobs)}")
        try:
            task = await self._app.configure_task(
                job.name, queueing_lock=_lock(command)
            ).defer_async(**command.arguments)
        except exceptions.AlreadyEnqueued:
            raise TaskError(f"{job.title} is waiting in its queue already") from None
        await self._records.queued(task, job.name, job.queue.value, command.arguments)
        await self._tell(task)
        return task

    async def cancel(self, command: CancelTask) -> None:
        """Stop a task that waits or runs."""
        if token := self._tokens.get(command.task):
            token.cancel()
        known = await self._app.job_manager.cancel_job_by_id_async(command.task, abort=True)
        if not known:
            raise TaskError(f"task {command.task} is over already")
        if command.task not in self._tokens:
            record = await self._records.ended(command.task, TaskState.CANCELED, {}, "")
            self._publish(TaskMoved(record=record))

    async def retry(self, command: RetryTask) -> int:
        """Queue the same work again and return its new task number."""
        rows = await self._connector.execute_query_all_async(
            "SELECT job, arguments FROM runs WHERE task = %(task)s", task=command.task
        )
        if not rows:
            raise TaskError(f"there is no task {command.task}")
        return await self.start(StartTask(job=rows[0]["job"], arguments=rows[0]["arguments"]))

    async def tasks(self, limit: int = 200) -> Sequence[TaskRecord]:
        """Return the newest tasks first."""
        return await self._records.newest(limit)

    async def schedule(self) -> Sequence[ScheduleEntry]:
        """Return every job with its schedule, next run and last task."""
        last = await self._records.last_by_job()
        return [
            ScheduleEntry(
                job=job.name,
                title=job.title,
                queue=job.queue.value,
                cron=job.cron or "",
                next_run=next_run(job.cron, self._clock.now()),
                last=last.get(job.name),
            )
            for job in self._jobs.values()
        ]

    def _register(self, job: Job) -> None:
        retry = (
            procrastinate.RetryStrategy(
                max_attempts=job.retry.tries, exponential_wait=max(1, int(job.retry.wait_s))
            )
            if job.retry.tries > 1
            else False
        )
        task = self._app.task(name=job.name, queue=job.queue.value, retry=retry, pass_context=True)(
            self._runner(job)
        )
        if job.cron:
            self._app.periodic(cron=job.cron)(task)

    def _runner(self, job: Job) -> Callable[..., Coroutine[Any, Any, None]]:
        async def run(context: RunContext, **arguments: Any) -> None:
            arguments.pop("timestamp", None)  # the slot a scheduled run was made for
            await self._run(job, context, arguments)

        return run

    async def _run(self, job: Job, context: RunContext, arguments: Mapping[str, Any]) -> None:
        task = int(context.job.id or 0)
        record = await self._records.started(
            task, job.name, job.queue.value, context.job.attempts + 1
        )
        self._publish(TaskMoved(record=record))
        state, error = TaskState.FAILED, ""
        result: Mapping[str, Any] = {}
        try:
            with self._watched(task) as token:
                result = await self._attempt(job, task, token, arguments)
            state = TaskState.CANCELED if token.is_cancelled else TaskState.DONE
        except asyncio.CancelledError:
            state = TaskState.CANCELED
            raise
        except FKSException as failure:
            error = failure.message
            raise
        except Exception:
            error = traceback.format_exc()
            raise
        finally:
            ended = await asyncio.shield(self._records.ended(task, state, result, error))
            self._publish(TaskMoved(record=ended))

    async def _attempt(
        self, job: Job, task: int, token: CancelToken, arguments: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        progress = _Progress(self._records, self._publish, self._nursery, self._clock, task)
        try:
            async with asyncio.timeout(job.deadline_s):
                return await job.run(JobContext(progress=progress, cancel=token), arguments)
        except TimeoutError:
            raise TaskError(
                f"{job.title} took longer than its {job.deadline_s:.0f} s and was stopped"
            ) from None

    @contextmanager
    def _watched(self, task: int) -> Iterator[CancelToken]:
        token = self._tokens[task] = CancelToken()
        if current := asyncio.current_task():
            self._running[task] = current
        try:
            yield token
        finally:
            del self._tokens[task]
            self._running.pop(task, None)

    async def _work(self, queue: Queue, slots: int) -> None:
        await self._app.run_worker_async(
            queues=[queue.value],
            name=f"desk-{queue.value}",
            concurrency=slots,
            install_signal_handlers=False,
            listen_notify=True,
            fetch_job_polling_interval=self._options.poll_s,
            shutdown_graceful_timeout=CLOSE_WAIT_S / 2,
            delete_jobs="never",
        )

    async def _prepare_schema(self) -> None:
        await self._connector.execute_query_async(MAKE_SCHEMA)
        rows = await self._connector.execute_query_all_async(HAS_TABLES)
        if not rows[0]["there"]:
            await self._app.schema_manager.apply_schema_async()

    async def _clear_left_overs(self) -> None:
        # One process per data folder: whatever this desk left running is dead. It
        # is failed, not rerun: a person decides about work that was cut short.
        abandoned = await self._records.abandon()
        held = await self._connector.execute_query_all_async(
            "SELECT id FROM procrastinate_jobs WHERE id = ANY(%(tasks)s) AND status = 'doing'",
            tasks=list(abandoned),
        )
        for row in held:
            log.warning("task %d was running when the desk ended", row["id"])
            await self._app.job_manager.finish_job_by_id_async(
                job_id=row["id"], status=jobs.Status.FAILED, delete_job=False
            )

    async def _tell(self, task: int) -> None:
        for record in await self._records.newest(20):
            if record.task == task:
                self._publish(TaskMoved(record=record))


class _Progress:
    """Keep a running task's progress line, at most a few writes a second."""

    def __init__(
        self, records: Records, publish: Publish, nursery: Nursery, clock: Clock, task: int
    ) -> None:
        self._records = records
        self._publish = publish
        self._nursery = nursery
        self._clock = clock
        self._task = task
        self._due = 0.0

    def __call__(self, fraction: float, note: str) -> None:
        """Note a fraction from 0 to 1 and a sentence; too frequent calls are skipped."""
        now = self._clock.monotonic()
        if now < self._due:
            return
        self._due = now + PROGRESS_EVERY_S
        self._nursery.start(self._write(fraction, note), name=f"progress of task {self._task}")

    async def _write(self, fraction: float, note: str) -> None:
        record = await self._records.moved(self._task, min(1.0, max(0.0, fraction)), note)
        if record.state is TaskState.RUNNING:
            self._publish(TaskMoved(record=record))


def next_run(cron: str | None, after: datetime) -> datetime | None:
    """Return the next moment of a five-field UTC schedule, or None without one."""
    if not cron:
        return None
    moment: datetime = croniter(cron, after).get_next(datetime)
    return moment.astimezone(UTC)


def _lock(command: StartTask) -> str:
    # The same work waits in its queue once, however often the key is pressed.
    named = sorted(f"{key}={value}" for key, value in command.arguments.items())
    return " ".join([command.job, *named])
