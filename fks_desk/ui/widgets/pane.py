"""Give every pane its name, its keys, its empty state and its focus ring."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QStackedLayout, QVBoxLayout, QWidget

from fks_desk.ui.theme.current import current
from fks_desk.ui.widgets.label import PlainLabel

RING = 2  # pixels of the frame that shows where keys go


class Pane(QWidget):
    """Hold one dockable part of the window.

    A pane sets its content once with `set_content`. Its `contexts` name the keys
    that count while the focus is inside; the shell binds them. Where there is
    nothing to show yet, `show_empty` says why and what to do, with a key.
    """

    title_changed = Signal(str)
    raised = Signal()  # the pane asks to be brought to the front
    entered = Signal()  # the keys go to it now

    def __init__(
        self,
        *,
        name: str,
        title: str,
        contexts: tuple[str, ...] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setWindowTitle(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._contexts = contexts
        self._content: QWidget | None = None
        self._has_focus = False
        self._empty = self._empty_label()
        self._pages = QStackedLayout()
        self._pages.addWidget(self._empty)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(RING, RING, RING, RING)
        outer.addLayout(self._pages)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus)

    @property
    def name(self) -> str:
        """Return the pane's stable name."""
        return self.objectName()

    @property
    def title(self) -> str:
        """Return the title as shown on the tab."""
        return self.windowTitle()

    @property
    def contexts(self) -> tuple[str, ...]:
        """Return the names of the key contexts that count inside this pane."""
        return self._contexts

    @property
    def has_ring(self) -> bool:
        """Return whether the pane shows that keys go to it."""
        return self._has_focus

    def set_title(self, title: str) -> None:
        """Change the title on the tab."""
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.title_changed.emit(title)

    def set_content(self, content: QWidget) -> None:
        """Fill the pane; called once."""
        self._content = content
        self._pages.addWidget(content)
        self._pages.setCurrentWidget(content)

    def show_empty(self, text: str) -> None:
        """Show a sentence instead of the content."""
        self._empty.setText(text)
        self._pages.setCurrentWidget(self._empty)

    def show_content(self) -> None:
        """Show the content again."""
        if self._content is not None:
            self._pages.setCurrentWidget(self._content)

    def focus_target(self) -> QWidget:
        """Return what takes the keys when the pane is chosen; override to pick a child."""
        return self

    def focus_now(self) -> None:
        """Give the keys to the pane."""
        target = self.focus_target()
        chosen = target if target.isVisibleTo(self) or target is self else self
        chosen.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_selection(self) -> bool:
        """Ask the chart to show what is chosen here; return whether there was something."""
        return False

    def show_row(self, key: Hashable) -> bool:  # noqa: ARG002  panes without rows have none
        """Put the cursor on a row; return whether it is here."""
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ring while the focus is inside."""
        super().paintEvent(event)
        if not self._has_focus:
            return
        painter = QPainter(self)
        pen = QPen(QColor(current().focus), RING)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def _empty_label(self) -> PlainLabel:
        label = PlainLabel(role="empty", parent=self)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        label.setWordWrap(True)
        return label

    def _on_focus(self, _before: QWidget | None, now: QWidget | None) -> None:
        inside = now is not None and (now is self or self.isAncestorOf(now))
        if inside != self._has_focus:
            self._has_focus = inside
            self.update()
            if inside:
                self.entered.emit()
