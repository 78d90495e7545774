"""A grid takes its widths from the first rows."""

from __future__ import annotations

from fks_desk.ui.panes.data.grids import grid_columns
from tests.ui.models.data.test_cells import columns


def test_the_sorted_column_is_marked_and_numbers_stand_right():
    made = grid_columns(
        columns(("a", "text"), ("n", "number")), [("x" * 99, "1")], "n", falling=True
    )

    assert [column.title for column in made] == ["a", "n ▼"]
    assert [column.is_number for column in made] == [False, True]
    assert len(made[0].sample) < 99
