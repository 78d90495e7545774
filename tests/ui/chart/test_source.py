"""Show that sums follow every change of the bars and of their studies."""

from __future__ import annotations

import math

from fks_desk.strategy.indicators import indicator
from fks_desk.ui.chart.source import BarSource, StudySource, joined
from fks_desk.ui.models.history import Change, ChangeKind
from fks_desk.ui.models.series import Series
from fks_desk.ui.models.studies import Study
from tests.fakes.charts import made_frame


def change(kind, low, high):
    return Change(kind=kind, low=low, high=high)


def test_the_range_is_that_of_the_bars_in_sight():
    series = Series()
    series.replace(made_frame(200))
    source = BarSource(series)
    bars = series.frame(50, 101)

    assert source.range(50.0, 100.0) == (bars.low.min(), bars.high.max())
    assert source.greatest_volume(50.0, 100.0) == bars.volume.max()


def test_older_newer_and_other_bars_are_summed_up():
    frame = made_frame(4_000)
    series = Series()
    series.replace(frame.slice(2_000, 3_000))
    source = BarSource(series)
    series.prepend(frame.slice(0, 2_000))
    source.follow(change(ChangeKind.PREPENDED, -2_000, 0))
    assert source.range(-3_000, 3_000)[1] == frame.slice(0, 3_000).high.max()
    _, place = series.place(frame.slice(3_000, 3_001))
    source.follow(change(ChangeKind.APPENDED, place, place + 1))
    assert source.range(place, place)[0] == frame.low[3_000]
    series.replace(frame.tail(10))
    source.follow(change(ChangeKind.REPLACED, 0, 10))
    assert source.range(-1e6, 1e6)[1] == frame.tail(10).high.max()


def test_a_study_s_range_follows_its_values():
    frame = made_frame(3_000)
    series = Series()
    series.replace(frame.tail(1_000))
    study = Study.of(indicator("RSI"))
    study.rebuild(series)
    source = StudySource(study)
    series.prepend(frame.slice(0, 2_000))
    study.refresh(series, -2_000, 0)
    source.follow(change(ChangeKind.PREPENDED, -2_000, 0))
    values = study.lines["real"].all[0]
    low, high = source.range(-2_000, 1_000)

    assert low == min(value for value in values if not math.isnan(value))
    assert high == max(value for value in values if not math.isnan(value))


def test_joining_ranges_leaves_out_what_is_no_number():
    nothing = (math.nan, math.nan)

    assert joined([(1.0, 2.0), nothing, (0.5, 1.5)]) == (0.5, 2.0)
    assert all(math.isnan(edge) for edge in joined([nothing]))
    assert all(math.isnan(edge) for edge in joined([]))
