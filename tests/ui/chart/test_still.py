"""Show that a picture kept over ticks is the picture painted anew."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtGui import QImage

from fks_desk.core.clock import from_ms
from fks_desk.core.frame import Frame
from fks_desk.core.messages import CandleMoved
from fks_desk.core.model import Timeframe
from fks_desk.ui.chart.layers.candles import ChartType
from fks_desk.ui.chart.window import Window
from fks_desk.ui.theme.colors import COLOR_BLIND, LIGHT
from tests.fakes.charts import made_candle, made_frame
from tests.ui.chart.conftest import BTC, ETH, stage

RGB32 = QImage.Format.Format_RGB32


def tick(model, by):
    bar = model.candles.bar(model.candles.stop - 1)
    opened = from_ms(int(model.candles.time[-1]))
    close = bar[3] + by
    edges = (bar[0], max(bar[1], close), min(bar[2], close), close)
    prices = tuple(f"{price:.2f}" for price in edges)
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


# What the screen shows after few pixels were painted anew, held against a fresh paint.


def shown(view, qapp):
    """Return what is on the screen once everything that waits is painted."""
    for _ in range(4):
        qapp.processEvents()
    return view.screen().grabWindow(view.winId()).toImage().convertToFormat(RGB32)


def fresh(view):
    """Return the view painted from nothing."""
    view.touch()
    return view.grab().toImage().convertToFormat(RGB32)


def ticks_and_crosshairs(desk, view, qapp):
    """Tick and point, each painted by itself; yield what was done."""
    stop = desk.model.series.stop
    for turn, by in enumerate((0.3, -0.7, 1.1, 0.0, 40.0, -3.0)):
        desk.model.on_candle_moved(tick(desk.model, by))
        yield f"tick {turn} by {by}"
        view.put_crosshair(stop - 9 - turn, view.stack.price, 90.0 + 9 * turn)
        yield f"crosshair {turn}"
    view.clear_crosshair()
    yield "no crosshair"
    desk.model.on_candle_moved(tick(desk.model, 0.2))
    view.put_crosshair(stop - 3)
    stage(desk, "66990.00")
    yield "a tick, a crosshair and a staged order in one frame"
    desk.model.on_candle_moved(tick(desk.model, -0.2))
    yield "a tick beside a staged order"


def assert_screen_is_fresh(desk, view, qapp):
    shown(view, qapp), shown(view, qapp)
    for done in ticks_and_crosshairs(desk, view, qapp):
        seen = shown(view, qapp)
        assert unlike(seen, fresh(view)) <= 20, done
        # The comparison itself painted all; go on from a screen that is known.
        shown(view, qapp), view.touch_lightly(), shown(view, qapp)


@pytest.mark.parametrize("bars", [60, 300])
@pytest.mark.parametrize("chart_type", list(ChartType))
def test_the_screen_is_right_after_ticks_in_every_chart_type(desk, view, qapp, chart_type, bars):
    desk.show(made_frame(2_000))
    view.set_type(chart_type)
    for name in ("SMA", "MACD"):
        desk.model.add_study(name)
    stop = desk.model.series.stop
    view.set_window(Window(left=stop - bars, right=stop + bars / 20))

    assert_screen_is_fresh(desk, view, qapp)


@pytest.mark.parametrize(
    "names",
    [
        ("BBANDS", "RSI", "MACD"),
        ("ICHIMOKU",),
        ("SUPERTREND", "VWAP", "VOLUME_SMA"),
        ("SAR", "OBV"),
    ],
)
@pytest.mark.parametrize("bars", [60, 300, 1_800])
def test_the_screen_is_right_after_ticks_under_studies(desk, view, qapp, names, bars):
    desk.show(made_frame(2_000))
    for name in names:
        desk.model.add_study(name)
    stop = desk.model.series.stop
    view.set_window(Window(left=stop - bars, right=stop + bars / 20))

    assert_screen_is_fresh(desk, view, qapp)


@pytest.mark.parametrize(
    "looks",
    [
        ("toggle_log",),
        ("toggle_percent",),
        ("toggle_inverted",),
        ("toggle_volume",),
        ("toggle_zone",),
        ("toggle_grid",),
        ("toggle_log", "toggle_inverted", "toggle_percent"),
    ],
    ids="+".join,
)
def test_the_screen_is_right_after_ticks_on_every_scale(desk, view, qapp, looks):
    desk.show(made_frame(2_000))
    for name in ("BBANDS", "MACD"):
        desk.model.add_study(name)
    for look in looks:
        getattr(view, look)()

    assert_screen_is_fresh(desk, view, qapp)


@pytest.mark.parametrize("theme", [LIGHT, COLOR_BLIND], ids=lambda theme: theme.name)
def test_the_screen_is_right_after_ticks_in_every_theme(desk, view, qapp, theme):
    desk.show(made_frame(2_000))
    view.set_theme(theme)

    assert_screen_is_fresh(desk, view, qapp)


def test_the_screen_is_right_after_ticks_beside_a_hole_and_another_symbol(desk, view, qapp):
    frame = made_frame(2_000)
    kept = np.r_[0:1_950, 1_960:2_000]
    columns = {name: getattr(frame, name)[kept] for name in frame.__slots__}
    desk.candles.frames[ETH.id, Timeframe.M5] = made_frame(2_000, seed=3, price=2_500)
    desk.show(Frame(**columns))
    desk.model.candles.step_ms = 300_000
    desk.model.compare(ETH.id)
    view.put_crosshair(desk.model.series.stop - 4)

    assert_screen_is_fresh(desk, view, qapp)


def compared(desk, count=2_000):
    desk.candles.frames[ETH.id, Timeframe.M5] = made_frame(count, seed=3, price=2_500)
    desk.show(made_frame(2_000))
    desk.model.compare(ETH.id)


def other_tick(model, by):
    """Return a tick of the compared symbol's newest bar."""
    series = model.compared.series
    opened, bar = from_ms(int(series.time[-1])), series.bar(series.stop - 1)
    edges = (bar[0], bar[1] + abs(by), bar[2] - abs(by), bar[3] + by)
    prices = tuple(f"{price:.2f}" for price in edges)
    return CandleMoved(candle=made_candle(ETH.id, Timeframe.M5, opened, prices, volume="3"))


