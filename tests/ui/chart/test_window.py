"""Show that the window pans, zooms and keeps bars in sight."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.ui.chart.window import FEWEST, Window


def test_the_newest_bar_has_room_beside_it():
    window = Window.newest(1000, 100)

    assert window.count == pytest.approx(100)
    assert 1000 < window.right < 1010


@given(factor=st.floats(0.1, 10), anchor=st.floats(0, 1))
def test_zooming_leaves_the_anchor_where_it_was(factor, anchor):
    window = Window(left=100, right=300)
    at = 100 + 200 * anchor
    zoomed = window.zoomed(factor, at, 1e6)

    assert (at - zoomed.left) / zoomed.count == pytest.approx(anchor, abs=1e-9)


def test_zooming_has_ends():
    window = Window(left=0, right=100)

    assert window.zoomed(1e-9, 50, 500).count == FEWEST
    assert window.zoomed(1e9, 50, 500).count == 500


def test_some_bars_stay_in_sight_however_far_one_pans():
    assert Window(left=-1000, right=-900).kept(0, 50).right == 3
    assert Window(left=1000, right=1100).kept(0, 50).left == 47
    assert Window(left=10, right=20).kept(0, 50) == Window(left=10, right=20)
    assert Window(left=10, right=20).kept(0, 0) == Window(left=10, right=20)


def test_a_bar_is_brought_just_into_sight():
    window = Window(left=100, right=200)

    assert window.showing(150) == window
    assert window.showing(50).left == 49
    assert window.showing(300).right == 301
    assert window.showing(300).shows(300)


def test_a_wider_chart_shows_more_bars_of_the_same_width():
    assert Window(left=0, right=100).widened(1.5) == Window(left=-50, right=100)
