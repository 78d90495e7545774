"""Show what each key of the chart does, with an order staged and without."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import Qt

from fks_desk.ui.chart.layers.candles import ChartType
from tests.fakes.charts import made_frame
from tests.ui.chart.conftest import press, stage, type_in

K = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


def test_arrows_walk_the_crosshair(desk, pane):
    desk.show()
    said = []
    pane.described.connect(said.append)
    press(K.Key_Left)
    press(K.Key_Left)
    press(K.Key_Right)

    assert pane.view.stack.crosshair_number == 499
    press(K.Key_Escape)
    assert pane.view.stack.crosshair_number is None
    assert len(said) == 3


@pytest.mark.parametrize(
    ("key", "held", "moves"),
    [
        (K.Key_Left, CTRL, -0.8),
        (K.Key_Right, CTRL, 0.8),
        (K.Key_PageUp, Qt.KeyboardModifier.NoModifier, -0.8),
        (K.Key_PageDown, Qt.KeyboardModifier.NoModifier, 0.8),
    ],
)
def test_keys_scroll_far(desk, pane, key, held, moves):
    desk.show(made_frame(1500))
    pane.view.pan(-600)
    before = pane.view.shown
    press(key, held)

    assert pane.view.shown.left == pytest.approx(before.left + moves * before.count)


def test_home_and_end_go_to_both_ends(desk, pane):
    desk.show()
    press(K.Key_Home)
    assert pane.view.shown.shows(0)
    press(K.Key_End)
    assert pane.view.shown.shows(499)


@pytest.mark.parametrize(
    ("key", "held", "is_in"),
    [
        (K.Key_Plus, Qt.KeyboardModifier.NoModifier, True),
        (K.Key_Up, CTRL, True),
        (K.Key_Minus, Qt.KeyboardModifier.NoModifier, False),
        (K.Key_Down, CTRL, False),
    ],
)
def test_keys_zoom(desk, pane, key, held, is_in):
    desk.show()
    count = pane.view.shown.count
    press(key, held)

    assert (pane.view.shown.count < count) is is_in


def test_alt_digits_choose_how_bars_are_drawn(desk, pane):
    desk.show()
    for key, wanted in (
        (K.Key_1, ChartType.BARS),
        (K.Key_3, ChartType.LINE),
        (K.Key_2, ChartType.CANDLES),
        (K.Key_4, ChartType.HOLLOW),
        (K.Key_5, ChartType.AREA),
        (K.Key_6, ChartType.HEIKIN_ASHI),
        (K.Key_7, ChartType.RENKO),
        (K.Key_8, ChartType.RANGE),
        (K.Key_9, ChartType.VOLUME),
    ):
        press(key, ALT)
        assert pane.view.stack.candles.type is wanted
    press(K.Key_L, CTRL)
    assert not pane.view.stack.has_volume
    press(K.Key_L, ALT)
    assert pane.view.stack.price.is_log


def test_nudges_of_a_staged_order_land_exactly_on_the_tick(desk, pane):
    desk.show()
    stage(desk)
    press(K.Key_Up)
    assert desk.staging.order.price == Decimal("66000.01")
    press(K.Key_Down, SHIFT)
    assert desk.staging.order.price == Decimal("65999.91")
    press(K.Key_BracketRight)
    assert desk.staging.order.size == Decimal("0.011")
    press(K.Key_BracketLeft)
    assert desk.staging.order.size == Decimal("0.010")
    press(K.Key_2)
    assert desk.staging.order.size == Decimal("0.00378")


def test_digits_are_presets_only_while_an_order_is_staged(desk, pane):
    desk.show()
    stage(desk)
    type_in("3")
    assert not pane.entry.isVisible()
    press(K.Key_Escape)
    assert not desk.staging.is_staged
    type_in("3")
    assert pane.entry.isVisible()


def test_enter_sends_what_is_staged_once_and_escape_drops_it(desk, pane):
    desk.show()
    sent = []
    desk.staging.sent.connect(sent.append)
    staged = stage(desk)
    press(K.Key_Return)
    press(K.Key_Return)
    assert sent == [staged]
    stage(desk)
    press(K.Key_Escape)
    press(K.Key_Return)
    assert sent == [staged]


def test_no_two_keys_of_the_chart_mean_the_same(pane, registry):
    registry.require_unambiguous()
    titles = [action.title for action in registry.all()]

    assert len(titles) == len(set(titles))


def test_the_grid_is_hidden_by_its_key_in_every_panel_and_kept(desk, pane):
    desk.show()
    desk.model.add_study("RSI")
    before = pane.view.grab().toImage()
    press(K.Key_G, CTRL)
    bare = pane.view.grab().toImage()
    assert bare != before
    assert not pane.state().has_grid
    desk.model.add_study("MACD")
    assert not any(part.grid.is_shown for part in pane.view.stack._parts)
    press(K.Key_G, CTRL)

    assert pane.state().has_grid
