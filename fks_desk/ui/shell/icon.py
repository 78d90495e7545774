"""Draw the desk's own icon."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QLinearGradient, QPainter, QPainterPath, QPixmap

# Each candle: place of its middle, low, body from, body to, high, in parts of the side.
_CANDLES = (
    (0.27, 0.80, 0.72, 0.52, 0.44),
    (0.50, 0.68, 0.62, 0.40, 0.30),
    (0.73, 0.54, 0.46, 0.24, 0.16),
)
_SIZES = (16, 24, 32, 48, 64, 128, 256)


def app_icon() -> QIcon:
    """Return three rising candles on a dark tile."""
    icon = QIcon()
    for size in _SIZES:
        icon.addPixmap(_draw(size))
    return icon


def _draw(size: int) -> QPixmap:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _draw_tile(painter, size)
    for number, (middle, low, start, end, high) in enumerate(_CANDLES):
        color = QColor("#6ea8ff" if number < len(_CANDLES) - 1 else "#26d6a0")
        painter.setPen(color)
        painter.drawLine(QPointF(middle * size, low * size), QPointF(middle * size, high * size))
        painter.fillRect(
            QRectF((middle - 0.075) * size, end * size, 0.15 * size, (start - end) * size), color
        )
    painter.end()
    return pixmap


def _draw_tile(painter: QPainter, size: int) -> None:
    shade = QLinearGradient(0, 0, 0, size)
    shade.setColorAt(0, QColor("#26324a"))
    shade.setColorAt(1, QColor("#11151c"))
    tile = QPainterPath()
    tile.addRoundedRect(QRectF(0, 0, size, size), size * 0.18, size * 0.18)
    painter.fillPath(tile, shade)
