"""Show that the crosshair stands on its bar and its value."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fks_desk.ui.theme.colors import DARK
from tests.ui.chart.conftest import colors_in


def test_the_crosshair_stands_on_a_bar_and_tells_value_and_moment(desk, view, picture):
    desk.show()
    view.grab()
    view.put_crosshair(450, view.stack.price, 120.0)
    image = picture()
    projection = view.stack.price.projection
    x = round(projection.x(450))

    assert DARK.crosshair in colors_in(image, x, 300, x + 1, 380)
    assert DARK.crosshair in colors_in(image, 200, 120, 260, 121)
    tag = view.stack.price.cursor_tag
    assert tag.value == projection.value(120.0)
    assert view.stack.time_axis.cursor[0] == 450
    assert view.stack.time_axis.cursor[1].endswith("2026 " + view.stack.time_axis.cursor[1][-5:])


def test_the_vertical_line_goes_through_every_panel(desk, view, picture):
    desk.show()
    desk.model.add_study("RSI")
    view.grab()
    view.put_crosshair(450)
    image = picture()
    x = round(view.stack.price.projection.x(450))
    area = view.stack.panels[1].area

    assert DARK.crosshair in colors_in(image, x, int(area.top()) + 2, x + 1, int(area.bottom()))


def test_without_a_mouse_the_line_stands_on_the_close(desk, view):
    desk.show()
    view.grab()
    view.put_crosshair(450)
    view.grab()

    assert abs(view.stack.price.cursor_tag.value - desk.model.series.bar(450)[3]) < 1


def test_taken_away_it_leaves_no_trace(desk, view, picture):
    desk.show()
    before = picture()
    view.put_crosshair(450, view.stack.price, 120.0)
    view.clear_crosshair()

    assert picture() == before


@pytest.mark.parametrize("width", range(60, 700, 45))
def test_a_legend_leaves_out_what_has_no_room_and_never_half_a_number(desk, view, width):
    desk.show()
    view.grab()
    part = view.stack._price
    row = part.legend.rows[0]
    part.panel.projection = replace(part.panel.projection, width=float(width))
    fitting = part.legend._fitting(row)
    taken = sum(part.panel.look.width(piece.text) for piece in fitting)

    left = iter(row)
    assert all(piece in left for piece in fitting)  # in their order, some left out
    assert taken <= width
    assert not fitting or not fitting[-1].leads
    if width > 150:
        assert "C " in [piece.text for piece in fitting]


def test_a_bar_that_was_scrolled_out_of_sight_has_no_tags(desk, view):
    desk.show()
    view.grab()
    view.put_crosshair(450)
    view.grab()
    assert view.stack.time_axis.cursor is not None
    view.pan(-view.shown.count * 2)
    view.grab()

    assert view.stack.time_axis.cursor is None
    assert view.stack.price.cursor_tag is None


def test_a_low_panel_shows_few_rows_and_counts_the_rest(desk, view):
    desk.show()
    for name in ("SMA", "EMA", "WMA", "DEMA"):
        desk.model.add_study(name)
    view.resize(600, 500)
    view.grab()
    legend = view.stack._price.legend
    high = legend.extent.height()
    assert not any("+" in one.text for one in legend.texts if one.text.startswith("  "))
    view.resize(600, 120)
    view.grab()
    projection = legend.panel.projection

    assert legend.extent.height() < high
    assert legend.extent.height() <= max(projection.height * 0.4, legend.panel.look.line_height + 9)
    assert legend.texts[-1].text.startswith("  +")
