"""The storage page by keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from fks_desk.core.messages import StartTask
from fks_desk.core.storage_report import CLEAN_UP_JOB, SaveStoragePolicy
from fks_desk.ui.panes.data.storage import StoragePane
from tests.fakes.pane_keys import PaneWindow
from tests.ui.models.data.test_storage import Bench

Key = Qt.Key


class Shown(Bench):
    def __init__(self, qtbot) -> None:
        super().__init__()
        self.pane = StoragePane(model=self.model)
        self.window = PaneWindow(qtbot, self.pane, size=(320, 480))


@pytest.fixture
async def shown(qtbot) -> Shown:
    return Shown(qtbot)


async def test_tables_series_and_policies_are_listed(shown):
    await shown.loaded()

    cells = [shown.pane.tables.text_at(0, column) for column in range(5)]
    assert cells == ["ohlcv_data", "4.0 MB", "1,000,000", "1.5 MB", "9.0 times"]
    assert shown.pane.series.text_at(0, 1) == "1m"
    assert shown.pane.policies.text_at(0, 0) == "remove market trades"


async def test_a_clean_up_asks_first_and_keeping_is_the_default(shown):
    await shown.loaded()
    shown.window.press(Key.Key_Return, control=True)
    box = shown.pane.findChild(QMessageBox)

    assert "1,200 market trades" in box.informativeText()
    assert box.defaultButton().text() == "Keep"
    box.defaultButton().click()
    assert shown.desk.sent == []
    shown.window.press(Key.Key_Return, control=True)
    again = [one for one in shown.pane.findChildren(QMessageBox) if one.isVisible()][-1]
    next(one for one in again.buttons() if one.text() == "Remove").click()
    assert shown.desk.sent == [StartTask(job=CLEAN_UP_JOB)]


async def test_a_policy_is_tried_before_it_is_kept(shown):
    await shown.loaded()
    shown.window.press(Key.Key_E, control=True)
    shown.window.press(Key.Key_E, control=True)
    shown.window.press(Key.Key_D)
    await shown.until(lambda: "Dry run" in shown.pane.notice.text())
    shown.window.press(Key.Key_K)

    assert "would remove 1,200 rows" in shown.pane.notice.text() or shown.desk.sent
    assert isinstance(shown.desk.sent[0], SaveStoragePolicy)


async def test_a_series_opens_on_the_chart(shown):
    targets = []
    shown.pane.shown_on_chart.connect(targets.append)
    await shown.loaded()
    shown.window.press(Key.Key_E, control=True)
    shown.window.press(Key.Key_Home, Key.Key_Return)

    assert targets[0].timeframe.value == "1m"


async def test_it_fits_into_a_small_dock(shown):
    assert max(shown.pane.minimumSizeHint().toTuple()) <= 320
