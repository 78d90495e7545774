"""Show that pixels and prices turn into one another without loss."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.ui.chart.projection import Projection, fitted

prices = st.floats(1e-8, 1e6)


@given(low=prices, gain=st.floats(1e-3, 10), at=st.floats(0, 1), is_log=st.booleans())
def test_a_price_comes_back_from_its_pixel(low, gain, at, is_log):
    high = low * (1 + gain)
    projection = Projection(
        left=0, right=100, low=low, high=high, width=900, height=500, is_log=is_log
    )
    price = low + (high - low) * at

    assert projection.value(projection.y(price)) == pytest.approx(price, rel=1e-9)
    assert projection.ys(np.array([price]))[0] == pytest.approx(projection.y(price))


def test_edges_map_to_edges():
    projection = Projection(left=-10, right=90, low=5, high=10, width=1000, height=500)

    assert projection.x(-10) == 0
    assert projection.x(90) == 1000
    assert projection.bar_width == 10
    assert projection.y(10) == 0
    assert projection.y(5) == 500
    assert projection.number(500) == 40


@given(
    low=st.floats(-1e6, -1e-12) | prices | st.just(0.0),
    span=st.floats(0, 1e6),
    is_log=st.booleans(),
)
def test_a_fitted_range_is_never_empty_and_holds_what_it_was_fitted_to(low, span, is_log):
    bottom, top = fitted(low, low + span, above=0.1, below=0.1, is_log=is_log)

    assert bottom < top
    assert bottom <= low + abs(low) * 1e-9
    assert top >= low + span - abs(low) * 1e-9


def test_what_is_not_a_number_is_shown_on_a_plain_scale():
    assert fitted(math.nan, math.nan, above=0.1, below=0.1) == (0.0, 1.0)
