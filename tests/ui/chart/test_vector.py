"""Show that a chart is written as a drawing."""

from __future__ import annotations

from fks_desk.ui.chart.vector import write_svg


def test_the_drawing_holds_shapes_and_words(desk, view, tmp_path):
    desk.show()
    desk.model.add_study("BBANDS")
    file = tmp_path / "chart.svg"

    assert write_svg(view, file)
    text = file.read_text(encoding="utf-8")
    assert text.count("<rect") > 50
    assert "BBANDS" in text
    assert not write_svg(view, tmp_path / "nowhere" / "chart.svg")
