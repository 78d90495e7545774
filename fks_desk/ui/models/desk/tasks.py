"""Decide what the tasks pane shows and what can be done with a task."""

from __future__ import annotations

from datetime import timedelta

from PySide6.QtCore import QObject, Signal

from fks_desk.core.clock import Clock
from fks_desk.core.messages import (
    CancelTask,
    EngineReady,
    RetryTask,
    StartTask,
    TaskMoved,
    TaskRecord,
    TaskState,
)
from fks_desk.core.nursery import Nursery
from fks_desk.core.ports import ScheduleEntry, Send, TaskReader
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.models.loading import Loader
from fks_desk.ui.text import tr

UNENDED = frozenset({TaskState.WAITING, TaskState.RUNNING})
_ENDED_BADLY = frozenset({TaskState.FAILED, TaskState.CANCELED})


class TasksModel(QObject):
    """Keep the newest tasks and the schedule."""

    tasks_changed = Signal(object)  # list[TaskRecord]
    schedule_changed = Signal(object)  # list[ScheduleEntry]
    notice_changed = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        *,
        tasks: TaskReader,
        send: Send,
        clock: Clock,
        nursery: Nursery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._send = send
        self._clock = clock
        self._loader = Loader(nursery, self.failed.emit)
        self._records: dict[int, TaskRecord] = {}
        self._titles: dict[str, str] = {}

    def listen(self, bridge: Bridge) -> None:
        """Hear how tasks do."""
        bridge.subscribe(TaskMoved, self.on_task_moved)
        bridge.subscribe(EngineReady, lambda _event: self.load())

    def load(self) -> None:
        """Read the newest tasks and the schedule."""
        self._loader.start(self._load_tasks, name="read tasks")
        self._loader.start(self._load_schedule, name="read the schedule")

    def took(self, record: TaskRecord) -> timedelta | None:
        """Return how long a task ran, or runs so far; None if it has not begun."""
        if record.started is None:
            return None
        return (record.ended or self._clock.now()) - record.started

    def title(self, record: TaskRecord) -> str:
        """Return the job's title as the schedule has it."""
        return self._titles.get(record.job, record.job.replace("_", " "))

    def run_now(self, entry: ScheduleEntry | None) -> None:
        """Put a job into its queue."""
        if entry is None:
            self.notice_changed.emit(tr("Choose a job in the schedule with the arrow keys."))
            return
        self.notice_changed.emit(tr("{title} is queued …", title=entry.title))
        self._send(StartTask(job=entry.job))

    def retry(self, record: TaskRecord | None) -> None:
        """Run a task again that did not come to its end."""
        if record is None:
            self.notice_changed.emit(tr("Choose a task with the arrow keys."))
        elif record.state not in _ENDED_BADLY:
            text = tr("Task {task} has not failed: it is {state}.", **_words(record))
            self.notice_changed.emit(text)
        else:
            self.notice_changed.emit(tr("Task {task} is tried again …", **_words(record)))
            self._send(RetryTask(task=record.task))

    def cancel(self, record: TaskRecord | None) -> None:
        """Stop a task that waits or runs."""
        if record is None:
            self.notice_changed.emit(tr("Choose a task with the arrow keys."))
        elif record.state not in UNENDED:
            text = tr("Task {task} has ended: it is {state}.", **_words(record))
            self.notice_changed.emit(text)
        else:
            self.notice_changed.emit(tr("Stopping task {task} …", **_words(record)))
            self._send(CancelTask(task=record.task))

    def on_task_moved(self, event: TaskMoved) -> None:
        """Show a task's new state; one that ended may have moved the schedule."""
        self._records[event.record.task] = event.record
        self.tasks_changed.emit([event.record])
        if event.record.state not in UNENDED:
            self._loader.start(self._load_schedule, name="read the schedule")

    async def _load_tasks(self) -> None:
        for record in await self._tasks.tasks():
            self._records[record.task] = record
        self.tasks_changed.emit(list(self._records.values()))

    async def _load_schedule(self) -> None:
        entries = list(await self._tasks.schedule())
        titles = {entry.job: entry.title for entry in entries}
        self.schedule_changed.emit(entries)
        if titles != self._titles:
            self._titles = titles
            self.tasks_changed.emit(list(self._records.values()))


def _words(record: TaskRecord) -> dict[str, str]:
    return {"task": str(record.task), "state": record.state.value}
