"""Make the small controls that the data panes share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from fks_desk.ui.panes.flow import FlowLayout
from fks_desk.ui.panes.notice import Notice
from fks_desk.ui.widgets.field import Field

_MARGIN = 8


def line_edit(name: str, title: str, hint: str = "", text: str = "") -> QLineEdit:
    """Return a field that says inside what belongs there."""
    edit = Field(text)
    edit.setObjectName(name)
    edit.setAccessibleName(title)
    edit.setPlaceholderText(hint)
    edit.setMinimumWidth(64)
    return edit


def push_button(name: str, text: str, handler: Callable[[], object]) -> QPushButton:
    """Return a button that no Enter in a field presses."""
    button = QPushButton(text)
    button.setObjectName(name)
    button.setAutoDefault(False)
    button.clicked.connect(lambda _checked: handler())
    return button


class _Combo(QComboBox):
    """Open on a typed letter and search from it; only Enter or a click takes an entry."""

    def __init__(self) -> None:
        super().__init__()
        self.view().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep letters for the search in the open list too, which counts as part of the pane."""
        if event.type() is QEvent.Type.ShortcutOverride and _letter_of(event):
            event.accept()
            return True
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        """Keep letters for the search: a pane's own shortcuts would go first otherwise."""
        if event.type() is QEvent.Type.ShortcutOverride and _letter_of(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hand a letter to the open list."""
        if not _letter_of(event):
            super().keyPressEvent(event)
            return
        self.showPopup()
        self.view().keyboardSearch(event.text())


def combo_box(name: str, title: str) -> QComboBox:
    """Return a choice that does not grow with its longest entry."""
    combo = _Combo()
    combo.setObjectName(name)
    combo.setAccessibleName(title)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(6)
    combo.setMinimumWidth(72)
    return combo


def button_row(buttons: Sequence[QWidget]) -> QWidget:
    """Return the buttons in lines, as many as fit in each."""
    row = QWidget()
    flow = FlowLayout(row)
    flow.setContentsMargins(_MARGIN, 2, _MARGIN, 4)
    for button in buttons:
        flow.addWidget(button)
    return row


def notice_line(name: str) -> Notice:
    """Return a sentence's place with the margin of its pane."""
    notice = Notice(name=name)
    notice.setContentsMargins(_MARGIN, 2, _MARGIN, 2)
    return notice


def column_of(*parts: tuple[QWidget, int]) -> QWidget:
    """Return the widgets one above the other, each with its share of the room left."""
    content = QWidget()
    box = QVBoxLayout(content)
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(2)
    for widget, stretch in parts:
        box.addWidget(widget, stretch)
    return content


def _letter_of(event: QEvent) -> str:
    """Return the letter or digit that a key press types, or nothing."""
    assert isinstance(event, QKeyEvent)  # noqa: S101  that is what Qt sends here
    plain = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
    text = event.text()
    return text if text.isalnum() and event.modifiers() in plain else ""
