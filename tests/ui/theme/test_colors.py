from dataclasses import fields

import pytest
from PySide6.QtGui import QColor

from fks_desk.core.model import Mode
from fks_desk.ui.theme.colors import COLOR_BLIND, DARK, THEMES, theme_named


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
