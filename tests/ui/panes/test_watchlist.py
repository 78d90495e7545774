from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fks_desk.core.messages import FeedMoved, FeedState
from fks_desk.core.model import InstrumentId
from fks_desk.core.nursery import Nursery
from fks_desk.ui.models.watchlist import WatchlistModel
from fks_desk.ui.panes.watchlist import WatchlistPane
from tests.fakes.pane_keys import PaneWindow
from tests.fakes.panes import ACCOUNT, BTC, ETH, Desk

Key = Qt.Key


class Shown:
    def __init__(self, qtbot: QtBot) -> None:
        self.desk = Desk(Nursery())
        self.model = WatchlistModel(
            venue=ACCOUNT.venue,
            market=self.desk.market,
            candles=self.desk.candles,
            send=self.desk.sent.append,
            nursery=self.desk.nursery,
        )
        self.pane = WatchlistPane(model=self.model)
        self.window = PaneWindow(qtbot, self.pane)
        self.chosen: list[InstrumentId] = []
        self.pane.instrument_chosen.connect(self.chosen.append)
        self.desk.list_instruments()

    def cells(self, line: int) -> list[str]:
        return [self.pane.rows.text_at(line, column) for column in range(5)]


@pytest.fixture
def shown(qtbot: QtBot) -> Shown:
    return Shown(qtbot)


def test_a_quote_is_shown_with_sign_digits_and_feed(shown: Shown) -> None:
    shown.desk.quote(last="64123.4", change="-1.256")
    shown.desk.market.on_feed_moved(
        FeedMoved(instrument=BTC.id, stream="ticker", state=FeedState.LIVE)
    )
    shown.model.flush()

    assert shown.cells(0) == ["●", "BTC/USDT", "64,123.40", "−1.26", "64,123.39"]


def test_arrows_walk_and_enter_or_space_chooses(shown: Shown) -> None:
    shown.window.press(Key.Key_Home, Key.Key_Down, Key.Key_Return)
    shown.window.press(Key.Key_Up, Key.Key_Space)

    assert shown.chosen == [ETH.id, BTC.id]
    assert shown.cells(0)[1] == "▸ BTC/USDT"


def test_control_f_filters_and_enter_takes_the_first(shown: Shown) -> None:
    shown.window.press(Key.Key_F, control=True)
    shown.window.type("eth")
    assert shown.pane.rows.rowCount() == 1

    shown.window.press(Key.Key_Return)
    assert shown.chosen == [ETH.id]
    assert shown.pane.table.hasFocus()


def test_an_empty_list_says_what_to_do(qtbot: QtBot) -> None:
    shown = Shown(qtbot)

    shown.pane.filter.setText("zzz")

    assert shown.pane.table.hint == "No symbol contains zzz. Esc clears the filter."
