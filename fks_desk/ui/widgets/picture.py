"""Show a picture as large as there is room for."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from fks_desk.ui.text import tr

_LEAST = QSize(320, 180)


class PictureBox(QWidget):
    """Paint an image in its own shape, made smaller where it does not fit, never larger."""

    def __init__(self, image: QImage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("picture")
        self.setAccessibleName(tr("Picture of the chart"))
        self.setMinimumSize(_LEAST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._image = image

    def place(self) -> QRect:
        """Return where the image is painted."""
        natural = self._image.deviceIndependentSize().toSize()
        size = natural
        if natural.width() > self.width() or natural.height() > self.height():
            size = natural.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(0, 0, size.width(), size.height())
        place.moveCenter(self.rect().center())
        return place

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the image smoothly."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self.place(), self._image)
        painter.end()
