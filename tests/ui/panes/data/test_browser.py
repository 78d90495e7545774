"""The data browser by keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from fks_desk.core.tags import RowsTagged, TagRows
from fks_desk.ui.panes.data.browser import BrowserPane
from tests.fakes.pane_keys import PaneWindow
from tests.ui.models.data.test_browser import Bench
from tests.ui.models.data.test_console import Bench as ConsoleBench

Key = Qt.Key


class Shown(Bench):
    def __init__(self, qtbot) -> None:
        super().__init__()
        self.asking = ConsoleBench()
        self.pane = BrowserPane(model=self.model, console=self.asking.model)
        self.window = PaneWindow(qtbot, self.pane, size=(320, 480))

    async def opened(self) -> None:
        await super().opened()
        self.pane.table.setFocus()


@pytest.fixture
async def shown(qtbot) -> Shown:
    return Shown(qtbot)


async def test_scrolling_to_the_end_brings_the_next_page(shown):
    await shown.opened()
    assert shown.pane.rows.rowCount() == 500
    shown.window.press(Key.Key_End)
    shown.pane.table.scrollToBottom()
    shown.pane.rows.fetchMore()
    await shown.until(lambda: shown.pane.rows.rowCount() == 1_000)

    assert shown.pane.rows.text_at(999, 1) == "999"


@pytest.mark.parametrize("is_open", [True, False])
async def test_a_table_is_found_by_the_letters_of_its_name(shown, qtbot, is_open):
    """The letters that sort, tag and show on the chart are plain letters here."""
    await shown.opened()
    choice, asked = shown.pane.choice, len(shown.browser.asked)
    for name in ("accounts", "candles", "configs"):
        choice.addItem(name, name)
    if is_open:
        shown.window.press(Key.Key_T, control=True)
    else:
        choice.setFocus()
        shown.window.press(Key.Key_C)
    qtbot.keyClicks(choice.view(), "candles"[not is_open :])

    assert choice.currentIndex() == -1
    assert (len(shown.browser.asked), shown.notices) == (asked, [])
    qtbot.keyClick(choice.view(), Key.Key_Return)
    assert choice.currentData() == "candles"


async def test_keys_sort_filter_and_tag(shown):
    await shown.opened()
    shown.window.press(Key.Key_Home, Key.Key_Right, Key.Key_S)
    await shown.until(lambda: shown.browser.asked[-1].sort == "id")
    await shown.until(lambda: shown.pane.rows.columns[1].title == "id ▼")
    shown.pane.tag_name.setText("odd")
    shown.pane.table.setFocus()
    shown.window.press(Key.Key_T)
    shown.window.press(Key.Key_F, control=True)
    shown.window.type("id > 5")
    shown.window.press(Key.Key_Return)
    await shown.until(lambda: shown.browser.asked[-1].filters)

    assert shown.desk.sent == [TagRows(table="trades", keys=("0",), tag="odd", wanted=True)]


async def test_a_tag_changes_its_own_cells_and_no_others(shown):
    await shown.opened()
    told, resets = [], []
    shown.pane.rows.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    shown.pane.rows.modelReset.connect(lambda: resets.append(1))

    shown.tags.rows = {"7": ["odd", "late"], "no row of these": ["odd"]}
    shown.model.on_rows_tagged(RowsTagged(table="trades"))
    await shown.until(lambda: told)
    assert shown.pane.rows.text_at(7, 0) == "odd late"
    shown.tags.rows = {}
    shown.model.on_rows_tagged(RowsTagged(table="trades"))
    await shown.until(lambda: len(told) == 2)

    assert shown.pane.rows.text_at(7, 0) == ""
    assert (told, resets) == ([(7, 7), (7, 7)], [])


async def test_a_row_opens_in_full_and_on_the_chart(shown):
    targets = []
    shown.pane.shown_on_chart.connect(targets.append)
    await shown.opened()
    shown.window.press(Key.Key_Home, Key.Key_C, Key.Key_Return)

    assert len(targets) == 1
    dialog = shown.pane.findChild(QDialog)
    assert dialog.windowTitle() == "trades"
    dialog.close()


async def test_the_console_asks_and_shows_the_answer(shown):
    shown.window.press(Key.Key_E, control=True)
    shown.window.type("SELECT 1")
    shown.window.press(Key.Key_Return, control=True)
    await shown.until(lambda: shown.pane.console.rows.rowCount() == 1)

    assert shown.pane.console.state.text() == "first 1 rows, more follow · 10 ms"
    shown.window.press(Key.Key_Up, control=True)
    assert shown.pane.console.text.toPlainText() != "SELECT 1"


async def test_it_fits_into_a_small_dock(shown):
    assert max(shown.pane.minimumSizeHint().toTuple()) <= 320


async def test_a_table_without_rows_says_so_and_whether_a_filter_is_why(shown):
    shown.browser.count = 0
    await shown.opened()
    assert shown.pane.table.hint == "The table trades has no row yet."
    assert shown.summaries[-1] == "no row · 2 ms"

    shown.model.filter("id > 5")
    await shown.until(lambda: "filter" in shown.pane.table.hint)

    assert shown.pane.table.hint == "No row of trades fits the filter."
