"""Show background work and the schedule, and let a person start, stop and retry."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from fks_desk.core.messages import TaskRecord
from fks_desk.core.ports import ScheduleEntry
from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.desk.tasks import TasksModel
from fks_desk.ui.panes.adaptive import AdaptiveSplitter
from fks_desk.ui.panes.desk.task_tables import schedule_columns, task_columns, task_fields
from fks_desk.ui.panes.detail import DetailDialog
from fks_desk.ui.panes.notice import Notice
from fks_desk.ui.tables.model import KeyedTableModel
from fks_desk.ui.tables.view import DeskTable
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.pane import Pane

CONTEXT = "tasks"
_WIDE_FROM = 700


class TasksPane(Pane):
    """List tasks, newest on top, beside the schedule."""

    def __init__(self, *, model: TasksModel, parent: QWidget | None = None) -> None:
        super().__init__(name="tasks", title=tr("Tasks"), contexts=(CONTEXT,), parent=parent)
        self._model = model
        self.tasks: KeyedTableModel[TaskRecord] = KeyedTableModel(
            task_columns(model.title, model.took),
            key=lambda record: record.task,
            order=lambda record: record.task,
            parent=self,
        )
        self.schedule: KeyedTableModel[ScheduleEntry] = KeyedTableModel(
            schedule_columns(),
            key=lambda entry: entry.job,
            order=lambda entry: (entry.cron == "", entry.next_run or _NEVER, entry.job),
            newest_first=False,
            parent=self,
        )
        self.task_table = DeskTable(
            self.tasks,
            name="tasks.table",
            hint=tr("No task yet. Choose a job in the schedule and press Ctrl+Enter."),
        )
        self.schedule_table = DeskTable(
            self.schedule, name="tasks.schedule", hint=tr("The schedule is being read …")
        )
        self.notice = Notice(name="tasks.notice")
        self.notice.setContentsMargins(8, 2, 8, 2)
        self.set_content(self._layout())
        self._connect()

    def register_actions(self, registry: ActionRegistry) -> None:
        """Offer to run, retry and cancel."""
        category = tr("Tasks")
        for name, title, keys, handler in (
            ("run", tr("Run the chosen job now"), ("Ctrl+Return", "Ctrl+Enter"), self.run_now),
            ("retry", tr("Try the chosen task again"), ("R",), self.retry),
            ("cancel", tr("Cancel the chosen task"), ("Del", "Backspace"), self.cancel),
        ):
            registry.register(
                Action(
                    id=f"tasks.{name}", title=title, category=category, keys=keys, context=CONTEXT
                ),
                handler,
            )

    def focus_target(self) -> QWidget:
        """Give the keys to the tasks."""
        return self.task_table

    def run_now(self) -> None:
        """Run the job under the schedule's cursor."""
        self._model.run_now(self.schedule_table.current_row())

    def retry(self) -> None:
        """Try the task under the cursor again."""
        self._model.retry(self.task_table.current_row())

    def cancel(self) -> None:
        """Stop the task under the cursor."""
        self._model.cancel(self.task_table.current_row())

    def _connect(self) -> None:
        model = self._model
        model.tasks_changed.connect(self.tasks.upsert)
        model.schedule_changed.connect(self._on_schedule)
        model.notice_changed.connect(self.notice.say)
        model.failed.connect(self.notice.say)
        self.task_table.row_opened.connect(self._open_task)
        self.schedule_table.row_opened.connect(model.run_now)

    def _on_schedule(self, entries: list[ScheduleEntry]) -> None:
        chosen: Any = self.schedule_table.current_row()
        self.schedule_table.set_hint(tr("No job is offered by this desk."))
        self.schedule.reset(entries)
        if chosen is not None:
            self.schedule_table.select_key(chosen.job)

    def _open_task(self, record: TaskRecord) -> None:
        dialog = DetailDialog(
            title=tr("Task {task} · {job}", task=record.task, job=record.job),
            fields=task_fields(record, fmt.duration(self._model.took(record))),
            text=record.error,
            parent=self,
        )
        dialog.show()
        dialog.activateWindow()

    def _layout(self) -> QWidget:
        content = QWidget()
        box = QVBoxLayout(content)
        box.setContentsMargins(0, 0, 0, 4)
        box.setSpacing(2)
        box.addWidget(
            AdaptiveSplitter(
                self.task_table,
                self.schedule_table,
                name="tasks.parts",
                wide_from=_WIDE_FROM,
                shares=(3, 2),
            ),
            1,
        )
        box.addWidget(self.notice)
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 0)
        for name, text, handler in (
            ("retry", tr("Retry  R"), self.retry),
            ("cancel", tr("Cancel  Del"), self.cancel),
            ("run", tr("Run now  Ctrl+↵"), self.run_now),
        ):
            button = QPushButton(text)
            button.setObjectName(f"tasks.{name}")
            button.setAutoDefault(False)
            button.clicked.connect(handler)
            row.addWidget(button)
        row.addStretch(1)
        box.addLayout(row)
        return content


_NEVER = datetime.max.replace(tzinfo=UTC)
