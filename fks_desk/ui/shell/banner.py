"""Say unmistakably whether money is real."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from fks_desk.core.model import Mode
from fks_desk.ui.text import tr
from fks_desk.ui.theme.current import source
from fks_desk.ui.widgets.label import PlainLabel

# Pixels: the more real the money, the wider.
_FRAME = {Mode.DEMO: 3, Mode.PAPER: 4, Mode.TESTNET: 6, Mode.LIVE: 9}


class ModeFrame(QFrame):
    """Surround the panes with the mode's colour, under a line that names the mode."""

    def __init__(self, *, mode: Mode, content: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._mode = mode
        self.setAutoFillBackground(True)
        self._line = PlainLabel(mode_text(mode), role="mode", parent=self)
        self._line.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._line.setAccessibleName(mode_text(mode))
        font = self._line.font()
        font.setBold(True)
        self._line.setFont(font)
        self._line.setContentsMargins(0, 2, 0, 2)
        self._line.setAutoFillBackground(True)
        box = QVBoxLayout(self)
        box.setContentsMargins(self.width_px, 0, self.width_px, self.width_px)
        box.setSpacing(0)
        box.addWidget(self._line)
        box.addWidget(content, 1)
        self._color()
        source().changed.connect(self._color)

    @property
    def width_px(self) -> int:
        """Return how wide the frame is."""
        return _FRAME[self._mode]

    def text(self) -> str:
        """Return the line."""
        return self._line.text()

    def _color(self) -> None:
        theme = source().theme
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Window, QColor(theme.mode_color(self._mode.value)))
        palette.setColor(QPalette.ColorRole.WindowText, QColor(theme.mode_text))
        self.setPalette(palette)
        self._line.setPalette(palette)


def mode_text(mode: Mode) -> str:
    """Return the sentence that names a mode and says whether its money is real."""
    texts = {
        Mode.DEMO: tr("DEMO — no real money"),
        Mode.PAPER: tr("PAPER — live prices, no real money"),
        Mode.TESTNET: tr("TESTNET — the exchange's test money"),
        Mode.LIVE: tr("LIVE — REAL MONEY"),
    }
    return texts[mode]
