"""Show both averages against their definition."""

from __future__ import annotations

import numpy as np
import pytest

from fks_desk.core.frame import Frame
from fks_desk.strategy.formulas import library
from fks_desk.strategy.indicators import indicator
from tests.fakes.candles import walk

DAY_MS = 86_400_000


def test_the_average_begins_anew_with_each_utc_day():
    frame = walk(700)
    found = indicator("VWAP").compute(frame)["vwap"]
    typical = (frame.high + frame.low + frame.close) / 3
    for bar in range(0, 700, 13):
        same = (frame.time // DAY_MS == frame.time[bar] // DAY_MS) & (np.arange(700) <= bar)
        expected = (typical[same] * frame.volume[same]).sum() / frame.volume[same].sum()

        assert found[bar] == pytest.approx(expected, rel=1e-12)


def test_the_anchored_average_begins_at_its_moment_and_is_unknown_before():
    frame = walk(300)
    anchor = int(frame.time[100]) // 1000
    found = indicator("AVWAP").compute(frame, {"anchor": anchor})["vwap"]
    typical = (frame.high + frame.low + frame.close) / 3

    assert np.isnan(found[:100]).all()
    assert found[100] == pytest.approx(typical[100])
    assert found[299] == pytest.approx(np.average(typical[100:], weights=frame.volume[100:]))


def test_bars_without_volume_have_no_average():
    frame = walk(5)
    none = Frame(
        time=frame.time, open=frame.open, high=frame.high, low=frame.low, close=frame.close,
        volume=np.zeros(5),
    )  # fmt: skip

    assert np.isnan(indicator("VWAP").compute(none)["vwap"]).all()


def test_without_an_anchor_the_average_is_ta_lib_s():
    frame = walk(300)

    np.testing.assert_allclose(
        indicator("AVWAP").compute(frame)["vwap"],
        library().VWAP(frame.high, frame.low, frame.close, frame.volume),
        rtol=1e-12,
    )
