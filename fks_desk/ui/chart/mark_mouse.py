"""Open the row of a mark that is clicked; a drag that begins on one still pans."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import cast

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent

from fks_desk.ui.chart.view import ChartView

_STILL = 3.0  # pixels that a click may slip

Find = Callable[[QPointF], tuple[str, Hashable] | None]


class MarkMouse(QObject):
    """Watch the view's mouse events and take none."""

    opened = Signal(str, object)  # the name of a pane and the key of its row

    def __init__(self, view: ChartView, find: Find) -> None:
        super().__init__(view)
        self._view = view
        self._find = find
        self._pressed: tuple[str, Hashable] | None = None
        self._from = QPointF()
        view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note a click on a mark, and show that there is something to click."""
        if watched is self._view:
            kind = event.type()
            if kind is QEvent.Type.MouseButtonPress:
                self._press(cast("QMouseEvent", event))
            elif kind is QEvent.Type.MouseButtonRelease:
                self._release(cast("QMouseEvent", event))
        return False

    def _press(self, event: QMouseEvent) -> None:
        is_plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        is_left = event.button() is Qt.MouseButton.LeftButton
        self._from = event.position()
        self._pressed = self._find(self._from) if is_plain and is_left else None

    def _release(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        off = event.position() - self._from
        if pressed is not None and abs(off.x()) <= _STILL and abs(off.y()) <= _STILL:
            self.opened.emit(*pressed)
