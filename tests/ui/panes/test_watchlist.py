from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fks_desk.core.clock import from_ms
from fks_desk.core.messages import FeedMoved, FeedState
from fks_desk.core.model import InstrumentId
from fks_desk.core.nursery import Nursery
from fks_desk.core.perpetuals import PerpetualMoved, PerpetualState
from fks_desk.ui.models.watchlist import WatchlistModel
from fks_desk.ui.panes.watchlist import WatchlistPane, columns
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


def test_the_mark_of_a_feed_tells_which_streams_are_stale(shown: Shown) -> None:
    for stream, state in (("trades", FeedState.LIVE), ("books", FeedState.STALE)):
        shown.desk.market.on_feed_moved(FeedMoved(instrument=BTC.id, stream=stream, state=state))
    shown.model.flush()
    tip = columns()[0].tip

    assert tip is not None
    assert tip(shown.model.rows()[0]) == "stale, no news for a while: books"


def test_a_perpetual_shows_its_funding_and_open_interest(shown: Shown) -> None:
    state = PerpetualState(
        instrument=BTC.id,
        mark=Decimal("64000.5"),
        funding_rate=Decimal("-0.00038167"),
        open_interest=Decimal("10659.509"),
        ts_event=from_ms(1),
        ts_init=from_ms(1),
    )
    shown.desk.market.on_perpetual_moved(PerpetualMoved(state=state))
    by_title = {column.title: column for column in columns()}
    row = shown.model.rows()[0]
    tip = by_title["Funding %"].tip

    assert by_title["Funding %"].text(row) == "−0.0382"
    assert by_title["Open interest"].text(row) == "10,660"
    assert tip is not None
    assert tip(row).startswith("mark 64,000.50, index ")
    assert tip(shown.model.rows()[1]) == "Only perpetuals have funding."
