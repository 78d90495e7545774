"""The recorder by keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from fks_desk.core.recordings import DeleteRecordings, ReplayRecording, StartRecording
from fks_desk.ui.panes.data.recorder import RecorderPane
from tests.fakes.pane_keys import PaneWindow
from tests.ui.models.data.test_recorder import FILE, Bench

Key = Qt.Key


class Shown(Bench):
    def __init__(self, qtbot) -> None:
        super().__init__()
        self.pane = RecorderPane(model=self.model)
        self.window = PaneWindow(qtbot, self.pane, size=(320, 480))


@pytest.fixture
async def shown(qtbot) -> Shown:
    return Shown(qtbot)


async def test_space_records_the_instrument_under_the_cursor(shown):
    await shown.loaded()
    shown.pane.table.setFocus()
    shown.window.press(Key.Key_Home, Key.Key_Space)

    (command,) = shown.desk.sent
    assert isinstance(command, StartRecording)
    assert command.recorder.with_book
    assert "90.0 MB a day" in shown.pane.notice.text()


async def test_r_replays_the_recording_under_the_cursor(shown):
    await shown.loaded()
    shown.pane.list.setFocus()
    shown.window.press(Key.Key_Home, Key.Key_R)

    assert shown.desk.sent == [ReplayRecording(path=FILE.path)]


async def test_deleting_asks_first_and_keeping_is_the_default(shown):
    await shown.loaded()
    shown.pane.list.setFocus()
    shown.window.press(Key.Key_Home, Key.Key_Delete)
    box = shown.pane.findChild(QMessageBox)

    assert box.defaultButton().text() == "Keep"
    assert shown.desk.sent == []
    next(one for one in box.buttons() if one.text() == "Delete").click()
    assert shown.desk.sent == [DeleteRecordings(paths=(FILE.path,))]


async def test_enter_opens_the_chart_where_the_recording_begins(shown):
    targets = []
    shown.pane.shown_on_chart.connect(targets.append)
    await shown.loaded()
    shown.pane.list.setFocus()
    shown.window.press(Key.Key_Home, Key.Key_Return)

    assert targets[0].moment == FILE.span.start


async def test_it_fits_into_a_small_dock(shown):
    assert max(shown.pane.minimumSizeHint().toTuple()) <= 320
