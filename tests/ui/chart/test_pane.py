"""Show that the keyboard alone does everything on the chart."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from fks_desk.core.clock import SteppedClock, from_ms
from fks_desk.core.messages import BacktestReport, BacktestSpec, BacktestTrade
from fks_desk.core.model import (
    RunId,
    Span,
    StrategyName,
    Timeframe,
)
from fks_desk.ui.chart.pane import ChartPane
from fks_desk.ui.models import history
from fks_desk.ui.models.target import ChartTarget
from tests.fakes.charts import START, made_frame
from tests.ui.chart.conftest import BTC, ETH, press, stage, type_in

K = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


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


def test_enter_goes_through_the_ticket_where_there_is_one(desk, qtbot, registry):
    asked = []
    pane = ChartPane(
        model=desk.model,
        marks=desk.marks,
        staging=desk.staging,
        drawings=desk.drawings,
        alerts=desk.alerts,
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


def test_a_date_is_gone_to(desk, pane):
    desk.show()
    moment = from_ms(int(desk.model.series.time[123]))
    press(K.Key_G, ALT)
    type_in(f"{moment:%Y-%m-%d %H:%M}")
    press(K.Key_Return)

    assert pane.view.stack.crosshair_number == 123


def test_a_row_s_moment_is_shown_once_its_bars_are_here(desk, pane, monkeypatch):
    monkeypatch.setattr(history, "FIRST_BARS", 100)
    monkeypatch.setattr(history, "CHUNK_BARS", 100)
    monkeypatch.setattr(history, "MOST_BARS", 100)
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


def test_f5_reads_the_candles_again(desk, pane):
    desk.show()
    asked = desk.candles.asked
    press(K.Key_F5)

    assert desk.candles.asked > asked


def test_alt_a_sets_an_alert_at_the_crosshair_s_price(desk, pane):
    desk.show()
    press(K.Key_Left)
    press(K.Key_A, ALT)
    price = pane.entry.field.text()
    assert price
    press(K.Key_Return)
    (alert,) = desk.alerts.of(BTC.id)
    assert str(alert.level) == price

    press(K.Key_A, ALT)
    pane.entry.field.setText("nonsense")
    press(K.Key_Return)
    press(K.Key_Escape)
    assert len(desk.alerts.of(BTC.id)) == 1
    pane.ask_alert(alert)
    pane.entry.field.setText("> 70000 # up")
    press(K.Key_Return)
    (alert,) = desk.alerts.of(BTC.id)

    assert (alert.level, alert.note) == (Decimal(70_000), "up")
    pane.grab()


def test_with_a_line_chosen_alt_a_sets_the_alert_on_it(desk, pane):
    desk.show()
    press(K.Key_H, ALT)
    press(K.Key_Return)
    press(K.Key_A, ALT)
    press(K.Key_Return)

    (alert,) = desk.alerts.of(BTC.id)
    assert alert.drawing == desk.drawings.of(BTC.id)[0].id
    assert desk.alerts.on_drawing(alert.drawing)
