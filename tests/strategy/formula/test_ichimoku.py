"""Show the cloud's lines and where they are drawn."""

from __future__ import annotations

import numpy as np

from fks_desk.strategy.indicators import indicator
from tests.fakes.candles import walk


def test_each_line_is_the_middle_of_its_bars():
    frame = walk(200)
    found = indicator("ICHIMOKU").compute(frame)
    middle = {
        length: (frame.high[150 - length : 150].max() + frame.low[150 - length : 150].min()) / 2
        for length in (9, 26, 52)
    }

    assert found["conversion"][149] == middle[9]
    assert found["base"][149] == middle[26]
    assert found["span_a"][149] == (middle[9] + middle[26]) / 2
    assert found["span_b"][149] == middle[52]
    np.testing.assert_array_equal(found["lagging"], frame.close)


def test_the_cloud_is_drawn_ahead_and_the_close_behind():
    shifts = indicator("ICHIMOKU").shifts()

    assert shifts == {"span_a": 25, "span_b": 25, "lagging": -25}
    assert indicator("SMA").shifts() == {}
