"""Show that studies are drawn where their values are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtGui import QColor

from tests.fakes.charts import made_frame
from tests.ui.chart.conftest import colors_in


def has_about(color, seen):
    """Tell whether a smoothed line of this colour is among the colours."""
    wanted = QColor(color)
    return any(
        abs(wanted.red() - each.red()) + abs(wanted.blue() - each.blue()) < 120
        and abs(wanted.hue() - each.hue()) < 12
        for each in map(QColor, seen)
    )


def flat(price=100.0, count=200):
    frame = made_frame(count)
    same = np.full(count, price)
    return replace(frame, open=same, high=same + 5, low=same - 5, close=same)


def test_an_average_runs_through_its_values(desk, view, picture):
    desk.show(flat())
    desk.model.add_study("SMA", {"timeperiod": 5})
    image = picture()
    y = int(view.stack.price.projection.y(100.0))

    assert has_about(view.stack.look.line(0), colors_in(image, 300, y - 2, 320, y + 3))


def test_guides_of_a_study_are_drawn_at_their_values(desk, view, picture):
    desk.show(made_frame(300))
    desk.model.add_study("RSI")
    image = picture()
    panel = view.stack.panels[1]
    for guide in (30.0, 70.0):
        y = int(panel.area.top() + panel.projection.y(guide))
        assert view.stack.look.muted.name() in colors_in(image, 100, y - 1, 140, y + 2)


def test_a_histogram_stands_on_zero_in_two_colours(desk, view, picture):
    desk.show(made_frame(400))
    desk.model.add_study("MACD")
    image = picture()
    area = view.stack.panels[1].area
    seen = colors_in(image, 0, int(area.top()), 700, int(area.bottom()))

    assert {view.stack.look.up_faint.name(), view.stack.look.down_faint.name()} <= seen


def test_the_edges_of_a_band_share_a_colour_and_its_middle_has_another(desk, view):
    desk.show()
    desk.model.add_study("BBANDS")
    view.grab()
    row = view.stack.legends[0][1]

    assert row[1].color == row[3].color
    assert row[1].color != row[2].color


def test_a_study_without_enough_bars_draws_nothing(desk, view, picture):
    desk.show(made_frame(5))
    desk.model.add_study("SMA", {"timeperiod": 50})

    assert not has_about(view.stack.look.line(0), colors_in(picture(), 100, 100, 700, 400))


def test_the_average_of_volume_is_drawn_on_the_scale_of_volume(desk, view, picture):
    desk.show(flat())
    desk.model.add_study("VOLUME_SMA", {"timeperiod": 3})
    image = picture()
    height = int(view.stack.price.projection.height)
    color = view.stack.look.line(0)

    assert has_about(color, colors_in(image, 200, int(height * 0.8), 500, height))
    assert not has_about(color, colors_in(image, 200, 100, 500, int(height * 0.6)))
