"""Show that the view keeps its place while bars come and go, and reads what it points at."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from fks_desk.core.clock import from_ms
from fks_desk.core.messages import CandleMoved
from fks_desk.core.model import Side, Timeframe
from fks_desk.ui.chart.layers.candles import ChartType
from fks_desk.ui.chart.window import Window
from fks_desk.ui.models import history
from fks_desk.ui.models.series import CLOSE
from fks_desk.ui.theme.colors import DARK, LIGHT
from tests.fakes.charts import made_candle, made_frame
from tests.ui.chart.conftest import BTC, ETH, colors_in


def candle(model, offset, close="67000"):
    opened = from_ms(int(model.series.time[-1])) + offset * timedelta(minutes=5)
    price = f"{float(close):.2f}"
    return CandleMoved(candle=made_candle(BTC.id, Timeframe.M5, opened, (price,) * 4))


def test_a_chart_opens_on_the_newest_bars(desk, view):
    desk.show()

    assert view.shown.shows(desk.model.series.stop - 1)
    assert view.shown.count == pytest.approx(view.plot_width / 7, rel=0.1)


def test_older_bars_leave_the_view_where_it_is(desk, view, monkeypatch):
    monkeypatch.setattr(history, "FIRST_BARS", 100)
    monkeypatch.setattr(history, "CHUNK_BARS", 50)
    monkeypatch.setattr(history, "MOST_BARS", 100)
    desk.show(made_frame(1000))
    view.grab()
    view.pan(-20)
    before, length = view.shown, len(desk.model.series)
    projection = view.stack.price.projection
    desk.model.want_older()
    view.grab()

    assert len(desk.model.series) > length
    assert view.shown == before
    assert view.stack.price.projection.left == before.left
    assert view.stack.price.projection.bar_width == projection.bar_width


def test_panning_left_asks_for_older_bars_until_there_are_none(desk, view, monkeypatch):
    monkeypatch.setattr(history, "FIRST_BARS", 200)
    monkeypatch.setattr(history, "CHUNK_BARS", 200)
    monkeypatch.setattr(history, "MOST_BARS", 200)
    desk.show(made_frame(1500))
    for _ in range(20):
        view.pan(-100)

    assert len(desk.model.series) == 1500
    assert desk.model.has_all


def test_a_new_bar_moves_a_view_that_shows_the_newest_by_one(desk, view):
    desk.show()
    before = view.shown
    desk.model.on_candle_moved(candle(desk.model, 1))

    assert view.shown == before.panned(1)


def test_a_new_bar_does_not_move_a_view_of_the_past(desk, view):
    desk.show()
    view.pan(-200)
    before = view.shown
    desk.model.on_candle_moved(candle(desk.model, 1))

    assert view.shown == before


def test_a_tick_sums_up_the_newest_bar_alone(desk, view, monkeypatch):
    desk.show()
    pyramid = view.stack.bars.pyramid
    asked = []
    monkeypatch.setattr(pyramid, "refresh", lambda low, high: asked.append((low, high)))
    desk.model.on_candle_moved(candle(desk.model, 0))

    stop = desk.model.series.stop
    assert asked == [(stop - 1, stop)]
    assert view.stack.bars.pyramid is pyramid


def test_many_ticks_are_laid_out_once(desk, view, qapp, monkeypatch):
    desk.show()
    qapp.processEvents()
    laid_out = []
    monkeypatch.setattr(view, "lay_out", lambda: laid_out.append(setattr(view, "is_stale", False)))
    for turn in range(50):
        desk.model.on_candle_moved(candle(desk.model, 0, close=str(67_000 + turn)))
    qapp.processEvents()

    assert len(laid_out) == 1


def test_another_timeframe_keeps_the_width_of_a_bar(desk, view):
    desk.show()
    view.zoom(0.5)
    width = view.bar_width
    desk.candles.frames[BTC.id, Timeframe.H1] = made_frame(300, timeframe=Timeframe.H1)
    desk.model.set_timeframe(Timeframe.H1)

    assert view.bar_width == pytest.approx(width)
    assert view.shown.shows(299)


def test_a_wider_window_shows_more_bars_at_the_same_width(desk, view, qapp):
    desk.show()
    right, width = view.shown.right, view.bar_width
    view.resize(1200, 500)
    qapp.processEvents()

    assert view.bar_width == pytest.approx(width)
    assert view.shown.right == pytest.approx(right)
    assert view.shown.count == pytest.approx(view.plot_width / width)


def test_the_crosshair_walks_bar_by_bar_and_scrolls_at_the_edge(desk, view):
    desk.show()
    said = []
    view.described.connect(said.append)
    newest = desk.model.series.stop - 1
    view.step_crosshair(-1)
    assert view.stack.crosshair_number == newest
    for _ in range(150):
        view.step_crosshair(-1)

    assert view.stack.crosshair_number == newest - 150
    assert view.shown.shows(newest - 150)
    assert not view.shown.shows(newest)
    assert len(said) == 151


def test_the_crosshair_stops_at_the_first_and_the_last_bar(desk, view):
    desk.show(made_frame(5))
    for _ in range(20):
        view.step_crosshair(-1)
    assert view.stack.crosshair_number == 0
    for _ in range(20):
        view.step_crosshair(1)
    assert view.stack.crosshair_number == 4


def test_the_bar_under_the_crosshair_is_described_in_full(desk, view):
    desk.show()
    desk.model.add_study("RSI")
    said = []
    view.described.connect(said.append)
    view.put_crosshair(100)
    bar = desk.model.series.bar(100)

    assert said[0].startswith("BTC/USDT 5m, ")
    assert f"close {bar[3]:,.2f}" in said[0]
    assert "UTC" in said[0]
    assert "RSI 14 " in said[0]
    view.step_crosshair(1)
    assert view.accessibleDescription() == said[-1]


def test_a_staged_order_of_another_symbol_is_not_drawn(desk, view):
    desk.show()
    desk.staging.stage(ETH, Side.BUY, Decimal(67000), Decimal("0.01"))
    view.grab()

    assert len(view.stack.price.tags) == 1


def test_a_study_of_its_own_scale_gets_a_panel_and_loses_it_again(desk, view):
    desk.show()
    height = view.stack.price.area.height()
    study = desk.model.add_study("RSI")
    desk.model.add_study("SMA")
    view.grab()
    assert len(view.stack.panels) == 2
    assert view.stack.panels[1].projection.low < 30
    assert view.stack.panels[1].projection.left == view.stack.price.projection.left
    assert view.stack.price.area.height() < height
    desk.model.remove_study(study)
    view.grab()
    assert len(view.stack.panels) == 1
    assert view.stack.price.area.height() == height


def test_every_study_is_drawn_at_every_zoom(desk, view):
    desk.show(made_frame(3000))
    for name in ("SMA", "BBANDS", "RSI", "MACD", "STOCH", "VOLUME_SMA", "OBV", "CDLDOJI"):
        desk.model.add_study(name)
    for factor in (1.0, 5.0, 100.0, 0.01):
        view.zoom(factor)
        assert not view.grab().isNull()
    color = view.stack.look.line(0).name()
    assert color in colors_in(view.grab().toImage(), 0, 0, 700, 200)


def test_the_log_scale_shows_the_same_bars_between_the_same_prices(desk, view):
    desk.show()
    view.toggle_log()
    view.grab()
    projection = view.stack.price.projection

    assert projection.is_log
    bars = desk.model.series.frame(int(view.shown.left), 500)
    assert projection.low < bars.low.min() < bars.high.max() < projection.high


def test_reset_forgets_zoom_place_and_scale(desk, view):
    desk.show()
    view.zoom(3)
    view.pan(-100)
    view.stack.price.manual = (1.0, 2.0)
    view.reset()

    assert view.bar_width == pytest.approx(7)
    assert view.shown.shows(499)
    assert view.stack.price.manual is None


def test_home_and_end_show_both_ends(desk, view):
    desk.show()
    view.go_first()
    assert view.shown.shows(0)
    view.go_last()
    assert view.shown.shows(499)


def test_a_moment_is_brought_to_the_middle(desk, view):
    desk.show()
    view.go_to(int(desk.model.series.time[200]))

    assert (view.shown.left + view.shown.right) / 2 == pytest.approx(200)
    assert view.stack.crosshair_number == 200


def test_some_bars_always_stay_in_sight(desk, view):
    desk.show(made_frame(50))
    view.pan(1e6)
    assert view.shown.left < 50
    view.pan(-1e6)
    assert view.shown.right > 0


def test_a_theme_repaints_the_chart(desk, view):
    desk.show()
    view.set_theme(LIGHT)
    image = view.grab().toImage()

    assert LIGHT.panel in colors_in(image, 0, 100, 300, 110)
    assert DARK.panel not in colors_in(image, 0, 100, 300, 110)


def test_an_empty_chart_says_what_to_do(desk, view):
    view.grab()
    assert "Type a symbol" in view.stack.message
    desk.show(made_frame(10).slice(0, 0))
    view.grab()
    assert "import" in view.stack.message
    desk.show(made_frame(10))
    view.grab()
    assert not view.stack.message


def test_the_axis_has_room_for_its_longest_label(desk, view):
    desk.show(replace_price(made_frame(100)))
    view.grab()
    width = view.stack.look.width("1,234,567,890.12", is_bold=True)

    assert view.axis_width >= width


def replace_price(frame):
    scale = 1_234_567_890.12 / frame.close[-1]
    columns = {name: getattr(frame, name) * scale for name in ("open", "high", "low", "close")}
    return replace(frame, **columns)


def test_a_window_without_bars_can_be_panned_and_zoomed(view):
    view.set_window(Window(left=-10, right=20))
    view.zoom(0.5)
    view.pan(5)
    view.go_first()
    view.step_crosshair(1)

    assert not view.grab().isNull()


def test_a_percent_scale_counts_from_the_first_close_in_sight(desk, view, picture):
    desk.show()
    view.toggle_percent()
    picture()
    price, series = view.stack.price, desk.model.series
    first = series.bar(math.ceil(view.shown.left))[CLOSE]

    for change, text in ((0.0, "0.0"), (0.01, "+1.0"), (-0.01, "−1.0")):
        assert price.text(first * (1 + change)).startswith(text)
        assert price.text(first * (1 + change)).endswith(" %")
    assert all(
        (tick / first - 1) * 1e4 == pytest.approx(round((tick / first - 1) * 1e4))
        for tick in price.ticks
    )


def test_an_inverted_scale_has_its_lowest_price_at_the_top(desk, view, picture):
    desk.show()
    picture()
    upright = view.stack.price.projection
    view.toggle_inverted()
    picture()
    turned = view.stack.price.projection

    assert turned.y(turned.low) == 0
    assert turned.y(turned.high) == turned.height
    assert turned.value(turned.y(67_000)) == pytest.approx(67_000)
    assert upright.y(67_000) < upright.y(66_000)
    assert turned.y(67_000) > turned.y(66_000)


def test_the_last_price_is_the_markets_whatever_the_bars_are_made_of(desk, view, picture):
    desk.show()
    last = desk.model.candles.bar(desk.model.candles.stop - 1)[CLOSE]
    view.set_type(ChartType.HEIKIN_ASHI)
    picture()

    assert view.stack.levels[0].price == last
    assert view.stack.bars.series is desk.model.series
    assert desk.model.series.bar(desk.model.series.stop - 1)[CLOSE] != last
