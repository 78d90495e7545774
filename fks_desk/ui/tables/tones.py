"""Give each tone the colour that a theme has for it."""

from __future__ import annotations

from PySide6.QtGui import QColor

from fks_desk.ui.models.format import Tone
from fks_desk.ui.theme.colors import Theme


def tone_color(theme: Theme, tone: Tone) -> str:
    """Return a tone's colour, written #rrggbb."""
    colors = {
        Tone.PLAIN: theme.text,
        Tone.UP: theme.up,
        Tone.DOWN: theme.down,
        Tone.MUTED: theme.muted,
        Tone.WARNING: theme.warning,
    }
    return colors[tone]


def tone_colors(theme: Theme) -> dict[Tone, QColor]:
    """Return the colours of every tone that differs from plain text."""
    return {tone: QColor(tone_color(theme, tone)) for tone in Tone if tone is not Tone.PLAIN}
