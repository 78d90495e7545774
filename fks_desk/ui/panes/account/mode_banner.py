"""Say in colour and words how real the money is."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from fks_desk.core.model import Mode
from fks_desk.ui.text import tr
from fks_desk.ui.theme.current import current, source

_PADDING = 10


class ModeBanner(QWidget):
    """Paint a bar in the mode's colour, with its name in capitals."""

    def __init__(self, *, mode: Mode, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mode_banner")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._mode = mode
        self._suffix = ""
        self.setAccessibleName(self.text)
        source().changed.connect(self._on_theme)

    @property
    def text(self) -> str:
        """Return the words on the banner."""
        words = {
            Mode.DEMO: tr("DEMO · simulated money"),
            Mode.PAPER: tr("PAPER · simulated money, live prices"),
            Mode.TESTNET: tr("TESTNET · the venue's test money"),
            Mode.LIVE: tr("LIVE · real money"),
        }
        return f"{words[self._mode]}{self._suffix}"

    def show_armed(self, until: datetime | None, *, is_locked: bool = False) -> None:
        """Say whether a live account may send, and until when; of any one that it is locked."""
        if is_locked:
            self._suffix = tr(" · LOCKED")
        elif self._mode is not Mode.LIVE:
            self._suffix = ""
        elif until is not None:
            self._suffix = tr(" · ARMED until {time} UTC", time=f"{until:%H:%M}")
        else:
            self._suffix = tr(" · not armed")
        self.setAccessibleName(self.text)
        self.update()

    def _on_theme(self, _theme: object) -> None:
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for one line of text."""
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance(self.text) + 2 * _PADDING
        return QSize(width, metrics.height() + _PADDING)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Fill the bar and write on it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(current().mode_color(self._mode)))
        font = self.font()
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(current().mode_text))
        room = self.width() - 2 * _PADDING
        text = painter.fontMetrics().elidedText(self.text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, text)
        painter.end()
