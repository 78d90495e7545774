"""Show that the stop never loosens and changes sides on a close behind it."""

from __future__ import annotations

import numpy as np

from fks_desk.strategy.formulas import library
from fks_desk.strategy.indicators import indicator
from tests.fakes.candles import walk


def test_one_stop_is_in_force_and_it_only_tightens_until_it_is_broken():
    frame = walk(800)
    found = indicator("SUPERTREND").compute(frame)
    up, down = found["up"][10:], found["down"][10:]
    is_up = np.isfinite(up)

    assert (is_up ^ np.isfinite(down)).all()
    both_up, both_down = is_up[1:] & is_up[:-1], ~is_up[1:] & ~is_up[:-1]
    assert (np.diff(up)[both_up] >= 0).all()
    assert (np.diff(down)[both_down] <= 0).all()
    assert (frame.close[10:][is_up] > up[is_up]).all()
    assert (frame.close[10:][~is_up] <= down[~is_up]).all()
    assert (is_up[1:] != is_up[:-1]).sum() > 5


def test_the_stop_in_force_is_ta_lib_s():
    frame = walk(800)
    found = indicator("SUPERTREND").compute(frame)
    stop, trend = library().SUPERTREND(frame.high, frame.low, frame.close, 10, 3.0)

    np.testing.assert_array_equal(np.where(trend > 0, found["up"], found["down"])[10:], stop[10:])
