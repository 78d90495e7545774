"""Show where a second symbol is drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fks_desk.ui.chart.layers.compare import CompareLayer
from fks_desk.ui.models.series import Series
from tests.fakes.charts import made_frame


def series_of(frame):
    series = Series()
    series.replace(frame)
    return series


def test_both_symbols_meet_at_the_first_bar_in_sight(view):
    own, other = series_of(made_frame(300)), series_of(made_frame(300, price=3_000, seed=2))
    layer = CompareLayer(view.stack.price)
    layer.fit(own, other, 100.2, 280)

    ratio = own.bar(101)[3] / other.bar(101)[3]
    assert layer.last == pytest.approx(other.bar(280)[3] * ratio)
    closes = other.frame(101, 281).close * ratio
    assert layer.range() == pytest.approx((closes.min(), closes.max()))


def test_a_symbol_with_a_shorter_history_starts_where_it_starts(view):
    own = series_of(made_frame(300))
    other = series_of(made_frame(100, price=3_000, seed=2))
    layer = CompareLayer(view.stack.price)
    layer.fit(own, other, 0, 299)

    assert layer.last == pytest.approx(other.bar(99)[3] * own.bar(200)[3] / other.bar(0)[3])


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_compare_is_no_trouble(view, count):
    layer = CompareLayer(view.stack.price)
    layer.fit(series_of(made_frame(300)), series_of(made_frame(count + 1).slice(0, count)), 0, 99)

    assert math.isnan(layer.last)
    assert np.isnan(layer.range()).all()
