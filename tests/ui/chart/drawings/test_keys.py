"""Draw, choose, move and undo with key presses alone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt

from fks_desk.core.drawings import DrawingKind
from fks_desk.core.model import Side
from fks_desk.ui.chart.drawings.keys import _TOOLS
from tests.ui.chart.conftest import BTC, press, stage, type_in

K = Qt.Key
ALT, SHIFT, CTRL = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


def drawn(desk):
    return desk.drawings.of(BTC.id)


def test_a_trend_line_is_drawn_with_the_crosshair_and_enter(desk, pane):
    desk.show()
    press(K.Key_T, ALT)
    for _ in range(20):
        press(K.Key_Left)
    press(K.Key_Space)
    press(K.Key_Return)
    for _ in range(10):
        press(K.Key_Right)
    press(K.Key_Up)
    press(K.Key_Return)

    (line,) = drawn(desk)
    series = desk.model.series
    assert line.kind is DrawingKind.TREND
    assert line.anchors[0].price == Decimal(f"{series.bar(479)[1]:.2f}")
    assert line.anchors[1].moment - line.anchors[0].moment == timedelta(minutes=50)
    assert line.anchors[1].price > line.anchors[0].price
    assert pane.hand.chosen == line


def test_a_drawing_that_was_let_go_leaves_no_hint(desk, pane):
    desk.show()
    said = []
    pane.described.connect(said.append)
    press(K.Key_H, ALT)
    press(K.Key_Return)
    assert "Esc lets go" in said[-1]
    press(K.Key_Escape)

    assert said[-1] == ""


def test_escape_and_backspace_leave_nothing_behind(desk, pane):
    desk.show()
    press(K.Key_H, ALT)
    press(K.Key_Escape)
    assert not pane.hand.is_placing
    press(K.Key_T, ALT)
    press(K.Key_Return)
    press(K.Key_Backspace)
    press(K.Key_Backspace)

    assert not pane.hand.is_placing
    assert drawn(desk) == ()


@pytest.mark.parametrize(("kind", "keys"), _TOOLS)
def test_every_kind_is_drawn_by_keys(desk, pane, kind, keys):
    desk.show()
    press(K.Key_Semicolon)
    type_in(keys[-1].removeprefix(";, ").lower()) if "Alt" not in keys[-1] else None
    for _ in range(kind.anchor_count):
        press(K.Key_Return)
        press(K.Key_Left)
        press(K.Key_Up)
    if pane.entry.isVisible():
        type_in("note")
        press(K.Key_Return)

    assert [one.kind for one in drawn(desk)] == [kind]


def test_a_chosen_drawing_is_moved_cloned_locked_and_removed(desk, pane):
    desk.show()
    press(K.Key_H, ALT)
    press(K.Key_Return)
    before = drawn(desk)[0]
    press(K.Key_Up)
    press(K.Key_Left, SHIFT)
    moved = drawn(desk)[0]
    assert moved.anchors[0].price > before.anchors[0].price
    assert before.anchors[0].moment - moved.anchors[0].moment == timedelta(minutes=50)

    press(K.Key_D, CTRL)
    assert len(drawn(desk)) == 2
    press(K.Key_Delete)
    assert len(drawn(desk)) == 1
    press(K.Key_Z, CTRL)
    assert len(drawn(desk)) == 2
    press(K.Key_Y, CTRL)
    assert len(drawn(desk)) == 1

    press(K.Key_Semicolon)
    press(K.Key_N)
    assert pane.hand.chosen == drawn(desk)[0]
    press(K.Key_Semicolon)
    press(K.Key_L)
    assert drawn(desk)[0].is_locked
    press(K.Key_Delete)
    assert len(drawn(desk)) == 1
    press(K.Key_Escape)
    assert pane.hand.chosen is None


def test_tab_picks_a_point_and_moves_it_alone(desk, pane):
    desk.show()
    press(K.Key_T, ALT)
    press(K.Key_Return)
    press(K.Key_Left)
    press(K.Key_Return)
    before = drawn(desk)[0]
    press(K.Key_Tab)
    press(K.Key_Down)
    moved = drawn(desk)[0]

    assert moved.anchors[0].price < before.anchors[0].price
    assert moved.anchors[1] == before.anchors[1]


def test_a_planned_position_takes_a_risk_and_is_staged_with_its_stop(desk, pane):
    desk.show()
    desk.staging.set_equity(Decimal(10_000))
    press(K.Key_Semicolon)
    press(K.Key_B)
    press(K.Key_Return)
    press(K.Key_Down, SHIFT)
    press(K.Key_Return)
    for _ in range(3):
        press(K.Key_Up, SHIFT)
    press(K.Key_Return)
    plan = pane.hand.plan
    assert plan.risk == 100
    assert plan.reward_ratio == pytest.approx(2, rel=0.01)
    press(K.Key_Return)
    pane.entry.field.setText("250")
    press(K.Key_Return)
    plan = pane.hand.plan
    assert plan.risk == 250
    press(K.Key_Return, SHIFT)

    staged = desk.staging.order
    assert (staged.side, staged.price, staged.stop) == (Side.BUY, plan.entry, plan.stop)
    assert staged.risk == pytest.approx(Decimal(250), rel=Decimal("0.01"))
    assert pane.hand.chosen is None


def test_hidden_drawings_are_not_shown_and_cannot_be_chosen(desk, pane):
    desk.show()
    press(K.Key_H, ALT)
    press(K.Key_Return)
    press(K.Key_H, CTRL | SHIFT)
    assert pane.hand.shown() == ()
    press(K.Key_H, CTRL | SHIFT)
    assert len(pane.hand.shown()) == 1


def test_while_an_order_is_staged_enter_sends_and_draws_nothing(desk, pane):
    desk.show()
    stage(desk)
    press(K.Key_T, ALT)

    assert not pane.hand.is_placing
    assert desk.staging.order is not None


def test_a_drawing_stands_at_its_moment_on_another_timeframe(desk, pane):
    desk.show()
    press(K.Key_T, ALT)
    for _ in range(40):
        press(K.Key_Left)
    press(K.Key_Return)
    press(K.Key_Right)
    press(K.Key_Return)
    anchor = drawn(desk)[0].anchors[0]
    paper = pane.hand.paper
    number = paper.number_of(anchor)

    assert desk.model.series.time_at(number, desk.model.bar_ms) == int(
        anchor.moment.timestamp() * 1000
    )


def test_a_cross_is_a_level_and_a_moment_in_one_step(desk, pane):
    desk.show()
    press(K.Key_Left)
    press(K.Key_C, ALT)
    level, moment = drawn(desk)
    assert (level.kind, moment.kind) == (DrawingKind.HORIZONTAL, DrawingKind.VERTICAL)
    assert level.anchors == moment.anchors
    press(K.Key_Z, CTRL)

    assert drawn(desk) == ()
