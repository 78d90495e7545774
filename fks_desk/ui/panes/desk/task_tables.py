"""Describe the tables of the tasks pane."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from fks_desk.core.messages import TaskRecord, TaskState
from fks_desk.core.ports import ScheduleEntry
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.format import Tone
from fks_desk.ui.tables.column import Column
from fks_desk.ui.text import tr

_TONES = {
    TaskState.WAITING: Tone.MUTED,
    TaskState.RUNNING: Tone.PLAIN,
    TaskState.DONE: Tone.UP,
    TaskState.FAILED: Tone.DOWN,
    TaskState.CANCELED: Tone.WARNING,
}


def task_columns(
    title: Callable[[TaskRecord], str], took: Callable[[TaskRecord], timedelta | None]
) -> list[Column[TaskRecord]]:
    """Return the columns of the task table."""
    return [
        Column(
            title=tr("State"),
            text=lambda record: state_text(record.state),
            sample="■ canceled",
            tone=lambda record: _TONES[record.state],
        ),
        Column(
            title=tr("Job"),
            text=title,
            sample="Check the desk's health",
            tip=lambda record: record.job,
        ),
        Column(
            title=tr("Progress"),
            text=_progress,
            sample="▮▮▮▮▮▮▮▮ 99 %",
            tone=lambda record: _TONES[record.state],
        ),
        Column(
            title=tr("Took"),
            text=lambda record: fmt.duration(took(record)),
            sample="12 min 00 s",
            is_number=True,
        ),
        Column(
            title=tr("Tries"), text=lambda record: str(record.attempts), sample="99", is_number=True
        ),
        Column(
            title=tr("Queue"),
            text=lambda record: record.queue,
            sample="default",
            tone=lambda _record: Tone.MUTED,
            is_centered=True,
        ),
        Column(
            title=tr("Queued"),
            text=lambda record: fmt.clock_time(record.queued),
            sample="00:00:00",
            tone=lambda _record: Tone.MUTED,
            tip=lambda record: fmt.moment(record.queued),
        ),
        Column(
            title=tr("Note"),
            text=lambda record: _last_line(record.error) or record.note,
            sample="a sentence on what it does",
            tone=lambda record: Tone.DOWN if record.error else Tone.PLAIN,
            tip=lambda record: record.note or _last_line(record.error),
        ),
        Column(
            title=tr("No."),
            text=lambda record: str(record.task),
            sample="100000",
            tone=lambda _record: Tone.MUTED,
            is_number=True,
        ),
    ]


def schedule_columns() -> list[Column[ScheduleEntry]]:
    """Return the columns of the schedule."""
    return [
        Column(title=tr("Job"), text=lambda entry: entry.title, sample="Market data update"),
        Column(
            title=tr("Next run"),
            text=lambda entry: fmt.moment(entry.next_run) if entry.next_run else tr("on demand"),
            sample="2026-00-00 00:00:00",
            tone=lambda entry: Tone.PLAIN if entry.next_run else Tone.MUTED,
        ),
        Column(
            title=tr("Last"),
            text=lambda entry: state_text(entry.last.state) if entry.last else fmt.UNKNOWN,
            sample="■ canceled",
            tone=lambda entry: _TONES[entry.last.state] if entry.last else Tone.MUTED,
        ),
        Column(
            title=tr("Schedule"),
            text=lambda entry: entry.cron or fmt.UNKNOWN,
            sample="*/15 * * * *",
            tone=lambda _entry: Tone.MUTED,
        ),
        Column(
            title=tr("Queue"),
            text=lambda entry: entry.queue,
            sample="default",
            tone=lambda _entry: Tone.MUTED,
        ),
    ]


def task_fields(record: TaskRecord, took: str) -> list[tuple[str, str]]:
    """Return everything that is known of a task, for a person who asks why."""
    return [
        (tr("job"), record.job),
        (tr("state"), record.state.value),
        (tr("queue"), record.queue),
        (tr("tries"), str(record.attempts)),
        (tr("queued"), fmt.moment(record.queued)),
        (tr("started"), fmt.moment(record.started)),
        (tr("ended"), fmt.moment(record.ended)),
        (tr("took"), took),
        (tr("note"), record.note or fmt.UNKNOWN),
        *((name.replace("_", " "), str(value)) for name, value in record.result.items()),
    ]


def state_text(state: TaskState) -> str:
    """Return a state with a mark that needs no colour."""
    words = {
        TaskState.WAITING: tr("○ waiting"),
        TaskState.RUNNING: tr("◐ running"),
        TaskState.DONE: tr("✓ done"),
        TaskState.FAILED: tr("✕ failed"),
        TaskState.CANCELED: tr("■ canceled"),
    }
    return words[state]


def _progress(record: TaskRecord) -> str:
    if record.state is not TaskState.RUNNING:
        return ""
    filled = round(record.progress * 8)
    return f"{'▮' * filled}{'▯' * (8 - filled)} {record.progress:.0%}"


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""
