"""Show which pixels are painted anew when something over the bars changes."""

from __future__ import annotations

from PySide6.QtCore import QRect

from fks_desk.ui.chart.stains import Stain, changed

HERE, THERE = QRect(0, 0, 10, 10), QRect(50, 0, 10, 10)


def test_what_is_as_it_was_is_left_alone():
    assert changed({"legend": Stain(HERE, 1)}, {"legend": Stain(QRect(HERE), 1)}) == []


def test_what_says_something_else_is_painted_where_it_stands():
    assert changed({"legend": Stain(HERE, 1)}, {"legend": Stain(HERE, 2)}) == [HERE]


def test_what_moved_is_painted_where_it_was_and_where_it_is_and_not_between():
    assert changed({"line": Stain(HERE, 1)}, {"line": Stain(THERE, 1)}) == [THERE, HERE]


def test_what_came_and_what_went_are_painted():
    assert changed({}, {"tag": Stain(HERE, 1)}) == [HERE]
    assert changed({"tag": Stain(THERE, 1)}, {}) == [THERE]


def test_areas_that_cover_no_more_together_are_one():
    lower = QRect(0, 4, 10, 10)

    assert changed({"line": Stain(HERE, 1)}, {"line": Stain(lower, 1)}) == [HERE | lower]


def test_what_takes_no_room_is_not_painted():
    assert changed({}, {"legend": Stain(QRect(), 1)}) == []
