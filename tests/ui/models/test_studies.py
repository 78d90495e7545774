"""Show that a study computed piece by piece equals one computed at once."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from fks_desk.strategy.indicators import indicator, names
from fks_desk.ui.models.series import Series
from fks_desk.ui.models.studies import Study
from tests.fakes.charts import made_frame

NAMES = ("SMA", "EMA", "BBANDS", "RSI", "MACD", "ATR", "VOLUME_SMA", "OBV", "AD", "STOCH", "ADX")


def series_of(frame):
    series = Series()
    series.replace(frame)
    return series


def values(study):
    return {name: column.all[0].copy() for name, column in study.lines.items()}


def assert_equal(study, frame):
    for name, expected in study.indicator.compute(frame, study.params).items():
        got = values(study)[name]
        shift = 0.0
        if study.indicator.name in {"OBV", "AD"}:
            shift = got[-1] - expected[-1]
        scale = np.nanmax(np.abs(expected)) or 1.0
        np.testing.assert_allclose(got - shift, expected, rtol=1e-9, atol=1e-9 * scale)


@pytest.mark.parametrize("name", NAMES)
def test_older_bars_in_chunks_give_the_values_of_one_computation(name):
    frame = made_frame(5_000)
    series = series_of(frame.tail(700))
    study = Study.of(indicator(name))
    study.rebuild(series)
    for stop in (4_300, 3_100, 90):
        old = series.first
        series.prepend(frame.slice(max(0, stop - 1_210), stop) if stop > 90 else frame.slice(0, 90))
        study.refresh(series, series.first, old)

    assert_equal(study, series.frame())


@pytest.mark.parametrize("name", NAMES)
def test_live_bars_give_the_values_of_one_computation(name):
    frame = made_frame(1_500)
    series = series_of(frame.slice(0, 1_400))
    study = Study.of(indicator(name))
    study.rebuild(series)
    for number in range(1_400, 1_500):
        for _ in range(2):
            _, place = series.place(frame.slice(number, number + 1))
            study.refresh(series, place, place + 1)

    assert_equal(study, frame)


def test_every_indicator_is_carried_on_by_live_bars_to_the_values_of_one_computation():
    frame = made_frame(460)
    for name in names():
        series = series_of(frame.slice(0, 400))
        study = Study.of(indicator(name))
        study.rebuild(series)
        for number in range(400, 460):
            for bar in (half(frame, number), frame.slice(number, number + 1)):
                _, place = series.place(bar)
                study.refresh(series, place, place + 1)
        expected = study.indicator.compute(frame, study.params)
        for output, values_at_once in expected.items():
            scale = np.nanmax(np.abs(values_at_once), initial=1e-9)
            np.testing.assert_allclose(
                study.lines[output].all[0],
                values_at_once,
                rtol=1e-9,
                atol=1e-9 * scale,
                err_msg=name,
            )


def half(frame, number):
    """Return a bar before it is finished."""
    bar = frame.slice(number, number + 1)
    return replace(bar, close=(bar.open + bar.close) / 2, volume=bar.volume / 3)


def test_a_study_takes_other_parameters_or_says_what_is_wrong_with_them():
    series = series_of(made_frame(100))
    study = Study.of(indicator("SMA"), {"timeperiod": 20})
    study.rebuild(series)
    study.change({"timeperiod": 10})
    study.rebuild(series)

    assert study.title == "SMA 10"
    assert study.value("real", 50) == pytest.approx(series.frame(41, 51).close.mean())
    with pytest.raises(ValueError, match="timeperiod"):
        study.change({"timeperiod": -1})


def test_a_value_drawn_elsewhere_is_read_where_it_is_drawn():
    series = series_of(made_frame(200))
    study = Study.of(indicator("ICHIMOKU"))
    study.rebuild(series)

    assert study.value("lagging", 100) == series.bar(125)[3]
    assert study.value("span_a", 150) == study.lines["span_a"].between(125, 126)[0, 0]


def test_an_anchor_is_named_by_its_moment():
    assert Study.of(indicator("AVWAP"), {"anchor": 1_767_225_600}).title == "AVWAP 2026-01-01 00:00"


def test_an_overlay_and_a_pane_are_told_apart_and_named_with_their_numbers():
    assert Study.of(indicator("SMA"), {"timeperiod": 20}).title == "SMA 20"
    assert not Study.of(indicator("SMA")).is_pane
    assert Study.of(indicator("RSI")).is_pane
    assert Study.of(indicator("RSI")).guides == (30.0, 70.0)
    assert Study.of(indicator("BBANDS")).title == "BBANDS 20 2 2"


def test_a_value_outside_the_bars_is_not_a_number():
    series = series_of(made_frame(50))
    study = Study.of(indicator("SMA"), {"timeperiod": 10})
    study.rebuild(series)

    assert math.isnan(study.value("real", 99))
    assert math.isnan(study.value("real", 3))
    assert math.isnan(study.value("nothing", 20))
    assert study.value("real", 20) > 0


def test_a_wrong_parameter_is_refused():
    with pytest.raises(ValueError, match="timeperiod"):
        Study.of(indicator("SMA"), {"timeperiod": 0})


def test_an_empty_series_is_no_trouble():
    series = Series()
    study = Study.of(indicator("RSI"))
    study.rebuild(series)

    assert len(study.lines["real"]) == 0


@pytest.mark.parametrize("name", NAMES)
def test_no_value_looks_across_a_hole(name):
    whole = made_frame(900)
    before, after = whole.slice(0, 400), whole.slice(450, 900)
    series = series_of(before)
    series.step_ms = int(whole.time[1] - whole.time[0])
    study = Study.of(indicator(name))
    study.rebuild(series)
    for number in range(len(after)):
        _, place = series.place(after.slice(number, number + 1))
        study.refresh(series, place, place + 1)

    live = values(study)
    study.rebuild(series)
    for output, expected in study.indicator.compute(after, study.params).items():
        anew = values(study)[output]
        shift = live[output][-1] - expected[-1] if name in {"OBV", "AD"} else 0.0
        np.testing.assert_allclose(live[output][400:] - shift, expected, rtol=1e-9, atol=1e-7)
        np.testing.assert_allclose(anew[400:] - shift, expected, rtol=1e-9, atol=1e-7)
        np.testing.assert_allclose(live[output][:400], anew[:400], rtol=1e-9, atol=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_bars_without_a_price_have_no_value_and_what_follows_begins_anew(name):
    whole = made_frame(900)
    rows = {one: getattr(whole, one).copy() for one in ("open", "high", "low", "close", "volume")}
    for row in rows.values():
        row[400:410] = np.nan
    frame = replace(whole, **rows)
    study, parts = Study.of(indicator(name)), []
    study.rebuild(series_of(frame))
    for low, high in ((0, 400), (410, 900)):
        parts.append(Study.of(indicator(name)))
        parts[-1].rebuild(series_of(frame.slice(low, high)))

    for output, got in values(study).items():
        assert np.isnan(got[400:410]).all()
        np.testing.assert_array_equal(got[:400], values(parts[0])[output])
        np.testing.assert_array_equal(got[410:], values(parts[1])[output])


def test_a_series_that_lost_its_prices_loses_its_values():
    frame = made_frame(300)
    series, study = series_of(frame), Study.of(indicator("SMA"))
    study.rebuild(series)
    nothing = np.full(300, np.nan)
    prices = dict.fromkeys(("open", "high", "low", "close", "volume"), nothing)
    series.replace(replace(frame, **prices))
    study.refresh(series, series.first, series.stop)

    assert np.isnan(next(iter(values(study).values()))).all()
