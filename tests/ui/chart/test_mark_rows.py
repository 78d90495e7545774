"""Open the row behind a mark, by click and by Enter, and hear what is marked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from fks_desk.core.alerts import AlertState
from fks_desk.core.clock import from_ms
from fks_desk.core.messages import BacktestTrade, OrderFilled, SignalRaised
from fks_desk.core.model import AccountId, OrderState, Side, Stance
from fks_desk.ui.models.target import ChartTarget
from tests.fakes.charting import made_alert
from tests.fakes.charts import made_frame
from tests.fakes.rows import signal
from tests.ui.chart.conftest import BTC, press
from tests.ui.models.test_chart_marks import fill, order

K = Qt.Key
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def wanted(desk: Any, pane: Any) -> list[tuple[str, Any]]:
    """Return the rows that the chart asks for; it shows 500 bars and belongs to an account."""
    asked: list[tuple[str, Any]] = []
    pane.row_wanted.connect(lambda name, key: asked.append((name, key)))
    desk.show(made_frame(500))
    desk.marks.follow(AccountId("demo"), BTC.id)
    return asked


def moment(desk: Any, number: int, seconds: int = 100) -> Any:
    return from_ms(int(desk.model.series.time[number])) + timedelta(seconds=seconds)


def bought(desk: Any, number: int) -> OrderFilled:
    at, price = moment(desk, number), Decimal(f"{desk.model.series.bar(number)[3]:.2f}")
    one = replace(fill(number, Side.BUY), price=price, ts_event=at, ts_init=at)
    return OrderFilled(fill=one, order=order(state=OrderState.FILLED))


def said(desk: Any, number: int, stance: Stance = Stance.LONG, **more: Any) -> SignalRaised:
    closes = moment(desk, number + 1, 0)
    one = signal(number, ts_event=closes, instrument=BTC.id, stance=stance, **more)
    return SignalRaised(signal=one)


def report(desk: Any, *spans: tuple[int, int]) -> Any:
    series = desk.model.series
    trades = [
        BacktestTrade(
            entry_time=int(series.time[start]), exit_time=int(series.time[stop]), side="long",
            entry_price=float(series.bar(start)[3]), exit_price=float(series.bar(stop)[3]),
            size=1.0, pnl=5.0, fees=0.0,
        )
        for start, stop in spans
    ]  # fmt: skip
    return SimpleNamespace(
        trades=tuple(trades),
        spec=SimpleNamespace(instrument=BTC.id, timeframe=desk.model.timeframe),
    )


def click(pane: Any, number: int, price: float, up: float = 0.0, slip: int = 0) -> None:
    pane.grab()
    projection = pane.view.stack.price.projection
    at = QPoint(round(projection.x(number)), round(projection.y(price) + up))
    QTest.mousePress(pane.view, LEFT, NONE, at)
    if slip:
        QTest.mouseMove(pane.view, at + QPoint(slip, 0))
    QTest.mouseRelease(pane.view, LEFT, NONE, at + QPoint(slip, 0))


def test_a_click_on_a_fill_opens_its_row_and_a_drag_from_it_does_not(desk, pane, wanted):
    event = bought(desk, 450)
    desk.marks.on_order_filled(event)
    price = float(event.fill.price)
    click(pane, 450, price, up=6, slip=40)
    assert wanted == []
    click(pane, 430, price, up=6)
    assert wanted == []
    pane.view.go_last()
    click(pane, 450, price, up=6)

    assert wanted == [("fills", event.fill.key)]


def test_a_click_on_a_signal_opens_it_below_the_bar_or_above(desk, pane, wanted):
    for number, stance in ((440, Stance.LONG), (460, Stance.SHORT), (480, Stance.FLAT)):
        event = said(desk, number, stance)
        desk.marks.signals.on_signal_raised(event)
        high, low = desk.model.series.bar(number)[1:3]
        below = stance is Stance.LONG
        click(pane, number, low if below else high, up=11 if below else -11)

        assert wanted[-1] == ("signals", event.signal.id)


def test_a_click_on_a_test_s_trade_opens_its_number(desk, pane, wanted):
    desk.marks.show_backtest(report(desk, (470, 480), (430, 440)))
    close = desk.model.series.bar
    click(pane, 430, close(430)[3], up=6)
    click(pane, 480, close(480)[3], up=-6)

    assert wanted == [("backtest", 2), ("backtest", 1)]


def test_a_click_on_the_bell_of_an_alert_that_fired_opens_it(desk, pane, wanted):
    seen = Decimal(f"{desk.model.series.bar(450)[3]:.2f}")
    alert = replace(
        made_alert(BTC.id, moment(desk, 400)),
        state=AlertState.FIRED, fired=moment(desk, 450), seen=seen,
    )  # fmt: skip
    desk.alerts._alerts[alert.id] = alert
    click(pane, 450, float(seen), up=-pane.view.stack.look.line_height + 1)

    assert wanted == [("alerts", alert.id)]


def test_enter_opens_every_mark_of_a_bar_in_turn(desk, pane, wanted):
    filled, spoke = bought(desk, 450), said(desk, 450)
    desk.marks.on_order_filled(filled)
    desk.marks.signals.on_signal_raised(spoke)
    desk.marks.show_backtest(report(desk, (450, 460)))
    pane.view.put_crosshair(450)
    press(K.Key_Return)
    press(K.Key_Return)
    press(K.Key_Return)
    press(K.Key_Return)
    rows = [("fills", filled.fill.key), ("signals", spoke.signal.id), ("backtest", 1)]

    assert wanted == [*rows, rows[0]]


def test_what_is_marked_is_told_with_the_bar(desk, pane, wanted):
    desk.marks.on_order_filled(bought(desk, 450))
    desk.marks.signals.on_signal_raised(said(desk, 450, confidence=0.75, rule="fast over slow"))
    desk.marks.show_backtest(report(desk, (450, 460)))
    told: list[str] = []
    pane.described.connect(told.append)
    pane.view.put_crosshair(450)

    assert "bought" in told[-1]
    assert "signal of sma_cross: long, confidence 75 %: fast over slow" in told[-1]
    assert "entry of trade 1, long, result +5.00" in told[-1]
    pane.view.put_crosshair(449)
    assert "signal" not in told[-1]


def test_signals_are_hidden_and_shown_and_none_of_the_future_is_seen_in_a_replay(
    desk, pane, wanted
):
    before = pane.view.grab().toImage()
    desk.marks.signals.on_signal_raised(said(desk, 480))
    marked = pane.view.grab().toImage()
    assert marked != before
    pane.view.toggle_signals()
    assert pane.view.grab().toImage() == before
    pane.view.toggle_signals()
    desk.show(made_frame(500).slice(0, 470))
    desk.marks.follow(AccountId("demo"), BTC.id)
    replayed = pane.view.grab().toImage()
    desk.marks.signals.load(BTC.id)

    assert pane.view.grab().toImage() == replayed


def test_a_target_is_centred_and_ringed_until_escape(desk, pane, wanted):
    pane.view.go_last()
    before = pane.view.grab().toImage()
    number = 200
    price = Decimal(f"{desk.model.series.bar(number)[3]:.2f}")
    pane.show_target(ChartTarget(instrument=BTC.id, moment=moment(desk, number), price=price))
    shown = pane.view.shown
    assert (shown.left + shown.right) / 2 == pytest.approx(number)
    assert pane.view.stack.crosshair_number == number
    ringed = pane.view.grab().toImage()
    press(K.Key_Escape)
    plain = pane.view.grab().toImage()
    assert ringed != plain
    pane.view.go_last()
    assert pane.view.grab().toImage() == before


def test_a_target_far_back_is_waited_for(desk, pane):
    desk.show(made_frame(40_000))
    early = moment(desk, 5)
    pictures = []
    target = ChartTarget(instrument=BTC.id, moment=early)
    pane.show_target(target, then=lambda: pictures.append(pane.picture()))
    series = desk.model.series

    assert series.time_at(pane.view.stack.crosshair_number, desk.model.bar_ms) <= int(
        early.timestamp() * 1000
    )
    assert pictures == [pane.view.grab().toImage()]