@pytest.mark.parametrize("count", [2_000, 1_990], ids=["as new", "behind"])
@pytest.mark.parametrize("bars", [60, 300, 1_900])
def test_the_screen_is_right_after_ticks_of_the_compared_symbol(desk, view, qapp, bars, count):
    compared(desk, count)
    stop = desk.model.series.stop
    view.set_window(Window(left=stop - bars, right=stop + bars / 20))
    shown(view, qapp), view.touch_lightly(), shown(view, qapp)
    for by in (0.4, -1.1, 0.0, 90.0, -2.0):
        desk.model.on_candle_moved(other_tick(desk.model, by))
        seen = shown(view, qapp)
        assert unlike(seen, fresh(view)) <= 20, by
        shown(view, qapp), view.touch_lightly(), shown(view, qapp)


@pytest.fixture
def painted(view, monkeypatch):
    """Return a list that gets every region that is painted."""
    regions = []
    canvas = view._canvas
    real = canvas.paint_region
    monkeypatch.setattr(canvas, "paint_region", lambda *how: (regions.append(how[1]), real(*how)))
    return regions


def test_a_tick_of_the_compared_symbol_has_few_pixels_painted_anew(desk, view, qapp, painted):
    compared(desk)
    shown(view, qapp), view.touch_lightly(), shown(view, qapp)
    painted.clear()
    desk.model.on_candle_moved(other_tick(desk.model, 0.4))
    shown(view, qapp)

    assert len(painted) == 1
    area = sum(rect.width() * rect.height() for rect in painted[0])
    assert area < 0.25 * view.width() * view.height()


@pytest.mark.parametrize("bars", [60, 300, 4_000])
def test_a_tick_leaves_the_bars_of_a_kept_picture_right(desk, view, picture, bars):
    desk.show(made_frame(5_000))
    for name in ("SMA", "BBANDS", "RSI", "MACD", "VOLUME_SMA"):
        desk.model.add_study(name)
    stop = desk.model.series.stop
    view.set_window(Window(left=stop - bars, right=stop + bars / 20))
    picture(), picture()
    desk.model.on_candle_moved(tick(desk.model, 0.4))
    kept = picture()
    view.touch()

    assert unlike(kept, picture()) <= 20


@pytest.mark.parametrize("scale", ["1.5", "2"])
def test_a_kept_picture_is_right_on_a_finer_display(scale):
    # The scale is one of the whole process, so another one runs the test above.
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0"]
    run = subprocess.run(
        [*command, __file__, "-k", "bars_of_a_kept_picture"],
        env=os.environ | {"QT_SCALE_FACTOR": scale},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout[-4_000:]


def test_a_crosshair_that_follows_another_chart_lays_no_panel_out(desk, view, qapp, monkeypatch):
    desk.show(made_frame(2_000))
    desk.model.add_study("RSI")
    shown(view, qapp), view.touch_lightly(), shown(view, qapp)
    fits = []
    real = view.stack.fit
    monkeypatch.setattr(view.stack, "fit", lambda *how: (fits.append(how), real(*how)))
    view.follow_crosshair(desk.model.series.stop - 30)
    seen = shown(view, qapp)

    assert fits == []
    assert unlike(seen, fresh(view)) <= 20


def test_a_tick_has_few_pixels_painted_anew(desk, view, qapp, painted):
    desk.show(made_frame(2_000))
    desk.model.on_candle_moved(tick(desk.model, 0.1))
    shown(view, qapp), view.touch_lightly(), shown(view, qapp)
    painted.clear()
    desk.model.on_candle_moved(tick(desk.model, 0.2))
    shown(view, qapp)

    assert len(painted) == 1
    area = sum(rect.width() * rect.height() for rect in painted[0])
    assert area < 0.25 * view.width() * view.height()


def test_a_crosshair_lays_no_panel_out_and_reads_what_it_points_at(desk, view, qapp, monkeypatch):
    desk.show(made_frame(2_000))
    desk.model.add_study("RSI")
    shown(view, qapp), view.touch_lightly(), shown(view, qapp)
    stop, fits = desk.model.series.stop, []
    real = view.stack.fit
    monkeypatch.setattr(view.stack, "fit", lambda *how: (fits.append(how), real(*how)))
    for back in (5, 40):
        view.put_crosshair(stop - back, view.stack.panels[1], 30.0)
        seen = shown(view, qapp)
    read = view.stack.legends
    assert fits == []
    assert unlike(seen, fresh(view)) <= 20
    assert len(fits) == 1
    assert view.stack.legends == read
    desk.model.on_candle_moved(tick(desk.model, 0.4))
    view.put_crosshair(stop - 1)
    shown(view, qapp)

    assert len(fits) == 2


def test_a_hidden_chart_lays_nothing_out_and_is_right_when_it_shows_again(desk, view, qapp):
    desk.show(made_frame(2_000))
    shown(view, qapp)
    view.hide()
    desk.model.on_candle_moved(tick(desk.model, 0.4))
    qapp.processEvents()
    assert view.is_stale
    view.show()

    assert unlike(shown(view, qapp), fresh(view)) <= 20
