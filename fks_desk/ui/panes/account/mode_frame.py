"""Draw a frame round the whole window in the colour of how real the money is."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from fks_desk.core.model import Mode
from fks_desk.ui.theme.current import current, source

_WIDTH = {Mode.DEMO: 0, Mode.PAPER: 2, Mode.TESTNET: 4, Mode.LIVE: 6}


class ModeFrame(QWidget):
    """Lie over a window without taking its mouse; the more real the money, the wider."""

    def __init__(self, *, mode: Mode, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("mode_frame")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._mode = mode
        window.installEventFilter(self)
        source().changed.connect(self._on_theme)
        self.setGeometry(window.rect())
        self.setVisible(self.width_px > 0)
        self.raise_()

    @property
    def width_px(self) -> int:
        """Return how wide the frame is."""
        return _WIDTH[self._mode]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size, and stay on top."""
        kinds = {QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.ChildAdded}
        if event.type() in kinds and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
            self.raise_()
        return super().eventFilter(watched, event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the four edges."""
        painter = QPainter(self)
        pen = QPen(QColor(current().mode_color(self._mode)), self.width_px * 2)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(self.rect())
        painter.end()

    def _on_theme(self, _theme: object) -> None:
        self.update()
