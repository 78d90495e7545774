"""Show every key on one page over the window."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from fks_desk.ui.actions.action import WINDOW, Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.label import PlainLabel, bounded

_MOST_COLUMNS = 5


class HelpOverlay(QFrame):
    """List all actions by category with their keys; any of its own keys closes it."""

    def __init__(self, *, registry: ActionRegistry, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("help")
        self.setAccessibleName(tr("Keyboard help"))
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self._registry = registry
        self._before: QWidget | None = None
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        title = PlainLabel(tr("Keys"), role="heading")
        hint = PlainLabel(tr("Esc closes · ↑ ↓ scroll · Ctrl+K finds any command"), role="muted")
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch()
        head.addWidget(hint)
        box = QVBoxLayout(self)
        box.addLayout(head)
        box.addWidget(self._scroll)
        self.hide()

    def toggle(self) -> None:
        """Show the page, or hide it and give the keys back."""
        if self.isVisible():
            self.dismiss()
            return
        self._before = QApplication.focusWidget()
        room = self.window().rect().adjusted(24, 24, -24, -24)
        self._scroll.setWidget(self._widest_page(room.width()))
        self.setGeometry(room)
        self.show()
        self.raise_()
        self._scroll.setFocus(Qt.FocusReason.PopupFocusReason)

    def dismiss(self) -> None:
        """Hide the page and give the keys back."""
        before, self._before = self._before, None
        self.hide()
        page = self._scroll.takeWidget()
        if page is not None:
            page.deleteLater()
        if before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def texts(self) -> list[str]:
        """Return every text on the page."""
        page = self._scroll.widget()
        labels = page.findChildren(QLabel) if page else []
        return [line for label in labels for line in label.text().splitlines()]

    def _widest_page(self, width: int) -> QWidget:
        """Return the page with as many columns as the width has room for."""
        bar = self._scroll.verticalScrollBar().sizeHint().width()
        for count in range(_MOST_COLUMNS, 1, -1):
            page = self._page(count)
            if page.sizeHint().width() <= width - 2 * bar:
                return page
            page.deleteLater()
        return self._page(1)

    def _page(self, count: int) -> QWidget:
        page = QWidget()
        row = QHBoxLayout(page)
        row.setSpacing(28)
        for blocks in _columns(self._by_category(), count):
            column = QVBoxLayout()
            column.setSpacing(4)  # else it takes the wide one between the columns
            for category, actions in blocks:
                column.addWidget(PlainLabel(category, role="heading"))
                column.addLayout(self._block(actions))
                column.addSpacing(10)
            column.addStretch(1)
            row.addLayout(column, 1)
        return page

    def _block(self, actions: Iterable[Action]) -> QHBoxLayout:
        """Return titles, places and keys side by side, each a label of many lines.

        A label for each of the three of every action would take half a second to lay out.
        """
        titles, places, keys = [], [], []
        for action in actions:
            titles.append(bounded(action.title))
            places.append(_place(action.context))
            keys.append(self._registry.key_text(action.id) or tr("Ctrl+K"))
        row = QHBoxLayout()
        row.addWidget(_lines(titles), 1)
        row.addWidget(_lines(places, role="muted"))
        row.addWidget(_lines(keys, Qt.AlignmentFlag.AlignRight))
        return row

    def _by_category(self) -> list[tuple[str, list[Action]]]:
        found: dict[str, list[Action]] = {}
        for action in self._registry.all():
            found.setdefault(action.category, []).append(action)
        return list(found.items())


def _lines(
    texts: Iterable[str],
    side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    *,
    role: str = "",
) -> QLabel:
    """Return a label of plain lines; unlike a foreign text they are not cut."""
    label = QLabel("\n".join(texts))
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAlignment(side | Qt.AlignmentFlag.AlignTop)
    label.setProperty("role", role)
    return label


def _place(context: str) -> str:
    """Return where keys of a context count, in words; nothing for those that always do."""
    words = {
        WINDOW: "",
        "chart": tr("chart"),
        "chart.staged": tr("chart, order staged"),
        "chart.placing": tr("chart, drawing"),
        "chart.chosen": tr("chart, drawing chosen"),
        "chart.replay": tr("chart, replay"),
        "chart.moving": tr("chart, order chosen"),
        "alerts": tr("alerts"),
        "ticket": tr("ticket"),
        "watchlist": tr("watchlist"),
        "orders": tr("orders"),
        "positions": tr("positions"),
        "trade_journal": tr("trade journal"),
        "costs": tr("cost basis"),
        "rebalance": tr("rebalancing"),
        "discipline": tr("discipline"),
        "working": tr("worked orders"),
        "signals": tr("signals"),
        "book": tr("order book"),
        "backtest": tr("backtest"),
        "chat": tr("questions"),
        "tasks": tr("tasks"),
        "downloads": tr("downloads"),
        "files": tr("import and export"),
        "browser": tr("data browser"),
        "storage": tr("storage"),
        "recorder": tr("recorder"),
        "drill": tr("crash drill"),
    }
    return words.get(context, context)


def _columns(
    blocks: list[tuple[str, list[Action]]], count: int
) -> list[list[tuple[str, list[Action]]]]:
    """Deal the blocks into columns of about one height, keeping their order."""
    share = sum(len(actions) + 2 for _, actions in blocks) / count
    columns: list[list[tuple[str, list[Action]]]] = [[] for _ in range(count)]
    height = 0.0
    for block in blocks:
        columns[min(int(height / share), count - 1)].append(block)
        height += len(block[1]) + 2
    return columns
