"""The download manager by keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from fks_desk.core.downloads import DownloadMoved, DownloadState, PauseDownloads, QueueDownloads
from fks_desk.core.model import Timeframe
from fks_desk.ui.panes.data.downloads import DownloadsPane
from tests.fakes.pane_keys import PaneWindow
from tests.ui.models.data.test_downloads import Bench, download

Key = Qt.Key


class Shown(Bench):
    def __init__(self, qtbot) -> None:
        super().__init__()
        self.pane = DownloadsPane(model=self.model)
        self.window = PaneWindow(qtbot, self.pane, size=(320, 480))


@pytest.fixture
async def shown(qtbot) -> Shown:
    return Shown(qtbot)


async def test_typing_symbols_and_enter_queues_them(shown):
    shown.window.type("BTC/USDT")
    shown.window.press(Key.Key_Return)

    (command,) = shown.desk.sent
    assert isinstance(command, QueueDownloads)
    assert command.timeframes == (Timeframe.M1,)
    assert shown.pane.notice.text() == "1 series queued."


async def test_letters_act_on_the_row_under_the_cursor(shown):
    shown.model.on_download_moved(DownloadMoved(download=download(1)))
    shown.model.on_download_moved(DownloadMoved(download=download(2)))
    shown.pane.table.setFocus()
    shown.window.press(Key.Key_End, Key.Key_P)
    shown.window.press(Key.Key_P, shift=True)

    assert [command.ids for command in shown.desk.sent] == [("2",), ()]
    assert isinstance(shown.desk.sent[0], PauseDownloads)


async def test_enter_opens_the_chart_at_the_series(shown):
    targets = []
    shown.pane.shown_on_chart.connect(targets.append)
    shown.model.on_download_moved(DownloadMoved(download=download(1)))
    shown.pane.table.setFocus()
    shown.window.press(Key.Key_Home, Key.Key_Return)

    assert (targets[0].instrument, targets[0].timeframe) == (
        download(1).instrument,
        Timeframe.M1,
    )


async def test_a_failed_row_says_why(shown):
    failed = download(3, DownloadState.FAILED, note="the symbol is not listed")
    shown.model.on_download_moved(DownloadMoved(download=failed))
    shown.pane.table.setFocus()

    assert shown.pane.rows.text_at(0, 0) == "✕ failed"
    assert shown.pane.notice.text() == "the symbol is not listed"


async def test_it_fits_into_a_small_dock(shown):
    assert max(shown.pane.minimumSizeHint().toTuple()) <= 320
