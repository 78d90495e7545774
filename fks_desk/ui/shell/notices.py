"""Show sentences over the window without ever taking the keys."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from fks_desk.core.messages import NoticeRaised, Severity
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.label import PlainLabel, bounded

_MOST_SHOWN = 4
_MOST_KEPT = 200
_WIDTH = 380
_EDGE = 12
_SHOWN_MS = {Severity.INFO: 6_000, Severity.WARNING: 12_000, Severity.ERROR: 30_000}
_SIGNS = {Severity.INFO: "ℹ", Severity.WARNING: "▲", Severity.ERROR: "✖"}


class Notice(QFrame):
    """Show one sentence until its time is over or somebody closes it."""

    def __init__(self, event: NoticeRaised, parent: QWidget) -> None:
        super().__init__(parent)
        self.event_shown = event
        self._count = 1
        self.setProperty("notice", event.severity.value)
        self.setAutoFillBackground(True)
        self._label = PlainLabel(self._words(), parent=self)
        self._label.setWordWrap(True)
        self.setAccessibleName(self._words())
        close = QToolButton(self)
        close.setText("×")
        close.setObjectName("close-notice")
        close.setAccessibleName(tr("Close this notice"))
        close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        close.clicked.connect(self.end)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 6, 6, 6)
        row.addWidget(self._label, 1)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.end)
        self._timer.start(_SHOWN_MS[event.severity])

    def repeat(self) -> None:
        """Count the same sentence once more instead of showing it again."""
        self._count += 1
        self._label.setText(self._words())
        self._timer.start()

    def text(self) -> str:
        """Return the words shown."""
        return self._label.text()

    def end(self) -> None:
        """Go away."""
        self._timer.stop()
        self.hide()
        self.setParent(None)
        self.deleteLater()

    def _words(self) -> str:
        times = f" (×{self._count})" if self._count > 1 else ""
        return f"{_SIGNS[self.event_shown.severity]} {bounded(self.event_shown.text)}{times}"


class Notices(QObject):
    """Stack notices at the lower left, where nobody types, newest at the bottom; keep a history."""

    def __init__(self, *, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self._history: deque[NoticeRaised] = deque(maxlen=_MOST_KEPT)
        self._stack = QWidget(over)
        self._stack.setObjectName("notice-stack")
        self._box = QVBoxLayout(self._stack)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(6)
        self._stack.hide()
        self._stack.installEventFilter(self)
        over.installEventFilter(self)

    def tell(self, severity: Severity, text: str) -> None:
        """Show a sentence of the window's own."""
        self.on_notice(NoticeRaised(severity=severity, text=text, topic="window"))

    def on_notice(self, event: NoticeRaised) -> None:
        """Show a sentence, or count it if the same one is on show."""
        self._history.append(event)
        for notice in self.shown():
            if notice.event_shown == event:
                notice.repeat()
                return
        for old in self.shown()[: 1 - _MOST_SHOWN or None]:
            if len(self.shown()) >= _MOST_SHOWN:
                old.end()
        notice = Notice(event, self._stack)
        self._box.addWidget(notice)
        notice.show()
        self._settle()

    def shown(self) -> list[Notice]:
        """Return what is on show, oldest first."""
        # Asked of the widget, for the layout would lend its items: the stand-in of one that is
        # gone by itself takes the next object at its place in memory for its own, and the
        # window ends without a word.
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        return self._stack.findChildren(Notice, options=direct)

    def history(self) -> Sequence[NoticeRaised]:
        """Return the newest notices, oldest first."""
        return tuple(self._history)

    def dismiss(self) -> None:
        """Close everything on show."""
        for notice in self.shown():
            notice.end()
        self._settle()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size and the coming and going of notices."""
        is_resize = watched is self._over and event.type() == QEvent.Type.Resize
        is_gone = watched is self._stack and event.type() == QEvent.Type.ChildRemoved
        if is_resize or is_gone:
            self._settle()
        return super().eventFilter(watched, event)

    def _settle(self) -> None:
        if not self.shown():
            self._stack.hide()
            return
        room = self._over.rect()
        width = min(_WIDTH, room.width() - 2 * _EDGE)
        height = self._box.heightForWidth(width)
        height = self._box.sizeHint().height() if height < 0 else height
        self._stack.setGeometry(
            room.left() + _EDGE, room.bottom() - height - _EDGE - 28, width, height
        )
        self._stack.show()
        self._stack.raise_()
