"""Show that a chart of odd candles is drawn, whatever its type and scale."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from fks_desk.core.frame import Frame
from fks_desk.ui.chart.layers.candles import ChartType
from fks_desk.ui.theme.colors import DARK
from tests.fakes.charts import made_frame
from tests.ui.chart.conftest import colors_in


def with_holes(frame):
    keep = np.ones(len(frame), dtype=bool)
    keep[100:130] = keep[200:201] = False
    return Frame(**{name: getattr(frame, name)[keep] for name in Frame.__slots__})


def with_unknown(frame):
    rows = {name: getattr(frame, name).copy() for name in Frame.__slots__}
    for name in ("open", "high", "low", "close", "volume"):
        rows[name][50:60] = np.nan
    return Frame(**rows)


def scaled(frame, by):
    return replace(frame, **{n: getattr(frame, n) * by for n in ("open", "high", "low", "close")})


ODD = {
    "holes": lambda: with_holes(made_frame(400)),
    "not a number": lambda: with_unknown(made_frame(400)),
    "no volume": lambda: replace(made_frame(400), volume=np.zeros(400)),
    "one candle": lambda: made_frame(1),
    "two candles": lambda: made_frame(2),
    "no candle": Frame.empty,
    "a hundred-millionth": lambda: scaled(made_frame(400), 1e-8 / 67_000),
    "a million": lambda: scaled(made_frame(400), 1e6 / 67_000),
    "flat": lambda: replace(
        made_frame(50), **{n: np.full(50, 5.0) for n in ("open", "high", "low", "close")}
    ),
    "a day of 23 hours": lambda: made_frame(900, end=datetime(2026, 3, 29, 12, tzinfo=UTC)),
    "a day of 25 hours": lambda: made_frame(900, end=datetime(2026, 10, 25, 12, tzinfo=UTC)),
}


@pytest.mark.parametrize("name", ODD)
def test_every_type_on_every_scale_draws_odd_candles(desk, view, picture, name):
    desk.show(ODD[name]())
    for study in ("SMA", "BBANDS", "VWAP", "RSI"):
        desk.model.add_study(study)
    for chart_type in ChartType:
        view.set_type(chart_type)
        for turn in (view.toggle_log, view.toggle_percent, view.toggle_inverted):
            turn()
            image = picture()
        if name not in {"no candle", "one candle", "two candles", "not a number"}:
            seen = colors_in(image, 620, 60, 700, 300)
            assert {DARK.up, DARK.down, DARK.accent} & seen, chart_type
    view.step_crosshair(-1)
    view.go_first()
    picture()


def test_a_clock_that_steps_back_changes_no_older_bar(desk, view, picture):
    desk.show(made_frame(300))
    before = desk.model.series.frame()
    close = before.close.copy()
    candle = desk.model.series.time_at(298, desk.model.bar_ms)
    moment = datetime.fromtimestamp(candle / 1000, tz=UTC) + timedelta(seconds=7)
    desk.model.series.place(
        Frame(
            time=np.array([int(moment.timestamp() * 1000)]),
            **{n: np.array([1.0]) for n in ("open", "high", "low", "close", "volume")},
        )
    )
    picture()

    np.testing.assert_array_equal(desk.model.series.frame().close, close)
