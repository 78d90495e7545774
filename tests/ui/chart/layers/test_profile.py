"""Show how volume is spread over rows of prices."""

from __future__ import annotations

import numpy as np
import pytest

from fks_desk.ui.chart.layers.profile import profile_of


def rows(low, high, volume, bottom=0.0, top=10.0, count=10):
    return profile_of(
        *(np.array(one, dtype=float) for one in (low, high, volume)), bottom, top, count
    )


def test_a_bar_gives_its_volume_evenly_to_the_rows_it_touched():
    found = rows([2.5, 4.5], [5.5, 4.6], [8.0, 10.0])

    assert found.volume.tolist() == pytest.approx([0, 0, 2, 2, 12, 2, 0, 0, 0, 0])
    assert found.busiest == 4


def test_the_value_area_grows_to_the_busier_side_until_it_holds_seventy_percent():
    found = rows([1, 2, 3, 4, 5], [1, 2, 3, 4, 5], [10, 20, 100, 60, 10])

    assert found.busiest == 3
    assert found.value_area == (3, 4)


def test_nothing_traded_has_no_profile():
    assert rows([1], [2], [0]) is None
    assert rows([np.nan], [np.nan], [5]) is None
    assert rows([1], [2], [5], bottom=3, top=3) is None
