from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from fks_desk.core.clock import SteppedClock
from fks_desk.core.messages import CancelTask, RetryTask, StartTask, TaskMoved, TaskState
from fks_desk.core.nursery import Nursery
from fks_desk.ui.models.desk.tasks import TasksModel
from fks_desk.ui.panes.desk.tasks import TasksPane
from fks_desk.ui.panes.detail import DetailDialog
from tests.fakes.pane_keys import PaneWindow
from tests.fakes.panes import NOON
from tests.ui.models.desk.test_tasks import ENTRY, MemoryTasks, record

Key = Qt.Key


class Shown:
    def __init__(self, qtbot: QtBot) -> None:
        self.sent: list[object] = []
        self.model = TasksModel(
            tasks=MemoryTasks(),
            send=self.sent.append,
            clock=SteppedClock(NOON),
            nursery=Nursery(),
        )
        self.pane = TasksPane(model=self.model)
        self.window = PaneWindow(qtbot, self.pane, size=(320, 480))
        self.model.schedule_changed.emit([ENTRY])


@pytest.fixture
async def shown(qtbot: QtBot) -> Shown:
    return Shown(qtbot)


async def test_r_retries_and_delete_cancels_the_task_under_the_cursor(shown: Shown) -> None:
    shown.model.tasks_changed.emit([record(1, TaskState.WAITING), record(2, TaskState.FAILED)])

    shown.window.press(Key.Key_Home, Key.Key_R, Key.Key_Down, Key.Key_Delete)

    assert shown.sent == [RetryTask(task=2), CancelTask(task=1)]
    assert shown.pane.notice.text() == "Stopping task 1 …"


async def test_control_enter_runs_the_chosen_job(shown: Shown) -> None:
    shown.pane.schedule_table.setFocus()
    shown.window.press(Key.Key_Home)
    shown.window.press(Key.Key_Return, control=True)

    assert shown.sent == [StartTask(job="health")]


async def test_enter_shows_the_traceback(shown: Shown) -> None:
    failed = record(3, TaskState.FAILED, error="Traceback\nValueError: no")
    shown.model.on_task_moved(TaskMoved(record=failed))
    assert "ValueError: no" in [shown.pane.tasks.text_at(0, column) for column in range(9)]

    shown.window.press(Key.Key_Home, Key.Key_Return)

    dialog = shown.pane.findChild(DetailDialog)
    assert dialog.windowTitle() == "Task 3 · market.update"
    assert dialog.findChild(QPlainTextEdit).toPlainText() == "Traceback\nValueError: no"
    dialog.close()


async def test_a_running_task_shows_how_far_it_is(shown: Shown) -> None:
    running = record(4, TaskState.RUNNING, progress=0.5, started=NOON, note="half")
    shown.model.on_task_moved(TaskMoved(record=running))

    cells = [shown.pane.tasks.text_at(0, column) for column in range(9)]
    assert cells[:3] == ["◐ running", "market.update", "▮▮▮▮▯▯▯▯ 50%"]


async def test_it_fits_into_a_small_dock(shown: Shown) -> None:
    assert shown.pane.minimumSizeHint().width() <= 320
