"""Show that a panel fits its values and paints its layers in their order."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from fks_desk.ui.chart.layers.layer import Depth, Layer
from fks_desk.ui.chart.look import look_of
from fks_desk.ui.chart.panel import Panel
from fks_desk.ui.chart.window import Window
from fks_desk.ui.theme.colors import DARK


class Filled(Layer):
    """Fill the whole panel and more with one colour."""

    def __init__(self, panel, depth, color):
        super().__init__(panel, depth)
        self.color = QColor(color)
        self.exposed = []

    def draw(self, painter, exposed):
        self.exposed.append(QRectF(exposed))
        painter.fillRect(QRectF(-50, -50, 500, 500), self.color)


@pytest.fixture
def panel(qapp):
    panel = Panel(look=look_of(DARK), range_of=lambda _left, _right: (100.0, 200.0))
    panel.area = QRectF(10, 20, 100, 80)
    return panel


def painted(panel, exposed):
    image = QImage(200, 150, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    painter = QPainter(image)
    panel.draw(painter, exposed)
    painter.end()
    return lambda x, y: QColor(image.pixel(x, y)).name()


def test_the_deepest_layer_is_painted_first_however_late_it_came(panel):
    Filled(panel, Depth.LEGEND, "#00ff00")
    Filled(panel, Depth.GRID, "#ff0000")

    assert painted(panel, QRectF(0, 0, 200, 150))(50, 50) == "#00ff00"


def test_nothing_is_painted_outside_the_panel(panel):
    Filled(panel, Depth.GRID, "#ff0000")
    color = painted(panel, QRectF(0, 0, 200, 150))

    assert color(10, 20) == "#ff0000"
    assert color(9, 20) == color(10, 19) == color(110, 50) == "#000000"


def test_a_layer_is_told_what_is_exposed_in_the_panel_s_own_pixels(panel):
    layer = Filled(panel, Depth.GRID, "#ff0000")
    painted(panel, QRectF(30, 40, 10, 10))
    painted(panel, QRectF(150, 10, 10, 10))

    assert layer.exposed == [QRectF(20, 20, 10, 10)]


def test_a_hidden_layer_is_not_painted(panel):
    layer = Filled(panel, Depth.GRID, "#ff0000")
    layer.is_shown = False

    assert painted(panel, QRectF(0, 0, 200, 150))(50, 50) == "#000000"


def test_values_are_fitted_with_room_around_them_unless_chosen_by_hand(panel):
    panel.fit(Window(left=0, right=10))
    assert panel.projection.low < 100
    assert panel.projection.high > 200
    panel.manual = (150.0, 160.0)
    panel.fit(Window(left=0, right=10))
    assert (panel.projection.low, panel.projection.high) == (150.0, 160.0)


def test_marked_values_are_labelled_and_round_ones_stand_clear_of_them(panel):
    panel.area = QRectF(0, 0, 100, 300)
    panel.marked = (130.0, 170.0)
    panel.fit(Window(left=0, right=10))
    places = sorted(panel.projection.y(tick) for tick in panel.ticks)

    assert {130.0, 170.0} <= set(panel.ticks)
    assert min(b - a for a, b in pairwise(places)) > 18


def test_a_value_is_written_as_the_axis_has_it(panel):
    panel.digits = 2
    panel.fit(Window(left=0, right=10))

    assert panel.text(1234.5) == "1,234.50"
    assert panel.text(-3.0) == "−3.00"
    assert panel.text(math.nan) == "–"


def test_a_low_panel_labels_its_marked_values_without_needless_digits(panel):
    panel.area = QRectF(0, 0, 100, 50)
    panel.marked = (130.0, 170.0)
    panel.fit(Window(left=0, right=10))

    assert panel.label_digits() == 0
