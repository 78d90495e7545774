"""Show that the keyboard alone does everything on the chart."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from fks_desk.core.clock import SteppedClock, from_ms
from fks_desk.core.messages import BacktestReport, BacktestSpec, BacktestTrade, FeedMoved, FeedState
from fks_desk.core.model import (
    Account,
    AccountId,
    Mode,
    OrderKind,
    RunId,
    Side,
    Span,
    StrategyName,
    Timeframe,
    VenueId,
)
from fks_desk.ui.chart.layers.candles import ChartType
from fks_desk.ui.chart.pane import ChartPane
from fks_desk.ui.models import chart as charts
from fks_desk.ui.models.target import ChartTarget
from tests.fakes.charts import START, made_frame
from tests.ui.chart.conftest import BTC, ETH

K = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


def press(key, held=Qt.KeyboardModifier.NoModifier):
    """Press a key wherever the focus is, as a person does."""
    QTest.keyClick(QApplication.focusWidget(), key, held)


def type_in(text):
    """Type one letter after the other; the focus may move in between."""
    for letter in text:
        QTest.keyClick(QApplication.focusWidget(), letter)


def stage(desk, price="66000.00", **more):
    return desk.staging.stage(BTC, Side.BUY, Decimal(price), Decimal("0.01"), **more)


def test_letters_ask_for_a_symbol_and_enter_takes_it(desk, pane):
    desk.show()
    desk.candles.frames[ETH.id, Timeframe.M5] = made_frame(100, price=3000)
    chosen = []
    pane.instrument_chosen.connect(chosen.append)
    type_in("eth")
    assert pane.entry.isVisible()
    assert pane.entry.field.text() == "eth"
    press(K.Key_Return)
    assert desk.model.instrument_id == ETH.id
    assert chosen == [ETH.id]
    assert pane.title == "ETH/USDT 5m"
    assert pane.view.hasFocus()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("5", Timeframe.M5), ("60", Timeframe.H1), ("1h", Timeframe.H1), (",d", Timeframe.D1)],
)
def test_digits_or_a_comma_ask_for_an_interval(desk, pane, typed, meant):
    desk.show()
    desk.model.set_timeframe(Timeframe.M3)
    type_in(typed)
    press(K.Key_Return)

    assert desk.model.timeframe is meant
    assert pane.view.hasFocus()


def test_escape_gives_up_and_returns_the_keys(desk, pane):
    desk.show()
    type_in("et")
    press(K.Key_Escape)

    assert not pane.entry.isVisible()
    assert desk.model.instrument_id == BTC.id
    assert pane.view.hasFocus()


def test_a_zero_resets_the_view_but_inside_the_entry_it_is_a_digit(desk, pane):
    desk.show()
    pane.view.zoom(4)
    type_in("0")
    assert pane.view.bar_width == pytest.approx(7)
    assert not pane.entry.isVisible()
    type_in("30")
    assert pane.entry.field.text() == "30"
    press(K.Key_Return)
    assert desk.model.timeframe is Timeframe.M30


def test_an_unknown_interval_keeps_asking(desk, pane):
    desk.show()
    type_in("7")
    press(K.Key_Return)

    assert pane.entry.isVisible()
    assert desk.model.timeframe is Timeframe.M5


def test_a_slash_adds_an_indicator_and_takes_it_away(desk, pane):
    desk.show()
    type_in("/rsi")
    press(K.Key_Return)
    assert [study.title for study in desk.model.studies] == ["RSI 14"]
    type_in("/ema 50")
    press(K.Key_Return)
    assert [study.title for study in desk.model.studies] == ["RSI 14", "EMA 50"]
    type_in("/")
    press(K.Key_Return)
    assert [study.title for study in desk.model.studies] == ["EMA 50"]


def test_a_wrong_parameter_is_told_and_adds_nothing(desk, pane):
    desk.show()
    told = []
    pane.noticed.connect(told.append)
    type_in("/sma 0")
    press(K.Key_Return)

    assert desk.model.studies == []
    assert "timeperiod" in told[0]


def test_down_walks_the_list_of_the_entry_and_not_the_price(desk, pane):
    desk.show()
    staged = stage(desk)
    pane.ask_indicator()
    press(K.Key_Down)
    press(K.Key_Return)

    assert desk.model.studies[0].indicator.name == "EMA"
    assert desk.staging.order == staged


def test_arrows_walk_the_crosshair(desk, pane):
    desk.show()
    said = []
    pane.described.connect(said.append)
    press(K.Key_Left)
    press(K.Key_Left)
    press(K.Key_Right)

    assert pane.view.stack.crosshair_number == 499
    press(K.Key_Escape)
    assert pane.view.stack.crosshair_number is None
    assert len(said) == 3


@pytest.mark.parametrize(
    ("key", "held", "moves"),
    [
        (K.Key_Left, CTRL, -0.8),
        (K.Key_Right, CTRL, 0.8),
        (K.Key_PageUp, Qt.KeyboardModifier.NoModifier, -0.8),
        (K.Key_PageDown, Qt.KeyboardModifier.NoModifier, 0.8),
    ],
)
def test_keys_scroll_far(desk, pane, key, held, moves):
    desk.show(made_frame(1500))
    pane.view.pan(-600)
    before = pane.view.shown
    press(key, held)

    assert pane.view.shown.left == pytest.approx(before.left + moves * before.count)


def test_home_and_end_go_to_both_ends(desk, pane):
    desk.show()
    press(K.Key_Home)
    assert pane.view.shown.shows(0)
    press(K.Key_End)
    assert pane.view.shown.shows(499)


@pytest.mark.parametrize(
    ("key", "held", "is_in"),
    [
        (K.Key_Plus, Qt.KeyboardModifier.NoModifier, True),
        (K.Key_Up, CTRL, True),
        (K.Key_Minus, Qt.KeyboardModifier.NoModifier, False),
        (K.Key_Down, CTRL, False),
    ],
)
def test_keys_zoom(desk, pane, key, held, is_in):
    desk.show()
    count = pane.view.shown.count
    press(key, held)

    assert (pane.view.shown.count < count) is is_in


def test_alt_digits_choose_how_bars_are_drawn(desk, pane):
    desk.show()
    for key, wanted in (
        (K.Key_1, ChartType.BARS),
        (K.Key_3, ChartType.LINE),
        (K.Key_2, ChartType.CANDLES),
    ):
        press(key, ALT)
        assert pane.view.stack.candles.type is wanted
    press(K.Key_L, CTRL)
    assert not pane.view.stack.has_volume
    press(K.Key_L, ALT)
    assert pane.view.stack.price.is_log


def test_nudges_of_a_staged_order_land_exactly_on_the_tick(desk, pane):
    desk.show()
    stage(desk)
    press(K.Key_Up)
    assert desk.staging.order.price == Decimal("66000.01")
    press(K.Key_Down, SHIFT)
    assert desk.staging.order.price == Decimal("65999.91")
    press(K.Key_BracketRight)
    assert desk.staging.order.size == Decimal("0.011")
    press(K.Key_BracketLeft)
    assert desk.staging.order.size == Decimal("0.010")
    press(K.Key_2)
    assert desk.staging.order.size == Decimal("0.00378")


def test_digits_are_presets_only_while_an_order_is_staged(desk, pane):
    desk.show()
    stage(desk)
    type_in("3")
    assert not pane.entry.isVisible()
    press(K.Key_Escape)
    assert not desk.staging.is_staged
    type_in("3")
    assert pane.entry.isVisible()


def test_enter_sends_what_is_staged_once_and_escape_drops_it(desk, pane):
    desk.show()
    sent = []
    desk.staging.sent.connect(sent.append)
    staged = stage(desk)
    press(K.Key_Return)
    press(K.Key_Return)
    assert sent == [staged]
    stage(desk)
    press(K.Key_Escape)
    press(K.Key_Return)
    assert sent == [staged]


def test_enter_goes_through_the_ticket_where_there_is_one(desk, qtbot, registry):
    asked = []
    pane = ChartPane(
        model=desk.model,
        marks=desk.marks,
        staging=desk.staging,
        clock=SteppedClock(START),
        submit=lambda: asked.append(1),
        name="chart2",
    )
    qtbot.addWidget(pane)
    pane.register_actions(registry)
    stage(desk)
    registry.trigger("chart.staged.send")

    assert asked == [1]
    assert desk.staging.is_staged


def test_no_two_keys_of_the_chart_mean_the_same(pane, registry):
    registry.require_unambiguous()
    titles = [action.title for action in registry.all()]

    assert len(titles) == len(set(titles))


def test_the_staged_order_says_side_size_price_worth_and_risk(desk, pane):
    desk.show()
    desk.staging.set_equity(Decimal(10_000))
    stage(desk, "66000.50")
    pane.view.grab()
    level = pane.view.stack.levels[-1]

    assert level.label == (
        "BUY 0.01 BTC @ 66,000.50  ·  660.00 USDT  ·  risk 6.6 %  ·  Enter sends · Esc drops"
    )
    assert level.tag == "66,000.50"
    stage(desk, kind=OrderKind.MARKET)
    pane.view.grab()
    assert "@ market" in pane.view.stack.levels[-1].label


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
    for state, word in ((FeedState.LIVE, "LIVE"), (FeedState.STALE, "STALE")):
        desk.market.on_feed_moved(FeedMoved(instrument=BTC.id, stream="candles", state=state))
        assert word in header.feed.text()
    assert "old" in header.feed.toolTip()
    header.intervals[Timeframe.H1].click()
    assert desk.model.timeframe is Timeframe.H1
    header.symbol.click()
    assert pane.entry.isVisible()


def test_a_date_is_gone_to(desk, pane):
    desk.show()
    moment = from_ms(int(desk.model.series.time[123]))
    press(K.Key_G, ALT)
    type_in(f"{moment:%Y-%m-%d %H:%M}")
    press(K.Key_Return)

    assert pane.view.stack.crosshair_number == 123


def test_a_row_s_moment_is_shown_once_its_bars_are_here(desk, pane, monkeypatch):
    monkeypatch.setattr(charts, "FIRST_BARS", 100)
    monkeypatch.setattr(charts, "CHUNK_BARS", 100)
    monkeypatch.setattr(charts, "MOST_BARS", 100)
    frame = made_frame(1_000)
    desk.candles.frames[BTC.id, Timeframe.M5] = frame
    moment = from_ms(int(frame.time[50])) + timedelta(seconds=7)
    pane.show_target(ChartTarget(instrument=BTC.id, moment=moment))
    number = pane.view.stack.crosshair_number

    assert desk.model.series.time_at(number, 300_000) == frame.time[50]
    assert pane.view.shown.shows(number)


def test_a_backtest_is_shown_on_its_own_bars(desk, pane):
    frame = made_frame(600)
    desk.candles.frames[BTC.id, Timeframe.M5] = frame
    trades = tuple(
        BacktestTrade(
            entry_time=int(frame.time[start]),
            exit_time=int(frame.time[start + 20]),
            side="long",
            entry_price=float(frame.close[start]),
            exit_price=float(frame.close[start + 20]),
            size=1.0,
            pnl=float(frame.close[start + 20] - frame.close[start]),
            fees=0.0,
        )
        for start in range(100, 560, 40)
    )
    spec = BacktestSpec(
        strategy=StrategyName("sma_cross"),
        params={},
        instrument=BTC.id,
        timeframe=Timeframe.M5,
        span=Span(start=START, end=START + timedelta(days=90)),
    )
    pane.show_report(
        BacktestReport(
            run=RunId("r"),
            spec=spec,
            equity_time=None,
            equity=None,
            trades=trades,
            metrics={},
            digest="",
            seconds=0.1,
        )
    )
    image = pane.view.grab().toImage()

    assert desk.model.instrument_id == BTC.id
    assert pane.view.shown.shows(540)
    assert not image.isNull()


def test_a_picture_is_saved_under_the_symbol_s_name(desk, pane, tmp_path, qtbot):
    desk.show()
    told = []
    pane.noticed.connect(told.append)
    press(K.Key_S, ALT)
    assert "clipboard" in told[0]
    assert not QApplication.clipboard().pixmap().isNull()
    pane._folder = tmp_path / "pictures"
    press(K.Key_S, ALT)
    assert (tmp_path / "pictures" / "BTCUSDT-5m-20260302-000000.png").stat().st_size > 1000


def test_an_entry_that_loses_the_keys_closes(desk, pane):
    desk.show()
    type_in("b")
    pane.view.setFocus()

    assert not pane.entry.isVisible()


def test_f5_reads_the_candles_again(desk, pane):
    desk.show()
    asked = desk.candles.asked
    press(K.Key_F5)

    assert desk.candles.asked > asked
