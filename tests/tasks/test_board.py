"""The board runs jobs from queues, keeps their history, and recovers after a crash."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from fks_desk.core.clock import SystemClock
from fks_desk.core.errors import DataError, TaskError
from fks_desk.core.job import Job, Queue, RetryPolicy
from fks_desk.core.messages import (
    CancelTask,
    Event,
    RetryTask,
    StartTask,
    TaskMoved,
    TaskRecord,
    TaskState,
)
from fks_desk.tasks.board import TaskBoard, TaskOptions, next_run

pytestmark = pytest.mark.db


def job(run, name="count", queue=Queue.DEFAULT, **kwargs) -> Job:
    return Job(name=name, title=name.title(), queue=queue, run=run, **kwargs)


@asynccontextmanager
async def board(url: str, *jobs: Job, told: list[Event] | None = None) -> AsyncIterator[TaskBoard]:
    opened = TaskBoard(
        conninfo=url,
        desk="desk-1",
        jobs=jobs,
        clock=SystemClock(),
        publish=(told if told is not None else []).append,
        options=TaskOptions(poll_s=0.2),
    )
    await opened.open()
    try:
        yield opened
    finally:
        await opened.close()


async def until(opened: TaskBoard, task: int, wanted: Callable[[TaskRecord], bool]) -> TaskRecord:
    async with asyncio.timeout(60):
        while True:
            for record in await opened.tasks():
                if record.task == task and wanted(record):
                    return record
            await asyncio.sleep(0.05)


def is_over(record: TaskRecord) -> bool:
    return record.state not in {TaskState.WAITING, TaskState.RUNNING}


async def test_a_started_job_runs_with_its_arguments_and_keeps_its_result(database_url):
    async def double(_context, arguments):
        return {"doubled": arguments["number"] * 2}

    told: list[Event] = []
    async with board(database_url, job(double), told=told) as opened:
        task = await opened.start(StartTask(job="count", arguments={"number": 21}))
        record = await until(opened, task, is_over)

    assert (record.state, record.result, record.attempts) == (TaskState.DONE, {"doubled": 42}, 1)
    states = [event.record.state for event in told if isinstance(event, TaskMoved)]
    assert states[0] is TaskState.WAITING
    assert states[-1] is TaskState.DONE


@pytest.mark.allow_warnings
async def test_an_expected_failure_keeps_its_sentence(database_url):
    async def fail(_context, _arguments):
        raise DataError("no candles of BTC/USDT are stored")

    async with board(database_url, job(fail)) as opened:
        record = await until(opened, await opened.start(StartTask(job="count")), is_over)

    assert record.state is TaskState.FAILED
    assert record.error == "no candles of BTC/USDT are stored"


@pytest.mark.allow_warnings
async def test_a_bug_keeps_its_traceback(database_url):
    async def fail(_context, _arguments):
        raise ZeroDivisionError("planted")

    async with board(database_url, job(fail)) as opened:
        record = await until(opened, await opened.start(StartTask(job="count")), is_over)

    assert "ZeroDivisionError: planted" in record.error


@pytest.mark.allow_warnings
async def test_a_job_is_tried_as_often_as_its_policy_says(database_url):
    calls = []

    async def fail_once(_context, _arguments):
        calls.append(1)
        if len(calls) == 1:
            raise DataError("not yet")
        return {}

    policy = RetryPolicy(tries=3, wait_s=1)
    async with board(database_url, job(fail_once, retry=policy)) as opened:
        task = await opened.start(StartTask(job="count"))
        record = await until(opened, task, lambda record: record.state is TaskState.DONE)

    assert (record.attempts, len(calls)) == (2, 2)


@pytest.mark.allow_warnings
async def test_a_running_task_can_be_cancelled(database_url):
    async def wait(context, _arguments):
        context.progress(0.5, "half way")
        await asyncio.sleep(60)
        return {}

    async with board(database_url, job(wait)) as opened:
        task = await opened.start(StartTask(job="count"))
        await until(opened, task, lambda record: record.note == "half way")
        await opened.cancel(CancelTask(task=task))
        record = await until(opened, task, is_over)

    assert (record.state, record.progress) == (TaskState.CANCELED, 0.5)


async def test_the_same_work_waits_only_once(database_url):
    release = asyncio.Event()

    async def wait(_context, _arguments):
        await release.wait()
        return {}

    async with board(database_url, job(wait, queue=Queue.LOW)) as opened:
        running = await opened.start(StartTask(job="count"))
        await until(opened, running, lambda record: record.state is TaskState.RUNNING)
        await opened.start(StartTask(job="count"))
        with pytest.raises(TaskError, match="waiting in its queue already"):
            await opened.start(StartTask(job="count"))
        release.set()


async def test_a_full_low_queue_does_not_hold_up_the_high_one(database_url):
    release = asyncio.Event()

    async def wait(_context, _arguments):
        await release.wait()
        return {}

    async def at_once(_context, _arguments):
        return {}

    slow, fast = job(wait, "slow", Queue.LOW), job(at_once, "fast", Queue.HIGH)
    async with board(database_url, slow, fast) as opened:
        for number in range(20):
            await opened.start(StartTask(job="slow", arguments={"number": number}))
        task = await opened.start(StartTask(job="fast"))
        record = await until(opened, task, is_over)
        running = [one for one in await opened.tasks() if one.state is TaskState.RUNNING]
        release.set()

    assert record.state is TaskState.DONE
    assert len(running) == 1


async def test_an_unknown_job_is_refused_with_the_names_there_are(database_url):
    async def nothing(_context, _arguments):
        return {}

    async with board(database_url, job(nothing)) as opened:
        with pytest.raises(TaskError, match=r"no job 'dance'; there are count"):
            await opened.start(StartTask(job="dance"))


@pytest.mark.allow_warnings
async def test_a_failed_task_can_be_retried_with_the_same_arguments(database_url):
    given = []

    async def fail_at_first(_context, arguments):
        given.append(dict(arguments))
        if len(given) == 1:
            raise DataError("first")
        return {}

    async with board(database_url, job(fail_at_first)) as opened:
        first = await opened.start(StartTask(job="count", arguments={"symbol": "BTC/USDT"}))
        await until(opened, first, is_over)
        second = await opened.retry(RetryTask(task=first))
        record = await until(opened, second, is_over)

    assert record.state is TaskState.DONE
    assert given == [{"symbol": "BTC/USDT"}, {"symbol": "BTC/USDT"}]


@pytest.mark.allow_warnings
async def test_what_ran_when_the_desk_died_is_failed_at_the_next_start(database_url):
    async def wait(_context, _arguments):
        await asyncio.sleep(60)
        return {}

    async with board(database_url, job(wait)) as opened:
        task = await opened.start(StartTask(job="count"))
        await until(opened, task, lambda record: record.state is TaskState.RUNNING)
    async with board(database_url) as again:
        # As a kill -9 leaves it: both rows still say running.
        await again._connector.execute_query_async(
            "UPDATE runs SET state = 'running', ended = NULL WHERE task = %(task)s", task=task
        )
        await again._connector.execute_query_async(
            "UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %(task)s", task=task
        )
    async with board(database_url, job(wait)) as restarted:
        record = await until(restarted, task, is_over)

    assert record.state is TaskState.FAILED
    assert "the desk ended while this task ran" in record.error


async def test_the_schedule_shows_the_next_run(database_url):
    async def nothing(_context, _arguments):
        return {}

    async with board(database_url, job(nothing, cron="5 0 * * *")) as opened:
        (entry,) = await opened.schedule()

    assert entry.next_run is not None
    assert (entry.next_run.hour, entry.next_run.minute) == (0, 5)


def test_five_past_midnight_comes_once_a_day():
    moment = datetime(2026, 3, 29, 0, 4, tzinfo=UTC)

    assert next_run("5 0 * * *", moment) == datetime(2026, 3, 29, 0, 5, tzinfo=UTC)
    assert next_run(None, moment) is None
