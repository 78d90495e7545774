"""Show that fills and trades of a backtest are marked on the bars that hold them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QPointF

from fks_desk.core.clock import from_ms
from fks_desk.core.messages import BacktestTrade, OrderFilled
from fks_desk.core.model import AccountId, OrderState, Side
from fks_desk.ui.theme.colors import DARK
from tests.ui.chart.conftest import BTC, color_at
from tests.ui.models.test_chart_marks import fill, order


def told(desk, number, side, price):
    moment = from_ms(int(desk.model.series.time[number])) + timedelta(seconds=100)
    one = replace(
        fill(number, side), price=Decimal(f"{price:.2f}"), ts_event=moment, ts_init=moment
    )
    return OrderFilled(fill=one, order=order(state=OrderState.FILLED))


@pytest.mark.parametrize(("side", "below"), [(Side.BUY, 1), (Side.SELL, -1)])
def test_a_fill_is_a_triangle_that_points_at_its_price(desk, view, picture, side, below):
    desk.show()
    desk.marks.follow(AccountId("demo"), BTC.id)
    low = desk.model.series.frame(400, 500).low.min()
    price = low - (view.stack.price.projection.high - view.stack.price.projection.low) * 0
    desk.marks.on_order_filled(told(desk, 450, side, price))
    image = picture()
    projection = view.stack.price.projection
    tip = QPointF(projection.x(450), projection.y(price))
    inside = color_at(image, tip + QPointF(0, 6 * below))

    assert inside == (DARK.up if side is Side.BUY else DARK.down)


def test_a_fill_out_of_sight_is_not_painted(desk, view, picture):
    desk.show()
    desk.marks.follow(AccountId("demo"), BTC.id)
    before = picture()
    desk.marks.on_order_filled(told(desk, 5, Side.BUY, 1.0))

    assert picture() == before


def test_trades_of_a_backtest_join_entry_and_exit(desk, view, picture):
    desk.show()
    series = desk.model.series
    trades = [
        BacktestTrade(
            entry_time=int(series.time[start]),
            exit_time=int(series.time[start + 10]),
            side=side,
            entry_price=float(series.bar(start)[3]),
            exit_price=float(series.bar(start + 10)[3]),
            size=1.0,
            pnl=pnl,
            fees=0.0,
        )
        for start, side, pnl in ((420, "long", 5.0), (450, "short", -5.0))
    ]
    before = picture()
    desk.marks.follow(AccountId("demo"), BTC.id)
    desk.marks.show_backtest(
        SimpleNamespace(trades=trades, spec=SimpleNamespace(instrument=BTC.id))
    )

    assert picture() != before


def test_so_many_marks_that_they_would_hide_the_bars_are_left_out(desk, view, picture):
    desk.show()
    desk.marks.follow(AccountId("demo"), BTC.id)
    view.zoom(100)
    before = picture()
    for number in range(450):
        desk.marks.on_order_filled(told(desk, number, Side.BUY, 67_000 + number))

    assert picture() == before
