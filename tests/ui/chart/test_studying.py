"""Show parameters changed while they are typed, anchors, profiles and a compared symbol."""

from __future__ import annotations

import math

import pytest
from PySide6.QtCore import Qt

from fks_desk.core.model import Timeframe
from fks_desk.ui.chart.window import Window
from tests.fakes.charts import made_frame
from tests.ui.chart.conftest import ETH, press, type_in

K = Qt.Key
NONE = Qt.KeyboardModifier.NoModifier
BOTH = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def test_a_parameter_counts_while_it_is_typed_and_escape_goes_back(desk, pane):
    desk.show()
    study = desk.model.add_study("SMA", {"timeperiod": 20})
    press(K.Key_I, BOTH)
    assert pane.entry.field.text() == "20"
    pane.entry.field.clear()
    type_in("5")
    assert study.title == "SMA 5"
    press(K.Key_Escape)

    assert study.title == "SMA 20"


def test_enter_keeps_what_was_typed_and_nonsense_changes_nothing(desk, pane):
    desk.show()
    desk.model.add_study("RSI")
    macd = desk.model.add_study("MACD")
    pane.studying.ask_change()
    type_in("mac")
    press(K.Key_Return)
    assert pane.entry.field.text() == "12 26 9"
    pane.entry.field.setText("5 x")
    assert macd.title == "MACD 12 26 9"
    pane.entry.field.setText("5 34 5")
    press(K.Key_Return)

    assert macd.title == "MACD 5 34 5"
    assert desk.model.studies[1] is macd


def test_without_an_indicator_it_is_said(desk, pane):
    desk.show()
    said = []
    pane.noticed.connect(said.append)
    press(K.Key_I, BOTH)

    assert said == ["There is no indicator with parameters on the chart."]


def test_a_vwap_is_anchored_at_the_crosshair(desk, pane):
    desk.show()
    pane.view.put_crosshair(300)
    pane.studying.anchor()
    study = desk.model.studies[-1]

    assert math.isnan(study.value("vwap", 299))
    bar = desk.model.series.bar(300)
    assert study.value("vwap", 300) == pytest.approx((bar[1] + bar[2] + bar[3]) / 3)


def test_a_profile_holds_all_volume_in_sight_and_a_fixed_one_stays(desk, pane):
    desk.show(made_frame(3_000))
    view = pane.view
    for left, right in ((1_700, 1_999), (-900, 1_900)):
        view.set_window(Window(left=left, right=right))
        view.repaint()
        pane.studying.toggle_profile()
        profile = view.stack.profile
        first, last = math.floor(view.shown.left), math.ceil(view.shown.right)
        seen = desk.model.series.frame(first, last + 1).volume.sum()
        found = profile.profile()
        assert profile.is_shown
        assert found.volume.sum() == pytest.approx(seen, rel=0.02)
        low, high = found.value_area
        assert low <= found.busiest <= high
        assert found.volume[low : high + 1].sum() >= 0.7 * found.volume.sum()
        pane.studying.toggle_profile()
        assert not profile.is_shown
    pane.studying.fix_profile()
    before = view.stack.profile.profile().volume.sum()
    view.pan(30)
    view.repaint()

    assert view.stack.profile.profile().volume.sum() == pytest.approx(before)
    pane.studying.fix_profile()
    assert not view.stack.profile.is_shown


def test_a_compared_symbol_starts_where_the_window_starts(desk, pane):
    desk.candles.frames[ETH.id, Timeframe.M5] = made_frame(500, price=3_000.0, seed=3)
    desk.show()
    pane.studying.ask_compare()
    type_in("eth")
    press(K.Key_Return)
    view = pane.view
    view.repaint()
    assert desk.model.compared.instrument == ETH.id
    first = math.ceil(view.shown.left)
    other = desk.model.compared.series
    ratio = desk.model.series.bar(first)[3] / other.bar(first)[3]
    low, high = view.stack.price.projection.low, view.stack.price.projection.high

    assert view.stack.price.base == desk.model.series.bar(first)[3]
    assert low < other.bar(499)[3] * ratio < high
    assert any("ETH" in tag.text for tag in view.stack.price.tags)
    pane.studying.ask_compare()
    view.repaint()
    assert desk.model.compared is None
    assert view.stack.price.base is None
