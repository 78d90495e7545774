"""Show what may follow once the first key of a chord was pressed."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QApplication, QFrame, QGridLayout, QWidget

from fks_desk.ui.actions.conflicts import strokes
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.label import PlainLabel

SHOWN_MS = 4_000
# What Qt sends for the key after the first one: the chord's end, or a key that ends nothing.
_ENDS = frozenset({QEvent.Type.Shortcut, QEvent.Type.KeyPress})
_COLUMNS = 3
_ABOVE = 44  # pixels between the hints and the window's lower edge


class ChordHints(QFrame):
    """Float at the foot of the window until the chord is complete or given up."""

    def __init__(self, *, registry: ActionRegistry, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("hints")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.setAccessibleName(tr("Keys that may follow"))
        self._registry = registry
        self._grid = QGridLayout(self)
        self._grid.setHorizontalSpacing(14)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.hide()
        # What the widget with the focus does not want comes by its window.
        parent.window().installEventFilter(self)

    def texts(self) -> list[str]:
        """Return what is shown."""
        return [label.text() for label in self.findChildren(PlainLabel)]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look at each key before it does anything; take none."""
        if event.type() in _ENDS and self.isVisible():
            self._timer.stop()
            self.hide()
        elif event.type() is QEvent.Type.ShortcutOverride and watched is self.window():
            focus = QApplication.focusWidget()
            if focus is not None and not focus.testAttribute(
                Qt.WidgetAttribute.WA_InputMethodEnabled
            ):
                self._on_key(cast("QKeyEvent", event), focus)
        return False

    def showEvent(self, event: QShowEvent) -> None:
        """Look at every event of the application, but only while there is something to hide."""
        super().showEvent(event)
        _application().installEventFilter(self)

    def hideEvent(self, event: QHideEvent) -> None:
        """Look no longer."""
        super().hideEvent(event)
        _application().removeEventFilter(self)

    def _on_key(self, event: QKeyEvent, focus: QWidget) -> None:
        stroke = QKeySequence(event.keyCombination()).toString().casefold()
        found = self._continuations(stroke, focus)
        if found:
            self._show(found)

    def _continuations(self, stroke: str, focus: QWidget) -> list[tuple[str, str]]:
        found = []
        for action in self._registry.all():
            if not self._registry.is_bound(action.context, focus):
                continue
            # What a layer above takes does not follow here: an action without its key now.
            live = {
                strokes(one.toString()) for one in self._registry.qaction(action.id).shortcuts()
            }
            for key in self._registry.keys(action.id):
                first, *rest = strokes(key)
                if strokes(key) not in live:
                    continue
                if rest and first == stroke:
                    found.append((_written(rest), action.title))
        return sorted(found)

    def _show(self, found: list[tuple[str, str]]) -> None:
        for label in self.findChildren(PlainLabel):
            label.setParent(None)
        rows = -(-len(found) // _COLUMNS)
        for place, (keys, title) in enumerate(found):
            row, column = place % rows, place // rows * 2
            self._grid.addWidget(PlainLabel(keys, role="heading"), row, column)
            self._grid.addWidget(PlainLabel(title), row, column + 1)
        self.adjustSize()
        host = self.parentWidget()
        if host is not None:
            left = (host.width() - self.width()) // 2
            self.move(max(8, left), host.height() - self.height() - _ABOVE)
        self.show()
        self.raise_()
        self._timer.start(SHOWN_MS)


def _written(strokes: list[str]) -> str:
    native = QKeySequence.SequenceFormat.NativeText
    return " ".join(QKeySequence(one).toString(native) for one in strokes)


def _application() -> QCoreApplication:
    app = QCoreApplication.instance()
    assert app is not None  # noqa: S101  a widget exists, so one does
    return app
