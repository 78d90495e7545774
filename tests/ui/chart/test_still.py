"""Show that a picture kept over ticks is the picture painted anew."""

from __future__ import annotations

import numpy as np
import pytest

from fks_desk.core.clock import from_ms
from fks_desk.core.messages import CandleMoved
from fks_desk.core.model import Timeframe
from fks_desk.ui.chart.window import Window
from tests.fakes.charts import made_candle, made_frame
from tests.ui.chart.conftest import BTC, stage


def tick(model, by):
    bar = model.series.bar(model.series.stop - 1)
    opened = from_ms(int(model.series.time[-1]))
    close = f"{bar[3] + by:.2f}"
    prices = (f"{bar[0]:.2f}", f"{max(bar[1], bar[3] + by):.2f}", f"{bar[2]:.2f}", close)
    return CandleMoved(candle=made_candle(BTC.id, Timeframe.M5, opened, prices, volume="3"))


def unlike(one, other):
    """Return how many pixels differ by more than where a line was cut in two."""
    tables = [
        np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4).astype(int)
        for image in (one, other)
    ]
    return int((np.abs(tables[0] - tables[1]).max(axis=2) > 3).sum())


@pytest.mark.parametrize("bars", [60, 300, 4_000])
def test_ticks_over_a_kept_picture_give_what_a_fresh_paint_gives(desk, view, picture, bars):
    desk.show(made_frame(5_000))
    for name in ("SMA", "BBANDS", "RSI", "MACD", "VOLUME_SMA"):
        desk.model.add_study(name)
    stop = desk.model.series.stop
    view.set_window(Window(left=stop - bars, right=stop + bars / 20))
    for turn in range(6):
        desk.model.on_candle_moved(tick(desk.model, (-1) ** turn * turn / 5))
        if turn == 3:
            view.put_crosshair(stop - 20)
        if turn == 4:
            stage(desk, "67100.00")
        kept = picture()
    view.touch()

    assert unlike(kept, picture()) <= 20


def test_a_still_picture_is_made_when_its_state_comes_back_and_dropped_when_touched(
    desk, view, picture
):
    desk.show()
    picture(), picture()
    drawn = []
    real = view.stack.draw_still
    view.stack.draw_still = lambda *how: (drawn.append(how), real(*how))
    picture()
    desk.model.on_candle_moved(tick(desk.model, 0.1))
    picture()
    assert drawn == []
    view.touch()
    picture(), picture(), picture()

    assert len(drawn) == 1
