"""Stop all trading by keys held down for a second."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent

HOLD_MS = 1_000
_WITH = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class HeldHalt(QObject):
    """Turn a held shortcut into a halt; a choice from a menu or the palette is one at once.

    Held, because a slip of the fingers must not stop a strategy.
    """

    began = Signal()
    given_up = Signal()
    wanted = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(HOLD_MS)
        self._timer.timeout.connect(self._on_held)

    def start(self) -> None:
        """Begin to count if the keys are down; otherwise it was chosen by name."""
        if QGuiApplication.keyboardModifiers() != _WITH:
            self.wanted.emit()
        elif not self._timer.isActive():
            # Only while it counts: a filter over the whole application costs time.
            _application().installEventFilter(self)
            self._timer.start()
            self.began.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Give up when any of the keys is released."""
        if (
            event.type() == QEvent.Type.KeyRelease
            and isinstance(event, QKeyEvent)
            and not event.isAutoRepeat()
            and self._timer.isActive()
        ):
            self._end()
            self.given_up.emit()
        return super().eventFilter(watched, event)

    def _on_held(self) -> None:
        self._end()
        self.wanted.emit()

    def _end(self) -> None:
        self._timer.stop()
        _application().removeEventFilter(self)


def _application() -> QCoreApplication:
    app = QCoreApplication.instance()
    if app is None:
        raise RuntimeError("a shortcut needs a running QApplication")
    return app
