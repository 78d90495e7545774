"""Show that paints come from the theme and that labels can be read."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from fks_desk.ui.chart.look import blended, look_of, readable_on
from fks_desk.ui.theme.colors import COLOR_BLIND, DARK, LIGHT, THEMES


def luminance(color):
    parts = (color.redF(), color.greenF(), color.blueF())
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_tags_can_be_read_in_every_theme(qapp, theme):
    look = look_of(theme)

    for fill in (look.up, look.down):
        assert contrast(fill, readable_on(fill)) >= 4.5
    assert contrast(look.crosshair_fill, look.crosshair_text) >= 4.5
    assert contrast(look.background, look.text) >= 4.5
    assert contrast(look.background, look.muted) >= 4.5


def test_rising_bars_differ_by_shape_where_colours_may_not_be_told_apart(qapp):
    assert look_of(COLOR_BLIND).is_hollow
    assert not look_of(DARK).is_hollow


def test_a_blend_lies_between_its_colours():
    white, black = QColor("#ffffff"), QColor("#000000")

    assert blended(white, black, 0.0).name() == "#000000"
    assert blended(white, black, 1.0).name() == "#ffffff"
    assert blended(white, black, 0.5).name() == "#808080"


def test_lines_start_over_when_the_colours_are_used_up(qapp):
    look = look_of(LIGHT)

    assert look.line(0) == look.line(len(LIGHT.series))
    assert look.side(1) == look.up
    assert look.side(-1) == look.down


def test_the_memory_of_labels_does_not_grow_without_end(qapp):
    look = look_of(DARK)
    widths = [look.placed(0, 0, str(number), look.text).width for number in range(9_000)]

    assert min(widths) > 0
    assert len(look._widths) <= 4_000
    assert len(look._layouts) <= 4_000
