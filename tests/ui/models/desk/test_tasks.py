from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from fks_desk.core.clock import SteppedClock
from fks_desk.core.messages import (
    CancelTask,
    RetryTask,
    StartTask,
    TaskMoved,
    TaskRecord,
    TaskState,
)
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import ScheduleEntry
from fks_desk.ui.models.desk.tasks import TasksModel
from tests.fakes.panes import NOON


def record(task: int, state: TaskState, **changes: Any) -> TaskRecord:
    return TaskRecord(
        task=task, job="market.update", queue="low", state=state, attempts=1, queued=NOON, **changes
    )


ENTRY = ScheduleEntry(
    job="health", title="Health check", queue="high", cron="* * * * *", next_run=NOON, last=None
)


class MemoryTasks:
    def __init__(self) -> None:
        self.asked = 0

    async def tasks(self, limit: int = 200) -> Sequence[TaskRecord]:
        return [record(1, TaskState.DONE)]

    async def schedule(self) -> Sequence[ScheduleEntry]:
        self.asked += 1
        return [ENTRY]


class Board:
    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.notices: list[str] = []
        self.tasks: dict[int, TaskRecord] = {}
        self.reader = MemoryTasks()
        self.nursery = Nursery()
        self.clock = SteppedClock(NOON)
        self.model = TasksModel(
            tasks=self.reader, send=self.sent.append, clock=self.clock, nursery=self.nursery
        )
        self.model.notice_changed.connect(self.notices.append)
        self.model.tasks_changed.connect(
            lambda rows: self.tasks.update({one.task: one for one in rows})
        )

    async def settle(self) -> None:
        while len(self.nursery):
            await asyncio.sleep(0)


@pytest.fixture
async def board() -> Board:
    made = Board()
    made.model.load()
    await made.settle()
    return made


async def test_tasks_and_schedule_are_read(board: Board) -> None:
    assert set(board.tasks) == {1}
    assert board.reader.asked == 1


async def test_an_ended_task_has_the_schedule_read_again(board: Board) -> None:
    board.model.on_task_moved(TaskMoved(record=record(2, TaskState.RUNNING)))
    await board.settle()
    assert board.reader.asked == 1

    board.model.on_task_moved(TaskMoved(record=record(2, TaskState.FAILED, error="no")))
    await board.settle()
    assert board.reader.asked == 2


async def test_only_what_makes_sense_is_sent(board: Board) -> None:
    board.model.run_now(ENTRY)
    board.model.retry(record(2, TaskState.FAILED))
    board.model.cancel(record(3, TaskState.WAITING))
    for refused in (
        lambda: board.model.run_now(None),
        lambda: board.model.retry(None),
        lambda: board.model.retry(record(4, TaskState.DONE)),
        lambda: board.model.cancel(None),
        lambda: board.model.cancel(record(5, TaskState.DONE)),
    ):
        refused()

    assert board.sent == [StartTask(job="health"), RetryTask(task=2), CancelTask(task=3)]
    assert "Task 4 has not failed: it is done." in board.notices


async def test_a_running_task_took_until_now(board: Board) -> None:
    board.clock.advance(timedelta(seconds=90))

    assert board.model.took(record(1, TaskState.WAITING)) is None
    assert board.model.took(record(1, TaskState.RUNNING, started=NOON)) == timedelta(seconds=90)
    assert board.model.took(
        record(1, TaskState.DONE, started=NOON, ended=NOON + timedelta(seconds=5))
    ) == timedelta(seconds=5)
