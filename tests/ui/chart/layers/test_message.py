"""Show that a sentence stands where there are no bars, and nowhere else."""

from __future__ import annotations

from fks_desk.ui.theme.colors import DARK
from tests.fakes.charts import made_frame
from tests.ui.chart.conftest import colors_in


def test_an_empty_chart_has_words_in_its_middle_and_no_grid(view, picture):
    seen = colors_in(picture(), 150, 220, 600, 260)

    assert DARK.axis in seen
    assert DARK.grid not in colors_in(picture(), 0, 0, 700, 470)


def test_a_chart_with_bars_has_no_words_over_them(desk, view, picture):
    desk.show(made_frame(300))
    view.grab()

    assert view.stack.message == ""
    assert DARK.axis not in colors_in(picture(), 150, 220, 600, 260)
