"""Translate everything into a language that nobody can overlook."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QTranslator
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QDockWidget,
    QGroupBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QWidget,
)

from fks_desk.ui.text import CONTEXT

# Parts of the docking library, which speaks its own language; we never show them.
FOREIGN = {"tabCloseButton", "dockAreaCloseButton", "detachGroupButton", "tabsMenuButton"}
OPEN, CLOSE = "⟦", "⟧"


class PseudoTranslator(QTranslator):
    """Put marks around every text that passes `tr`."""

    def isEmpty(self) -> bool:
        return False

    def translate(
        self,
        context: str,
        source: str,
        disambiguation: str | None = None,
        n: int = -1,
    ) -> str | None:
        # None means that this language has no such text: Qt's own are left.
        return f"{OPEN}{source}{CLOSE}" if context == CONTEXT else None


def stray_texts(window: QWidget) -> set[str]:
    """Return every text in the window that has letters and passed no `tr`."""
    return {text for text in _texts(window) if _has_word(text) and OPEN not in text}


def _has_word(text: str) -> bool:
    return sum(letter.isalpha() for letter in text) > 1


def _texts(window: QWidget) -> Iterator[str]:
    for widget in (window, *window.findChildren(QWidget)):
        if widget.metaObject().className().startswith("ads::") or widget.objectName() in FOREIGN:
            continue
        yield widget.toolTip()
        yield widget.accessibleName()
        yield from _shown(widget)
        for action in widget.findChildren(QAction):
            if action.objectName():
                yield action.text()
                yield action.toolTip()


def _sentences(text: str) -> list[str]:
    """Return each line of a list, or a translated sentence of many lines as one."""
    return [text] if text.count(OPEN) == 1 else text.splitlines()


def _shown(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, QLabel | QAbstractButton):
        yield from _sentences(widget.text())
    elif isinstance(widget, QLineEdit | QPlainTextEdit):
        yield widget.placeholderText()
    elif isinstance(widget, QGroupBox):
        yield widget.title()
    elif isinstance(widget, QTabBar):
        yield from (widget.tabText(place) for place in range(widget.count()))
    elif isinstance(widget, QComboBox):
        yield from (widget.itemText(place) for place in range(widget.count()))
    elif isinstance(widget, QDockWidget):
        yield widget.windowTitle()
