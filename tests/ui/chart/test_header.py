"""Show that the header tells what the chart shows and how far to trust it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from fks_desk.core.messages import FeedMoved, FeedState
from fks_desk.core.model import Account, AccountId, Mode, Timeframe, VenueId
from tests.ui.chart.conftest import BTC

K = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


def test_the_header_tells_symbol_interval_mode_and_feed(desk, pane):
    desk.show()
    header = pane.header
    assert "HISTORY" in header.feed.text()
    desk.model.set_account(
        Account(id=AccountId("paper"), venue=VenueId("demo"), mode=Mode.PAPER, title="Paper")
    )
    assert header.mode.text() == "PAPER"
    assert header.symbol.text() == "BTC/USDT"
    assert header.intervals[Timeframe.M5].isChecked()
    for state, word in ((FeedState.LIVE, "FEED OK"), (FeedState.STALE, "STALE")):
        desk.market.on_feed_moved(FeedMoved(instrument=BTC.id, stream="candles", state=state))
        assert word in header.feed.text()
    assert "old" in header.feed.toolTip()
    header.intervals[Timeframe.H1].click()
    assert desk.model.timeframe is Timeframe.H1
    header.symbol.click()
    assert pane.entry.isVisible()


def test_a_narrow_header_shows_the_chosen_interval_alone_and_offers_the_others(desk, pane, qapp):
    desk.show()
    qapp.processEvents()
    assert all(button.isVisible() for button in pane.header.intervals.values())
    pane.resize(300, 400)
    qapp.processEvents()
    shown = [frame for frame, button in pane.header.intervals.items() if button.isVisible()]
    assert shown == [Timeframe.M5]
    assert pane.header.feed.width() >= pane.header.feed.sizeHint().width()
    pane.header.intervals[Timeframe.M5].click()
    assert pane.entry.isVisible()
    assert pane.header.intervals[Timeframe.M5].isChecked()


def test_the_header_says_nothing_of_a_feed_that_is_not_known_yet(desk, pane):
    assert pane.header.feed.text() == ""


@pytest.mark.parametrize("width", range(320, 1000, 60))
@pytest.mark.parametrize("chosen", [Timeframe.M3, Timeframe.D1])
def test_a_header_shows_as_many_intervals_as_have_room(desk, pane, qapp, width, chosen):
    desk.show()
    desk.model.set_timeframe(chosen)
    pane.resize(width, 400)
    qapp.processEvents()
    header = pane.header
    shown = [frame for frame, button in header.intervals.items() if button.isVisible()]
    parts = [header.symbol, header.indicators, header.mode, header.feed]
    parts += [header.intervals[frame] for frame in shown]

    assert chosen in shown
    if width > 400:
        assert len(shown) > 1
    for part in parts:
        if part.isVisible():
            assert part.width() >= part.sizeHint().width()


def test_a_feed_that_works_is_never_called_live_as_real_money_is(desk, pane):
    desk.show()
    for state in FeedState:
        desk.market.on_feed_moved(FeedMoved(instrument=BTC.id, stream="candles", state=state))
        assert "LIVE" not in pane.header.feed.text()
