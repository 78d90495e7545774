"""Show which pixels are painted anew when something over the bars changes."""

from __future__ import annotations

from PySide6.QtCore import QRect

from fks_desk.ui.chart.stains import Stain, changed

HERE, THERE = QRect(0, 0, 10, 10), QRect(50, 0, 10, 10)


def test_what_is_as_it_was_is_left_alone():
    assert changed({"legend": Stain(HERE, 1)}, {"legend": Stain(QRect(HERE), 1)}).isEmpty()


def test_what_says_something_else_is_painted_where_it_stands():
    assert changed({"legend": Stain(HERE, 1)}, {"legend": Stain(HERE, 2)}).boundingRect() == HERE


def test_what_moved_is_painted_where_it_was_and_where_it_is():
    region = changed({"line": Stain(HERE, 1)}, {"line": Stain(THERE, 1)})

    assert region.boundingRect() == HERE | THERE
    assert not region.contains(QRect(20, 0, 10, 10))


def test_what_came_and_what_went_are_painted():
    assert changed({}, {"tag": Stain(HERE, 1)}).boundingRect() == HERE
    assert changed({"tag": Stain(THERE, 1)}, {}).boundingRect() == THERE
