"""Show that panels and layers stay in step with the studies of the model."""

from __future__ import annotations

import pytest

from fks_desk.ui.chart.look import look_of
from fks_desk.ui.theme.colors import LIGHT
from tests.fakes.charts import made_frame


def test_panels_share_the_height_and_the_price_has_the_most(desk, view):
    desk.show()
    for name in ("RSI", "MACD", "STOCH"):
        desk.model.add_study(name)
    heights = [panel.area.height() for panel in view.stack.panels]

    assert sum(heights) == pytest.approx(500 - 24)
    assert heights[0] > max(heights[1:])
    tops = [panel.area.top() for panel in view.stack.panels]
    assert tops == sorted(tops)


def test_every_panel_shows_the_same_bars(desk, view):
    desk.show()
    desk.model.add_study("RSI")
    view.pan(-33)
    view.grab()

    assert len({panel.projection.left for panel in view.stack.panels}) == 1
    assert len({panel.projection.bar_width for panel in view.stack.panels}) == 1


def test_a_study_added_and_removed_many_times_leaves_nothing_behind(desk, view):
    desk.show()
    view.grab()
    layers = len(view.stack.price.layers)
    for _ in range(30):
        added = [desk.model.add_study(name) for name in ("SMA", "RSI")]
        view.grab()
        for study in added:
            desk.model.remove_study(study)

    assert len(view.stack.price.layers) == layers
    assert len(view.stack.panels) == 1


def test_two_overlays_have_two_colours(desk, view):
    desk.show()
    desk.model.add_study("SMA", {"timeperiod": 10})
    desk.model.add_study("SMA", {"timeperiod": 20})
    view.grab()
    rows = view.stack.legends[0]

    assert len(rows) == 3
    assert rows[1][1].color != rows[2][1].color


def test_the_legend_reads_the_newest_bar_until_the_crosshair_points_elsewhere(desk, view):
    desk.show(made_frame(100))
    view.grab()
    assert view.stack.number_read == 99
    newest = view.stack.legends[0]
    view.put_crosshair(10)
    view.grab()
    assert view.stack.number_read == 10
    assert view.stack.legends[0] != newest


def test_a_look_reaches_every_panel(desk, view):
    desk.model.add_study("RSI")
    look = look_of(LIGHT)
    view.stack.set_look(look)

    assert all(panel.look is look for panel in view.stack.panels)


def test_volume_leaves_room_below_the_bars_only_while_it_shows(desk, view):
    desk.show()
    view.grab()
    low = view.stack.price.projection.low
    view.toggle_volume()
    view.grab()

    assert view.stack.price.projection.low > low
