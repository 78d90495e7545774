"""Say unmistakably whether money is real."""

from __future__ import annotations

import math
from datetime import datetime

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from fks_desk.core.clock import Clock, SystemClock
from fks_desk.core.model import Mode
from fks_desk.ui.text import tr
from fks_desk.ui.theme.current import source
from fks_desk.ui.widgets.label import PlainLabel

# Pixels: the more real the money, the wider.
_FRAME = {Mode.DEMO: 3, Mode.PAPER: 4, Mode.TESTNET: 6, Mode.LIVE: 9}


class ModeFrame(QFrame):
    """Surround the panes with the mode's colour, under a line that names the mode."""

    def __init__(
        self, *, mode: Mode, content: QWidget, parent: QWidget, clock: Clock | None = None
    ) -> None:
        super().__init__(parent)
        self._mode = mode
        self._clock = clock or SystemClock()
        self.setAutoFillBackground(True)
        self._line = self._bold_line(mode_text(mode))
        self._line.setAccessibleName(mode_text(mode))
        self._line.setContentsMargins(0, 2, 0, 2)
        self.arming = self._bold_line("")
        self.arming.setVisible(mode is Mode.LIVE)
        self._until: datetime | None = None
        self._is_locked = False
        self._second = QTimer(self)
        self._second.setInterval(1000)
        self._second.timeout.connect(self._show_arming)
        box = QVBoxLayout(self)
        box.setContentsMargins(self.width_px, 0, self.width_px, self.width_px)
        box.setSpacing(0)
        box.addWidget(self._line)
        box.addWidget(self.arming)
        box.addWidget(content, 1)
        self._color()
        self._show_arming()
        source().changed.connect(self._color)

    @property
    def width_px(self) -> int:
        """Return how wide the frame is."""
        return _FRAME[self._mode]

    def text(self) -> str:
        """Return the line."""
        return self._line.text()

    def show_armed(self, until: datetime | None, *, is_locked: bool = False) -> None:
        """Count the minutes in which a live account may send, or say that it may not.

        Of any account it says that it is locked.
        """
        self._is_locked = is_locked
        self.arming.setVisible(is_locked or self._mode is Mode.LIVE)
        self._until = until if self._mode is Mode.LIVE else None
        until = self._until
        if until is None:
            self._second.stop()
        else:
            self._second.start()
        self._color()
        self._show_arming()

    def _bold_line(self, text: str) -> PlainLabel:
        line = PlainLabel(text, role="mode", parent=self)
        line.setAlignment(Qt.AlignmentFlag.AlignCenter)
        font = line.font()
        font.setBold(True)
        line.setFont(font)
        line.setAutoFillBackground(True)
        return line

    def _show_arming(self) -> None:
        if self._is_locked:
            text = tr(
                "LOCKED — orders by hand that open are refused until you unlock (Ctrl+Shift+U)"
            )
        elif self._until is None:
            text = tr("NOT ARMED — orders that open are refused; cancels and closing are not")
        else:
            left = max(0, math.ceil((self._until - self._clock.now()).total_seconds()))
            text = tr(
                "▲ ARMED ▲ {minutes}:{seconds} left · orders leave at once",
                minutes=f"{left // 60:02d}",
                seconds=f"{left % 60:02d}",
            )
        self.arming.setText(text)
        self.arming.setAccessibleName(text)

    def _color(self) -> None:
        theme = source().theme
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Window, QColor(theme.mode_color(self._mode.value)))
        palette.setColor(QPalette.ColorRole.WindowText, QColor(theme.mode_text))
        self.setPalette(palette)
        self._line.setPalette(palette)
        armed = QPalette(palette)
        if self._until is not None:
            # Turned round: a glance tells an armed account from one that is not.
            armed.setColor(QPalette.ColorRole.Window, QColor(theme.mode_text))
            armed.setColor(
                QPalette.ColorRole.WindowText, QColor(theme.mode_color(self._mode.value))
            )
        self.arming.setPalette(armed)


def mode_text(mode: Mode) -> str:
    """Return the sentence that names a mode and says whether its money is real."""
    texts = {
        Mode.DEMO: tr("DEMO — no real money"),
        Mode.PAPER: tr("PAPER — live prices, no real money"),
        Mode.TESTNET: tr("TESTNET — the exchange's test money"),
        Mode.LIVE: tr("LIVE — REAL MONEY"),
    }
    return texts[mode]
