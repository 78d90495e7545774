"""Show that batches paint every rectangle and every piece of a line."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from fks_desk.ui.chart.layers.batch import LineBatch, RectBatch

RED = QColor("#ff0000")


@pytest.fixture
def paint(qapp):
    def run(work):
        image = QImage(50, 50, QImage.Format.Format_RGB32)
        image.fill(QColor("black"))
        painter = QPainter(image)
        work(painter)
        painter.end()
        return {(x, y) for x in range(50) for y in range(50) if QColor(image.pixel(x, y)) == RED}

    return run


def test_every_rectangle_is_filled_exactly(paint):
    batch = RectBatch()
    x, y = np.array([1.0, 20.0]), np.array([2.0, 30.0])
    pixels = paint(lambda painter: batch.fill(painter, RED, x, y, 3.0, np.array([4.0, 1.0])))

    first = {(1 + dx, 2 + dy) for dx in range(3) for dy in range(4)}
    assert pixels == first | {(20 + dx, 30) for dx in range(3)}


def test_the_memory_is_used_again_for_fewer_rectangles(paint):
    batch = RectBatch()
    many, one = np.arange(10.0), np.array([5.0])
    paint(lambda painter: batch.fill(painter, RED, many, many, 1.0, 1.0))

    assert paint(lambda painter: batch.fill(painter, RED, one, one, 1.0, 1.0)) == {(5, 5)}
    assert paint(lambda painter: batch.fill(painter, RED, one[:0], one[:0], 1.0, 1.0)) == set()


def test_points_are_joined_except_over_what_is_no_number(paint):
    batch = LineBatch()
    x = np.array([0.0, 10.0, 20.0, 30.0, 40.0])
    y = np.array([5.0, 5.0, math.nan, 5.0, 5.0])
    pixels = paint(lambda painter: batch.connect(painter, QPen(RED, 1), x, y))
    columns = {x for x, _ in pixels}

    assert {1, 9, 31, 39} <= columns
    assert not columns & set(range(12, 29))


def test_no_point_and_one_point_paint_nothing(paint):
    batch = LineBatch()
    for count in (0, 1):
        points = np.arange(float(count))
        assert not paint(lambda painter, p=points: batch.connect(painter, QPen(RED), p, p))


def test_a_rectangle_far_beyond_the_window_is_cut_and_one_of_no_number_is_left_out(paint):
    batch = RectBatch()
    x, y = np.array([3.0, 9.0, 15.0]), np.array([-1e300, math.nan, 10.0])
    tall = np.array([2e300, 5.0, 1e300])
    pixels = paint(lambda painter: batch.fill(painter, RED, x, y, 1.0, tall))

    assert {(3, row) for row in range(50)} <= pixels
    assert {(15, row) for row in range(10, 50)} <= pixels
    assert not any(column == 9 for column, _ in pixels)


def test_many_gaps_and_few_are_left_out_alike(paint):
    batch = LineBatch()
    x, y = np.arange(0.0, 50.0), np.full(50, 5.0)
    y[2::4] = math.nan
    pixels = paint(lambda painter: batch.connect(painter, QPen(RED, 1), x, y))
    y[12:] = 5.0
    fewer = paint(lambda painter: batch.connect(painter, QPen(RED, 1), x, y))

    assert pixels < fewer
    assert {column for column, _ in fewer} >= set(range(12, 49))
    assert (2, 5) not in pixels | fewer
