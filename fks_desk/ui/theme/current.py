"""Colour the application, and tell who paints when the colours change."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from fks_desk.ui.theme.colors import DARK, Theme
from fks_desk.ui.theme.sheet import sheet


class ThemeSource(QObject):
    """Hold the theme that is on."""

    changed = Signal(object)  # Theme

    def __init__(self) -> None:
        super().__init__()
        self.theme = DARK
        self.has_style = False


@cache
def source() -> ThemeSource:
    """Return the one holder of the theme; connect to its `changed` to repaint."""
    return ThemeSource()


def current() -> Theme:
    """Return the theme that is on."""
    return source().theme


def prepare(app: QApplication, theme: Theme) -> None:
    """Set the style and the colours that widgets are made with, yet no style sheet."""
    if not source().has_style:
        # Once: under a style sheet the style no longer tells its name, and setting it
        # anew polishes every widget.
        source().has_style = True
        app.setStyle(QStyleFactory.create("Fusion"))
    source().theme = theme
    app.setPalette(_palette(theme))


def apply(app: QApplication, theme: Theme) -> None:
    """Colour every widget of the application and tell whoever paints by hand."""
    prepare(app, theme)
    app.setStyleSheet(sheet(theme))
    source().changed.emit(theme)


def number_font() -> QFont:
    """Return a font whose digits are all of one width, at the application's size."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPointSizeF(QApplication.font().pointSizeF())
    return font


def _palette(theme: Theme) -> QPalette:
    role = QPalette.ColorRole
    colors = {
        role.Window: theme.background,
        role.WindowText: theme.text,
        role.Base: theme.panel,
        role.AlternateBase: theme.raised,
        role.Text: theme.text,
        role.PlaceholderText: theme.muted,
        role.Button: theme.raised,
        role.ButtonText: theme.text,
        role.BrightText: theme.danger,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.accent_text,
        role.Link: theme.accent,
        role.LinkVisited: theme.accent,
        role.Light: theme.raised,
        role.Midlight: theme.raised,
        role.Mid: theme.border,
        role.Dark: theme.border,
        role.Shadow: theme.background,
    }
    palette = QPalette()
    for part, color in colors.items():
        palette.setColor(part, QColor(color))
    for part in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, part, QColor(theme.muted))
    return palette
