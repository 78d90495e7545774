"""Show that the stop never loosens and changes sides on a close behind it."""

from __future__ import annotations

import numpy as np

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
