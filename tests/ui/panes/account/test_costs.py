from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fks_desk.core.fifo import FifoBook
from fks_desk.core.nursery import Nursery
from fks_desk.ui.models.account.costs import CostsModel, LotRow
from fks_desk.ui.panes.account.costs import CostsPane
from tests.fakes.pane_keys import PaneWindow
from tests.fakes.panes import ACCOUNT, BTC, Desk, fill
from tests.ui.models.account.test_costs import MemoryFiles, MemoryTransfers


def test_lots_are_listed_and_one_is_shown_on_the_chart_by_enter(qtbot: QtBot) -> None:
    desk = Desk(Nursery())
    model = CostsModel(
        account=ACCOUNT, market=desk.market, trading=desk.trading,
            transfers=MemoryTransfers(), files=MemoryFiles(),
        clock=desk.clock, nursery=desk.nursery,
    )  # fmt: skip
    pane = CostsPane(model=model)
    window = PaneWindow(qtbot, pane)
    book = FifoBook(BTC, [replace(fill("7"), size=Decimal(1))])
    model.rows_changed.emit(
        [LotRow(lot=lot, instrument=BTC, mark=Decimal(64000)) for lot in book.lots]
    )

    window.press(Qt.Key.Key_Home)
    with qtbot.waitSignal(pane.shown_on_chart) as shown:
        window.press(Qt.Key.Key_Return)

    assert [pane.rows.text_at(0, column) for column in (1, 4, 5)] == [
        "BTC/USDT", "63,000.00", "+999.36",
    ]  # fmt: skip
    assert shown.args[0].instrument == BTC.id
