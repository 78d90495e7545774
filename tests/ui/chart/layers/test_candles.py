"""Show that candles appear where their prices are, in the colours that they deserve."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF

from fks_desk.core.frame import Frame
from fks_desk.ui.chart.layers.candles import ChartType, body_width
from fks_desk.ui.theme.colors import COLOR_BLIND, DARK
from tests.fakes.charts import made_frame
from tests.ui.chart.conftest import color_at, colors_in


def frame(*bars, volume=1.0):
    table = np.array(bars, dtype=np.float64).reshape(-1, 4).T
    count = table.shape[1]
    return Frame(
        time=np.arange(count, dtype=np.int64) * 300_000 + 1_700_000_100_000,
        open=table[0],
        high=table[1],
        low=table[2],
        close=table[3],
        volume=np.full(count, volume),
    )


def at(view, number, price):
    projection = view.stack.price.projection
    return QPointF(projection.x(number), projection.y(price))


def test_a_rising_bar_is_green_from_open_to_close_and_a_falling_one_red(desk, view, picture):
    desk.show(frame((100, 112, 98, 110), (110, 111, 95, 97)))
    image = picture()

    assert color_at(image, at(view, 0, 105)) == DARK.up
    assert color_at(image, at(view, 0, 99)) == DARK.up
    assert color_at(image, at(view, 1, 104)) == DARK.down
    assert color_at(image, at(view, 0, 99) + QPointF(2, 0)) == DARK.panel
    assert color_at(image, at(view, 0, 105) + QPointF(3 * view.bar_width, 3)) == DARK.panel


def test_colour_blind_rising_bars_are_outlines_and_falling_ones_are_full(desk, view, picture):
    desk.show(frame((100, 112, 98, 110), (110, 111, 95, 97)))
    view.set_theme(COLOR_BLIND)
    image = picture()

    assert color_at(image, at(view, 0, 105)) == COLOR_BLIND.panel
    assert color_at(image, at(view, 0, 111)) == COLOR_BLIND.up
    assert color_at(image, at(view, 1, 104)) == COLOR_BLIND.down


def test_a_flat_bar_is_still_a_line(desk, view, picture):
    desk.show(frame((100, 100, 100, 100), (100, 100, 100, 100)))
    image = picture()
    spot = at(view, 0, 100)
    seen = colors_in(
        image, int(spot.x()) - 2, int(spot.y()) - 2, int(spot.x()) + 3, int(spot.y()) + 3
    )

    assert DARK.up in seen


@pytest.mark.parametrize("price", [1e-8, 1e-3, 1.0, 67_000.0, 1e6])
def test_bars_of_any_price_fill_the_height(desk, view, picture, price):
    bars = made_frame(60, price=price, digits=14)
    desk.show(bars)
    image = picture()
    projection = view.stack.price.projection

    assert projection.low < bars.low.min() < bars.high.max() < projection.high
    used = projection.y(bars.low.min()) - projection.y(bars.high.max())
    assert used > 0.6 * projection.height
    seen = colors_in(image, 0, 0, int(projection.width), int(projection.height))
    assert {DARK.up, DARK.down} <= seen


def test_one_bar_alone_and_none_at_all_are_painted_without_complaint(desk, view, picture):
    assert not picture().isNull()
    desk.show(frame((100, 112, 98, 110)))
    assert color_at(picture(), at(view, 0, 105)) == DARK.up


def test_a_bar_without_numbers_leaves_a_hole_and_nothing_else(desk, view, picture):
    hole = (math.nan,) * 4
    desk.show(frame((100, 112, 98, 110), hole, (100, 112, 98, 110)))
    image = picture()

    assert color_at(image, at(view, 0, 105)) == DARK.up
    assert color_at(image, at(view, 1, 105)) == DARK.panel
    assert color_at(image, at(view, 2, 105)) == DARK.up


def test_ten_thousand_bars_leave_no_column_empty(desk, view, picture):
    desk.show(made_frame(10_000))
    view.zoom(1e9)
    view.go_first()
    image = picture()
    projection = view.stack.price.projection
    left, right = int(projection.x(view.model.series.first)) + 1, int(projection.x(1_000))
    high = int(projection.height)

    for x in range(max(1, left), min(right, int(projection.width)) - 1, 7):
        assert {DARK.up, DARK.down} & colors_in(image, x, 0, x + 1, high), x


@pytest.mark.parametrize("chart_type", list(ChartType))
def test_every_type_draws_something(desk, view, picture, chart_type):
    desk.show(made_frame(200))
    view.set_type(chart_type)
    seen = colors_in(picture(), 0, 80, 700, 380)

    assert (DARK.accent if chart_type.is_line else DARK.up) in seen


def test_volume_stands_at_the_bottom_and_can_be_taken_away(desk, view, picture):
    desk.show(frame(*[(100, 112, 98, 110)] * 5))
    height = int(view.stack.price.projection.height)
    faint = view.stack.look.up_faint.name()
    with_volume = colors_in(picture(), 0, height - 20, 700, height)
    view.toggle_volume()

    assert faint in with_volume
    assert faint not in colors_in(picture(), 0, height - 20, 700, height)


def test_bars_on_which_nothing_was_traded_have_no_volume(desk, view, picture):
    desk.show(frame(*[(100, 112, 98, 110)] * 5, volume=0.0))
    height = int(view.stack.price.projection.height)

    assert view.stack.look.up_faint.name() not in colors_in(picture(), 0, height - 30, 700, height)


@given(st.floats(0.001, 200))
def test_a_body_is_an_odd_number_of_pixels_narrower_than_its_bar(width):
    body = body_width(width)

    assert body % 2 == 1
    assert body <= max(1.0, width)
