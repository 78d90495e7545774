import itertools
import math
from dataclasses import fields

import pytest
from PySide6.QtGui import QColor

from fks_desk.core.model import Mode
from fks_desk.ui.theme.colors import COLOR_BLIND, DARK, THEMES, Theme, theme_named


def contrast(one: str, other: str) -> float:
    """Return the contrast as the Web Content Accessibility Guidelines count it."""

    def light(color: str) -> float:
        parts = [QColor(color).redF(), QColor(color).greenF(), QColor(color).blueF()]
        red, green, blue = (
            p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_color_is_one(theme):
    texts = [getattr(theme, field.name) for field in fields(theme)]
    colors = [text for text in texts if isinstance(text, str) and text != theme.name]

    assert all(QColor(color).isValid() for color in (*colors, *theme.series))


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_text_can_be_read_on_every_ground(theme):
    for ground in (theme.background, theme.panel, theme.raised):
        assert contrast(theme.text, ground) >= 7
        for quiet in (theme.muted, theme.up, theme.down, theme.good, theme.warning, theme.danger):
            assert contrast(quiet, ground) >= 4.0


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("mode", Mode)
def test_every_mode_has_a_color_that_its_text_can_be_read_on(theme, mode):
    assert contrast(theme.mode_text, theme.mode_color(mode.value)) >= 3.5


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_text_on_filled_parts_can_be_read(theme):
    for ground in (theme.up, theme.down):
        assert contrast(theme.side_text, ground) >= 4.5
    assert contrast(theme.accent_text, theme.accent) >= 4.5


def test_no_two_modes_look_alike():
    for theme in THEMES:
        assert len({theme.mode_color(mode.value) for mode in Mode}) == len(Mode)


# How the three kinds of colour blindness turn linear red, green and blue (Machado 2009).
BLINDNESS = {
    "none": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "green": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "red": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "blue": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}


def seen(color: str, kind: str) -> tuple[float, float, float]:
    """Return a colour in CIE L*a*b* as such eyes see it."""
    parts = (QColor(color).redF(), QColor(color).greenF(), QColor(color).blueF())
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    red, green, blue = (
        max(0.0, sum(a * b for a, b in zip(row, linear, strict=True))) for row in BLINDNESS[kind]
    )
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


@pytest.mark.parametrize("kind", BLINDNESS)
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_no_eye_takes_real_money_for_any_other(theme, kind):
    live = seen(theme.mode_live, kind)
    others = [seen(theme.mode_color(m.value), kind) for m in Mode if m is not Mode.LIVE]

    # Ten is what one notices side by side; here it is twice that from memory.
    assert min(math.dist(live, other) for other in others) >= 20


@pytest.mark.parametrize("kind", BLINDNESS)
def test_the_color_blind_theme_parts_every_mode_from_every_other(kind):
    colors = [seen(COLOR_BLIND.mode_color(mode.value), kind) for mode in Mode]

    assert min(math.dist(a, b) for a, b in itertools.combinations(colors, 2)) >= 18


def test_the_color_blind_theme_parts_up_from_down_without_red_and_green():
    up, down = QColor(COLOR_BLIND.up), QColor(COLOR_BLIND.down)

    assert up.blue() > up.red()
    assert down.red() > down.blue()


def test_an_unknown_name_gives_the_dark_theme():
    assert theme_named("neon") is DARK
    assert theme_named("color-blind") is COLOR_BLIND


def test_sides_have_the_colors_of_up_and_down():
    assert DARK.side_color("buy") == DARK.up
    assert DARK.side_color("sell") == DARK.down


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_line_of_a_chart_can_be_told_from_its_ground(theme: Theme) -> None:
    assert [one for one in theme.series if contrast(one, theme.panel) < 4.0] == []
    assert len(set(theme.series)) == len(theme.series)
