"""Write a chart as a drawing that stays sharp at every size."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgGenerator

from fks_desk.ui.chart.view import ChartView


def write_svg(view: ChartView, file: Path) -> bool:
    """Paint the view into an SVG file; return whether that could be written."""
    view.lay_out()
    size = view.size()
    memory = QBuffer()
    drawing = QSvgGenerator()
    drawing.setOutputDevice(memory)
    drawing.setSize(size)
    drawing.setViewBox(QRectF(0, 0, size.width(), size.height()))
    drawing.setTitle(view.accessibleName())
    painter = QPainter(drawing)
    try:
        view.stack.draw(painter, QRectF(0, 0, size.width(), size.height()))
    finally:
        painter.end()
    try:
        file.write_bytes(memory.data().data())
    except OSError:
        return False
    return True
