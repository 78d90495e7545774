from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fks_desk.core.discipline import totals
from fks_desk.core.frame import Frame
from fks_desk.core.shadow import Ending, Outcome
from fks_desk.ui.models.account.discipline import DisciplineRow
from fks_desk.ui.panes.account.discipline import DisciplinePane
from fks_desk.ui.panes.detail import DetailDialog
from tests.core.test_discipline import BY_HAND, ENTRY, RATE, fill
from tests.fakes.pane_keys import PaneWindow
from tests.fakes.panes import BTC
from tests.ui.models.account.test_discipline import Scene

from fks_desk.core.discipline import exits_left, judge  # isort: skip
from fks_desk.core.model import Side  # isort: skip
from fks_desk.core.trips import trips  # isort: skip

Key = Qt.Key


def test_a_line_opens_its_evidence_and_goes_to_the_chart_by_keys(qtbot: QtBot) -> None:
    scene = Scene()
    scene.candles(Frame.empty())
    pane = DisciplinePane(model=scene.model)
    window = PaneWindow(qtbot, pane, size=(900, 500))
    fills = [fill(1, "e", Side.BUY, "100"), fill(9, "x", Side.SELL, "103")]
    (decision,) = exits_left(trips(fills, BTC), fills, [ENTRY, BY_HAND])
    verdict = judge(
        decision, Outcome(ending=Ending.UNKNOWN), entry=decision.entry, size=fills[0].size,
        fee_rate=RATE,
    )  # fmt: skip
    scene.model.rows_changed.emit([DisciplineRow(verdict=verdict, instrument=BTC)])
    scene.model.totals_changed.emit(totals([verdict], {}))

    window.press(Key.Key_Home)
    assert [pane.rows.text_at(0, column) for column in (1, 3, 6)] == [
        "Early exit", "unknown: no candles there", "–",
    ]  # fmt: skip
    assert [pane.sums.text_at(0, column) for column in (1, 4)] == ["Early exit", "–"]
    with qtbot.waitSignal(pane.shown_on_chart) as shown:
        window.press(Key.Key_F4)
    window.press(Key.Key_Return)

    assert shown.args[0].moment == decision.at
    dialogs = pane.findChildren(DetailDialog)
    assert len(dialogs) == 1
    dialogs[0].close()
