"""Show one sentence in the tone it is meant in, or nothing."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from fks_desk.ui.models.format import Tone
from fks_desk.ui.tables.tones import tone_color
from fks_desk.ui.theme.current import current, source
from fks_desk.ui.widgets.label import PlainLabel, bounded


class Notice(PlainLabel):
    """Wrap a plain sentence; an empty one takes no room."""

    def __init__(self, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setObjectName(name)
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._tone = Tone.PLAIN
        self.setVisible(False)
        source().changed.connect(self._paint)

    def say(self, text: str, tone: Tone = Tone.WARNING) -> None:
        """Show a sentence instead of the one before; an empty text hides the line."""
        if bounded(text) == self.text() and tone is self._tone:
            return
        self._tone = tone
        self.setText(text)
        self.setAccessibleName(self.text())
        self.setVisible(bool(text))
        self._paint()

    def _paint(self, _theme: object = None) -> None:
        palette = self.palette()
        color = QColor(tone_color(current(), self._tone))
        palette.setColor(QPalette.ColorRole.WindowText, color)
        self.setPalette(palette)
