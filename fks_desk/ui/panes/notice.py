"""Show one sentence in the tone it is meant in, or nothing."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QWidget

from fks_desk.ui.models.format import Tone
from fks_desk.ui.widgets.label import PlainLabel, bounded, restyle


class Notice(PlainLabel):
    """Wrap a plain sentence; an empty one takes no room."""

    def __init__(self, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setObjectName(name)
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._tone = Tone.PLAIN
        self.setVisible(False)

    def say(self, text: str, tone: Tone = Tone.WARNING) -> None:
        """Show a sentence instead of the one before; an empty text hides the line."""
        if bounded(text) == self.text() and tone is self._tone:
            return
        self._tone = tone
        # By the style sheet: a palette of its own is lost when a dock's sheet is set anew.
        restyle(self, "tone", tone.value)
        self.setText(text)
        self.setAccessibleName(self.text())
        self.setVisible(bool(text))
