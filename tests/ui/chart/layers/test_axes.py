"""Show that labels of the price axis do not hide one another."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from fks_desk.ui.chart.layers.axes import spread


@given(st.lists(st.floats(0, 500), max_size=12))
def test_labels_stand_apart_and_in_their_order(wanted):
    places = spread(wanted, 16, 500)
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])

    assert all(b - a >= 16 - 1e-9 for a, b in pairwise(places[index] for index in order))
    assert all(place <= 500 - 8 for place in places)


def test_labels_that_do_not_meet_stay_where_they_are():
    assert spread([100.0, 300.0, 200.0], 16, 500) == [100.0, 300.0, 200.0]
