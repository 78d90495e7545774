"""Show that the mouse pans, zooms, scales, drags and reads."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent

from fks_desk.core.model import Side
from tests.ui.chart.conftest import BTC

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


def mouse(kind, view, x, y, button=LEFT, held=NONE):
    at = QPointF(x, y)
    buttons = button if kind is not QEvent.Type.MouseButtonRelease else Qt.MouseButton.NoButton
    return QMouseEvent(kind, at, view.mapToGlobal(at), button, buttons, held)


def drag(view, start, end):
    view.mousePressEvent(mouse(QEvent.Type.MouseButtonPress, view, *start))
    view.mouseMoveEvent(mouse(QEvent.Type.MouseMove, view, *end))
    view.mouseReleaseEvent(mouse(QEvent.Type.MouseButtonRelease, view, *end))


def wheel(view, x, turn, held=NONE):
    at = QPointF(x, 100)
    view.wheelEvent(
        QWheelEvent(
            at,
            view.mapToGlobal(at),
            QPoint(0, 0),
            QPoint(0, turn),
            Qt.MouseButton.NoButton,
            held,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
    )


def test_the_mouse_reads_the_bar_under_it_and_leaving_ends_it(desk, view):
    desk.show()
    view.grab()
    x = view.stack.price.projection.x(450)
    view.mouseMoveEvent(mouse(QEvent.Type.MouseMove, view, x, 100, Qt.MouseButton.NoButton))
    assert view.stack.crosshair_number == 450
    view.leaveEvent(QEvent(QEvent.Type.Leave))
    assert view.stack.crosshair_number is None


def test_dragging_moves_the_bars_with_the_mouse(desk, view):
    desk.show()
    view.grab()
    before = view.shown
    drag(view, (300, 100), (300 + 10 * view.bar_width, 100))

    assert view.shown.left == pytest.approx(before.left - 10)
    assert view.shown.count == pytest.approx(before.count)


def test_the_wheel_zooms_at_the_newest_bar_and_with_ctrl_at_the_mouse(desk, view):
    desk.show()
    view.grab()
    count = view.shown.count
    newest = desk.model.series.stop - 1
    share = (newest - view.shown.left) / view.shown.count
    wheel(view, 200, 120)
    assert view.shown.count < count
    assert (newest - view.shown.left) / view.shown.count == pytest.approx(share)
    view.grab()
    at = view.stack.price.projection.number(200)
    wheel(view, 200, -120, Qt.KeyboardModifier.ControlModifier)
    view.grab()
    assert view.stack.price.projection.number(200) == pytest.approx(at)


def test_dragging_the_price_axis_scales_and_a_double_click_fits_again(desk, view):
    desk.show()
    view.grab()
    price = view.stack.price
    low, high = price.projection.low, price.projection.high
    x = view.plot_width + 10
    drag(view, (x, 100), (x, 180))
    view.grab()
    assert price.projection.high - price.projection.low > 1.2 * (high - low)
    view.mouseDoubleClickEvent(mouse(QEvent.Type.MouseButtonDblClick, view, x, 100))
    view.grab()
    assert price.projection.low == pytest.approx(low)


def test_dragging_the_staged_line_moves_its_price_onto_the_tick(desk, view):
    desk.show()
    close = Decimal(str(round(desk.model.series.bar(499)[3], 2)))
    desk.staging.stage(BTC, Side.BUY, close, Decimal("0.01"))
    view.grab()
    shown = view.shown
    y = view.stack.price.projection.y(float(close))
    drag(view, (200, y), (200, y + 40))

    assert view.shown == shown
    assert desk.staging.order.price < close
    assert desk.staging.order.price % BTC.tick == 0


def test_a_right_click_is_left_to_others(desk, view):
    desk.show()
    event = mouse(QEvent.Type.MouseButtonPress, view, 100, 100, Qt.MouseButton.RightButton)
    view.mousePressEvent(event)

    assert not event.isAccepted()


def test_dragging_the_time_axis_stretches_the_bars_and_a_double_click_resets(desk, view):
    desk.show()
    view.grab()
    count = view.shown.count
    drag(view, (400, 490), (500, 490))
    assert view.shown.count != pytest.approx(count)
    view.mouseDoubleClickEvent(mouse(QEvent.Type.MouseButtonDblClick, view, 400, 490))
    assert view.bar_width == pytest.approx(7)


def test_the_wheel_with_shift_pans(desk, view):
    desk.show()
    before = view.shown
    wheel(view, 200, 120, Qt.KeyboardModifier.ShiftModifier)

    assert view.shown.count == pytest.approx(before.count)
    assert view.shown.left < before.left


def test_the_mouse_over_the_axis_reads_nothing_and_shows_what_it_can_do(desk, view):
    desk.show()
    view.grab()
    at = view.plot_width + 10
    view.mouseMoveEvent(mouse(QEvent.Type.MouseMove, view, at, 100, Qt.MouseButton.NoButton))

    assert view.stack.crosshair_number is None
    assert view.cursor().shape() is Qt.CursorShape.SizeVerCursor


def test_a_scale_chosen_by_hand_moves_with_the_mouse(desk, view):
    desk.show()
    view.grab()
    drag(view, (view.plot_width + 10, 100), (view.plot_width + 10, 120))
    view.grab()
    low = view.stack.price.projection.low
    drag(view, (300, 100), (300, 150))
    view.grab()

    assert view.stack.price.projection.low > low
