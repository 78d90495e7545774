"""Show foreign text as text, never as markup."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QStyle, QStyleOption, QWidget

LONGEST = 600  # characters; a flood of text must not fill the window
# They turn the direction of what follows, so that a name could read as another.
_TURNING = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))


class PlainLabel(QLabel):
    """Show plain text of bounded length; `role` picks a look of the style sheet."""

    def __init__(self, text: str = "", *, role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        if role:
            self.setProperty("role", role)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show the text, cut where it is too long."""
        super().setText(bounded(text))


class ElidedLabel(PlainLabel):
    """Show as much of one line as there is room for, and a mark where it goes on."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text, or its beginning and an ellipsis."""
        metrics, room = self.fontMetrics(), self.contentsRect()
        if metrics.horizontalAdvance(self.text()) <= room.width():
            super().paintEvent(event)
            return
        text = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter = QPainter(self)
        # The ground that a style sheet gives is painted as for any other label.
        option = QStyleOption()
        option.initFrom(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(room, self.alignment(), text)
        painter.end()


def bounded(text: str) -> str:
    """Return the text without characters that turn it round, cut where it is too long."""
    clean = text[: LONGEST * 4].translate(_TURNING)
    return clean if len(clean) <= LONGEST else f"{clean[:LONGEST]} …"


def plain_tip(text: str) -> str:
    """Return a tooltip's text such that Qt does not take it for markup.

    Qt guesses from tags; a tooltip has no format of its own to set.
    """
    return bounded(text).replace("<", "‹").replace(">", "›")


def restyle(widget: QWidget, name: str, value: str) -> None:
    """Set a property that the style sheet looks at, and look again."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
