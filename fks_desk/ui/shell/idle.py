"""Notice that nobody has touched a key or the mouse for a while."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow

_LOOK_MS = 5_000
_TOUCHES = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TabletPress,
    }
)


class IdleWatch(QObject):
    """Tell once that a person is away, and again after the next time somebody was here.

    It listens to the windows of the system alone: whatever a person does passes them,
    and nothing that the desk itself paints or times does.
    """

    left = Signal(object)  # the minutes without anybody

    def __init__(
        self,
        *,
        minutes: int,
        now: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._minutes = minutes
        self._now = now
        self._touched = now()
        self._has_told = False
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)
        if minutes > 0:
            self._timer.start()
            self.look()

    def look(self) -> None:
        """Listen to every window there is by now; tell if it has been quiet for long enough."""
        for window in QGuiApplication.allWindows():
            # Installed again, a filter only moves to the front.
            window.installEventFilter(self)
        if not self._has_told and self._now() - self._touched >= self._minutes * 60:
            self._has_told = True
            self.left.emit(self._minutes)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note what a person does, and let it pass."""
        if event.type() in _TOUCHES and isinstance(watched, QWindow):
            self._touched = self._now()
            self._has_told = False
        return super().eventFilter(watched, event)
