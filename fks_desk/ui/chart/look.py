"""Hold the pens, colours and fonts of the chart, made once per theme."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPen
from PySide6.QtWidgets import QApplication

from fks_desk.ui.theme.colors import Theme


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Hold ready paints; `is_hollow` draws rising candles as outlines, told apart by shape."""

    theme: Theme
    background: QColor
    raised: QColor
    up: QColor
    down: QColor
    up_faint: QColor
    down_faint: QColor
    text: QColor
    muted: QColor
    accent: QColor
    accent_text: QColor
    warning: QColor
    crosshair_fill: QColor
    crosshair_text: QColor
    grid: QPen
    day: QPen
    border: QPen
    crosshair: QPen
    series: tuple[QColor, ...]
    font: QFont
    bold: QFont
    metrics: QFontMetricsF
    bold_metrics: QFontMetricsF
    is_hollow: bool

    def side(self, sign: float) -> QColor:
        """Return the colour of a buy (+1) or a sell (-1)."""
        return self.up if sign > 0 else self.down

    def line(self, number: int) -> QColor:
        """Return the colour of the n-th line, starting over after the last."""
        return self.series[number % len(self.series)]


def look_of(theme: Theme) -> Look:
    """Return the paints of a theme, at the application's font size."""
    font = QFont(QApplication.font())
    font.setPointSizeF(max(7.0, font.pointSizeF() - 0.5))
    bold = QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    panel = QColor(theme.panel)
    return Look(
        theme=theme,
        background=panel,
        raised=QColor(theme.raised),
        up=QColor(theme.up),
        down=QColor(theme.down),
        up_faint=blended(QColor(theme.up), panel, 0.32),
        down_faint=blended(QColor(theme.down), panel, 0.32),
        text=QColor(theme.text),
        muted=QColor(theme.axis),
        accent=QColor(theme.accent),
        accent_text=QColor(theme.accent_text),
        warning=QColor(theme.warning),
        crosshair_fill=QColor(theme.crosshair),
        crosshair_text=QColor(theme.crosshair_text),
        grid=QPen(QColor(theme.grid), 1),
        day=QPen(blended(QColor(theme.border), panel, 0.75), 1),
        border=QPen(QColor(theme.border), 1),
        crosshair=_dashed(QColor(theme.crosshair)),
        series=tuple(QColor(color) for color in theme.series),
        font=font,
        bold=bold,
        metrics=QFontMetricsF(font),
        bold_metrics=QFontMetricsF(bold),
        is_hollow=theme.name == "color-blind",
    )


def blended(color: QColor, ground: QColor, share: float) -> QColor:
    """Return the colour laid over the ground at this opacity, as an opaque colour."""
    rest = 1 - share
    return QColor.fromRgbF(
        color.redF() * share + ground.redF() * rest,
        color.greenF() * share + ground.greenF() * rest,
        color.blueF() * share + ground.blueF() * rest,
    )


def readable_on(color: QColor) -> QColor:
    """Return black or white, whichever reads better on the colour."""
    red, green, blue = color.redF() ** 2.2, color.greenF() ** 2.2, color.blueF() ** 2.2
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    # The point at which black and white have the same contrast (WCAG 2).
    return QColor(Qt.GlobalColor.black if luminance > 0.179 else Qt.GlobalColor.white)  # noqa: PLR2004  above


def _dashed(color: QColor) -> QPen:
    pen = QPen(color, 1)
    pen.setDashPattern([4, 4])
    return pen
