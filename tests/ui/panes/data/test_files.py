"""Import and export by keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from fks_desk.core.model import Span, Timeframe
from fks_desk.core.transfers import EXPORT_JOB, IMPORT_JOB, FilePreview, ImportRequest
from fks_desk.ui.panes.data.files import FilesPane
from tests.fakes.pane_keys import PaneWindow
from tests.fakes.panes import BTC, NOON
from tests.ui.models.data.test_files import Bench

Key = Qt.Key


class Shown(Bench):
    def __init__(self, qtbot) -> None:
        super().__init__()
        self.pane = FilesPane(model=self.model)
        self.window = PaneWindow(qtbot, self.pane, size=(320, 560))


@pytest.fixture
async def shown(qtbot) -> Shown:
    return Shown(qtbot)


async def test_a_typed_folder_is_looked_into_and_imported(shown):
    shown.window.type("/data")
    shown.window.press(Key.Key_Return)
    await shown.until(lambda: len(shown.previews) == 2)
    shown.window.press(Key.Key_Return, control=True)

    assert shown.pane.rows.rowCount() == 2
    assert [command.job for command in shown.desk.sent] == [IMPORT_JOB]


async def test_the_file_under_the_cursor_shows_its_first_rows(shown):
    preview = FilePreview(
        request=ImportRequest(path="/a.csv"),
        instrument=BTC.id,
        timeframe=Timeframe.M5,
        columns=("time", "open"),
        head=(("1", "2"), ("3", "4")),
        span=Span(start=NOON.replace(hour=1), end=NOON),
        fresh=2,
        gaps=1,
        missing=3,
    )
    targets = []
    shown.pane.shown_on_chart.connect(targets.append)
    shown.model.previews_changed.emit([preview])
    shown.pane.table.setFocus()
    shown.window.press(Key.Key_Return)

    assert "2 new" in shown.pane.found.text()
    assert "1 gaps lack 3 candles" in shown.pane.found.text()
    assert [column.title for column in shown.pane.head.columns] == ["time", "open"]
    assert shown.pane.head.text_at(1, 1) == "4"
    assert targets[0].instrument == BTC.id


async def test_control_o_opens_a_dialog_that_does_not_block(shown):
    shown.window.press(Key.Key_O, control=True)
    dialog = shown.pane.findChild(QFileDialog)

    assert dialog.isVisible()
    dialog.filesSelected.emit(["/data"])
    await shown.until(lambda: len(shown.previews) == 2)
    dialog.close()


async def test_control_e_turns_to_the_export(shown):
    shown.model.load()
    await shown.until(lambda: shown.model.stored)
    shown.window.press(Key.Key_E, control=True)
    shown.window.press(Key.Key_Return, control=True)

    (command,) = shown.desk.sent
    assert command.job == EXPORT_JOB
    assert (command.arguments["instrument"], command.arguments["timeframe"]) == (BTC.id, "5m")


async def test_it_fits_into_a_small_dock(shown):
    assert max(shown.pane.minimumSizeHint().toTuple()) <= 320
