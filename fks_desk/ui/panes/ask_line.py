"""Ask for one line of text below a table: Enter gives it, Esc leaves."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from fks_desk.ui.widgets.label import PlainLabel

_OWN = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape})


class AskLine(QWidget):
    """Show a question with a field while one is asked; take no room otherwise."""

    def __init__(self, *, name: str, home: Callable[[], QWidget]) -> None:
        super().__init__()
        self.setObjectName(name)
        self._home = home
        self._answer: Callable[[str], None] = lambda _text: None
        self.question = PlainLabel()
        self.edit = _Line(self._leave)
        self.edit.setObjectName(f"{name}.edit")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 8, 4)
        row.addWidget(self.question)
        row.addWidget(self.edit, 1)
        self.edit.returnPressed.connect(self._give)
        self.setVisible(False)

    def ask(self, question: str, answer: Callable[[str], None], text: str = "") -> None:
        """Ask; the answer is given once, or never."""
        self._answer = answer
        self.question.setText(question)
        self.edit.setAccessibleName(question)
        self.edit.setText(text)
        self.edit.selectAll()
        self.setVisible(True)
        self.edit.setFocus()

    def _give(self) -> None:
        text, answer = self.edit.text(), self._answer
        self._leave()
        answer(text)

    def _leave(self) -> None:
        self.setVisible(False)
        self._home().setFocus()


class _Line(QLineEdit):
    def __init__(self, on_escape: Callable[[], None]) -> None:
        super().__init__()
        self._on_escape = on_escape

    def event(self, event: QEvent) -> bool:
        """Keep Enter and Esc for the line: a pane's own shortcuts would go first otherwise."""
        if event.type() == QEvent.Type.ShortcutOverride:
            assert isinstance(event, QKeyEvent)  # noqa: S101  that is what Qt sends here
            if event.key() in _OWN:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave with Esc; everything else is typing."""
        if event.key() == Qt.Key.Key_Escape:
            self._on_escape()
        else:
            super().keyPressEvent(event)
