from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from fks_desk.core.drawings import DrawingKind
from tests.ui.chart.conftest import BTC

LEFT = Qt.MouseButton.LeftButton
NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


def click(view, x, y, held=NONE):
    QTest.mouseClick(view, LEFT, held, QPoint(x, y))


def test_two_clicks_draw_and_a_drag_moves(desk, pane):
    desk.show()
    view = pane.view
    view.grab()
    pane.hand.begin(DrawingKind.RECTANGLE)
    click(view, 200, 100, CTRL)
    QTest.mouseMove(view, QPoint(250, 150))
    click(view, 300, 200, CTRL)
    (before,) = desk.drawings.of(BTC.id)
    click(view, 600, 380)
    assert pane.hand.chosen is None

    QTest.mousePress(view, LEFT, NONE, QPoint(250, 150))
    QTest.mouseMove(view, QPoint(290, 190))
    QTest.mouseRelease(view, LEFT, NONE, QPoint(290, 190))
    (after,) = desk.drawings.of(BTC.id)

    assert after.anchors[0].moment > before.anchors[0].moment
    assert after.anchors[0].price < before.anchors[0].price


def test_a_handle_drags_one_anchor(desk, pane):
    desk.show()
    view = pane.view
    view.grab()
    pane.hand.begin(DrawingKind.TREND)
    click(view, 200, 100, CTRL)
    click(view, 300, 200, CTRL)
    (before,) = desk.drawings.of(BTC.id)
    at = pane.hand.sheet().points(before)[1].toPoint()
    QTest.mousePress(view, LEFT, NONE, at)
    QTest.mouseMove(view, at + QPoint(40, -60))
    QTest.mouseRelease(view, LEFT, NONE, at + QPoint(40, -60))
    (after,) = desk.drawings.of(BTC.id)

    assert after.anchors[0] == before.anchors[0]
    assert after.anchors[1].price > before.anchors[1].price


def test_shift_and_click_measures(desk, pane):
    desk.show()
    pane.view.grab()
    click(pane.view, 200, 100, SHIFT)
    click(pane.view, 320, 160)

    assert [one.kind for one in desk.drawings.of(BTC.id)] == [DrawingKind.MEASURE]


def test_a_point_near_a_high_snaps_to_it(desk, pane):
    desk.show()
    pane.view.grab()
    paper = pane.hand.paper
    number = desk.model.series.stop - 20
    high = float(desk.model.series.bar(number)[1])
    x, y = paper.projection.x(number), paper.projection.y(high)

    assert paper.point(x + 1, y - 5, is_magnetic=True).price == high
    assert paper.point(x + 1, y - 5, is_magnetic=False).price > high


def test_a_press_beside_every_drawing_pans_the_chart(desk, pane):
    desk.show()
    view = pane.view
    view.grab()
    before = view.shown
    QTest.mousePress(view, LEFT, NONE, QPoint(300, 100))
    QTest.mouseMove(view, QPoint(400, 100))
    QTest.mouseRelease(view, LEFT, NONE, QPoint(400, 100))

    assert view.shown.left < before.left
