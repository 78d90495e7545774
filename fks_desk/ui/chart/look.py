"""Hold the pens, colours and fonts of the chart, made once per theme."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QStaticText
from PySide6.QtWidgets import QApplication

from fks_desk.ui.theme.colors import Theme

_MOST_TEXTS = 4_000
_FEW_PAINTS = 2
_GUIDE = (3, 4)
GUIDE_PERIOD = sum(_GUIDE)  # pixels after which a guide's dashes begin anew


class Placed(NamedTuple):
    """Hold a text and where it is painted, with its layout if the text is seen often."""

    at: QPointF
    text: str
    layout: QStaticText | None
    width: float
    ink: QColor
    is_bold: bool


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
    grid: QColor
    day: QColor
    border: QPen
    crosshair: QPen
    guide: QPen
    series: tuple[QColor, ...]
    font: QFont
    bold: QFont
    metrics: QFontMetricsF
    bold_metrics: QFontMetricsF
    line_height: float
    is_hollow: bool
    _widths: dict[tuple[str, bool], float] = field(default_factory=dict)
    _layouts: dict[tuple[str, bool], QStaticText | int] = field(default_factory=dict)

    def side(self, sign: float) -> QColor:
        """Return the colour of a buy (+1) or a sell (-1)."""
        return self.up if sign > 0 else self.down

    def width(self, text: str, *, is_bold: bool = False) -> float:
        """Return the pixels that a text takes."""
        width = self._widths.get((text, is_bold))
        if width is None:
            if len(self._widths) >= _MOST_TEXTS:
                self._widths.clear()
            metrics = self.bold_metrics if is_bold else self.metrics
            width = self._widths[text, is_bold] = metrics.horizontalAdvance(text)
        return width

    def write(
        self,
        painter: QPainter,
        x: float,
        top: float,
        text: str,
        ink: QColor,
        *,
        is_bold: bool = False,
    ) -> float:
        """Paint a text from its top left corner and return its width."""
        placed = self.placed(x, top, text, ink, is_bold=is_bold)
        self.write_all(painter, (placed,))
        return placed.width

    def placed(
        self, x: float, top: float, text: str, ink: QColor, *, is_bold: bool = False
    ) -> Placed:
        """Return a text ready to be painted from its top left corner again and again."""
        layout = self._layout(text, is_bold)
        if layout is None:
            top += (self.bold_metrics if is_bold else self.metrics).ascent()
        width = self.width(text, is_bold=is_bold)
        return Placed(QPointF(x, top), text, layout, width, ink, is_bold)

    def write_all(self, painter: QPainter, texts: Iterable[Placed]) -> None:
        """Paint texts where they are placed."""
        was_bold = None
        for at, text, layout, _, ink, is_bold in texts:
            if is_bold is not was_bold:
                was_bold = is_bold
                painter.setFont(self.bold if is_bold else self.font)
            painter.setPen(ink)
            if layout is None:
                painter.drawText(at, text)
            else:
                painter.drawStaticText(at, layout)

    def _layout(self, text: str, is_bold: bool) -> QStaticText | None:
        """Return a text's layout if it was asked for before; for a few paints it does not pay."""
        key = text, is_bold
        known = self._layouts.get(key, 0)
        if isinstance(known, QStaticText):
            return known
        if known < _FEW_PAINTS:
            if len(self._layouts) >= _MOST_TEXTS:
                self._layouts.clear()
            self._layouts[key] = known + 1
            return None
        layout = self._layouts[key] = QStaticText(text)
        layout.setTextFormat(Qt.TextFormat.PlainText)
        layout.prepare(font=self.bold if is_bold else self.font)
        return layout

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
        grid=QColor(theme.grid),
        day=blended(QColor(theme.border), panel, 0.8),
        border=QPen(QColor(theme.border), 1),
        crosshair=_dashed(QColor(theme.crosshair), [4, 4]),
        guide=_dashed(QColor(theme.axis), _GUIDE),
        series=tuple(QColor(color) for color in theme.series),
        font=font,
        bold=bold,
        metrics=QFontMetricsF(font),
        bold_metrics=QFontMetricsF(bold),
        line_height=math.ceil(QFontMetricsF(bold).height()),
        is_hollow=theme.name == "color-blind",
    )


def blended(color: QColor, ground: QColor, share: float) -> QColor:
    """Return the colour laid over the ground at this opacity, as an opaque colour."""
    return _blended(color.rgba(), ground.rgba(), share)


@lru_cache(maxsize=256)
def _blended(color: int, ground: int, share: float) -> QColor:
    over, under, rest = QColor(color), QColor(ground), 1 - share
    return QColor.fromRgbF(
        over.redF() * share + under.redF() * rest,
        over.greenF() * share + under.greenF() * rest,
        over.blueF() * share + under.blueF() * rest,
    )


def readable_on(color: QColor) -> QColor:
    """Return black or white, whichever reads better on the colour."""
    return _readable_on(color.rgba())


@lru_cache(maxsize=256)
def _readable_on(rgba: int) -> QColor:
    color = QColor(rgba)
    red, green, blue = color.redF() ** 2.2, color.greenF() ** 2.2, color.blueF() ** 2.2
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    # The point at which black and white have the same contrast (WCAG 2).
    return QColor(Qt.GlobalColor.black if luminance > 0.179 else Qt.GlobalColor.white)  # noqa: PLR2004  above


def _dashed(color: QColor, pattern: Sequence[float]) -> QPen:
    pen = QPen(color, 1)
    pen.setDashPattern(pattern)
    return pen
