"""Find and run anything by typing a few letters of its name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.shell.entry_list import Entry, EntryList
from fks_desk.ui.shell.fuzzy import score
from fks_desk.ui.text import tr
from fks_desk.ui.widgets.label import PlainLabel

_PAD, _TALLEST = 6, 420  # pixels
_MOST = 60  # more than anybody reads; they narrow it by typing


# Given what was typed, offers entries beyond the actions: symbols, timeframes, panes.
# Those it returns are filtered and ranked with the others.
Provider = Callable[[str], Iterable[Entry]]


class CommandPalette(QFrame):
    """Float over the window, filter while typing, run on Enter, close on Escape."""

    _MOVES: ClassVar[dict[int, int]] = {
        Qt.Key.Key_Down: 1,
        Qt.Key.Key_Up: -1,
        Qt.Key.Key_PageDown: 10,
        Qt.Key.Key_PageUp: -10,
    }

    def __init__(self, *, registry: ActionRegistry, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self.setAccessibleName(tr("Command palette"))
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self._registry = registry
        self._providers: list[Provider] = []
        self._recent: list[str] = []
        self._shown: list[Entry] = []
        self._before: QWidget | None = None
        self._only: Sequence[Entry] | None = None
        self._on_text: Callable[[str], None] | None = None
        self._field = QLineEdit(self)
        self._field.setAccessibleName(tr("Command"))
        self._field.textChanged.connect(self._fill)
        self._field.installEventFilter(self)
        self._list = EntryList(self)
        self._list.clicked.connect(lambda _index: self._run_chosen())
        box = QVBoxLayout(self)
        box.setContentsMargins(_PAD, _PAD, _PAD, _PAD)
        box.addWidget(self._field)
        self._nothing = PlainLabel(
            tr("Nothing is called that. Try another word, or Esc."), role="muted"
        )
        box.addWidget(self._list)
        box.addWidget(self._nothing)
        self.hide()

    def add_provider(self, provider: Provider) -> None:
        """Offer more than actions."""
        self._providers.append(provider)

    def open(self) -> None:
        """Offer everything, with the field ready."""
        self._ask(None, tr("Type a command, a symbol or a timeframe"), None)

    def choose(self, entries: Sequence[Entry], hint: str) -> None:
        """Offer only these."""
        self._ask(entries, hint, None)

    def ask(self, hint: str, on_text: Callable[[str], None]) -> None:
        """Ask for a line of text; Enter hands it over."""
        self._ask((), hint, on_text)

    def _ask(
        self,
        entries: Sequence[Entry] | None,
        hint: str,
        on_text: Callable[[str], None] | None,
    ) -> None:
        self._only, self._on_text = entries, on_text
        self._field.setPlaceholderText(hint)
        focus = QApplication.focusWidget()
        if focus is not None and not self.isAncestorOf(focus):
            self._before = focus
        self._field.clear()
        self._fill("")
        self.show()
        self.raise_()
        self._field.setFocus(Qt.FocusReason.PopupFocusReason)

    def dismiss(self) -> None:
        """Hide and give the keys back to whoever had them."""
        if not self.isVisible():
            return
        before, self._before = self._before, None
        self.hide()
        if before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)

    def titles(self) -> list[str]:
        """Return the titles on offer now, best first."""
        return [entry.title for entry in self._shown]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move through the list, run and close with the keys of the field."""
        if watched is self._field:
            if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
                return self._on_key(event)
            if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
                self._on_focus_lost(event)
        return super().eventFilter(watched, event)

    def _on_key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key in self._MOVES:
            self._move(self._MOVES[key])
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._run_chosen()
        elif key == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            return False
        return True

    def _on_focus_lost(self, event: QFocusEvent) -> None:
        # A popup or another window takes the keys for a moment only.
        passing = {Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason}
        if event.reason() not in passing:
            self._before = None
            self.hide()

    def _move(self, step: int) -> None:
        count = self._list.count()
        if count:
            row = self._list.currentRow() + step
            # One step wraps round, a page stops at the end.
            row = row % count if abs(step) == 1 else min(max(row, 0), count - 1)
            self._list.setCurrentRow(row)

    def _run_chosen(self) -> None:
        if self._on_text is not None:
            on_text, text = self._on_text, self._field.text().strip()
            if text:
                self.dismiss()
                on_text(text)
            return
        row = self._list.currentRow()
        if not 0 <= row < len(self._shown):
            return
        entry = self._shown[row]
        self._recent = [entry.title, *(t for t in self._recent if t != entry.title)][:8]
        self.dismiss()
        entry.run()

    def _fill(self, text: str) -> None:
        self._shown = self._ranked(text)[:_MOST]
        self._list.show_entries(self._shown)
        self._list.setCurrentRow(0)
        self._settle()

    def _ranked(self, text: str) -> list[Entry]:
        offers = self._only if self._only is not None else self._everything(text)
        scored: list[tuple[tuple[int, int, int], Entry]] = []
        for place, entry in enumerate(offers):
            points = score(text, entry.title)
            if points is not None:
                recent = self._recent.index(entry.title) if entry.title in self._recent else 99
                scored.append(((-points if text else 0, recent, place), entry))
        return [entry for _, entry in sorted(scored, key=lambda pair: pair[0])]

    def _everything(self, text: str) -> Iterable[Entry]:
        yield from self._action_entries()
        for provider in self._providers:
            yield from provider(text)

    def _action_entries(self) -> Iterable[Entry]:
        for action in self._registry.all():
            if self._registry.qaction(action.id).isEnabled():
                yield Entry(
                    title=f"{action.category}: {action.title}",
                    detail=self._registry.key_text(action.id),
                    run=lambda name=action.id: self._registry.trigger(name),  # type: ignore[misc]  # mypy infers no default arguments in lambdas
                )

    def _settle(self) -> None:
        room = self.window().size()
        width = min(620, room.width() - 40)
        # As tall as what matches: an empty box over the chart would only hide it.
        rows = self._list.count() * max(1, self._list.sizeHintForRow(0)) + 4
        self._list.setVisible(self._list.count() > 0)
        is_lost = self._on_text is None and not self._shown
        self._nothing.setVisible(is_lost)
        frame = self._field.sizeHint().height() + 3 * _PAD
        frame += (self._nothing.sizeHint().height() + _PAD) * is_lost
        height = min(frame + rows, _TALLEST, room.height() - 80)
        self.setGeometry((room.width() - width) // 2, 48, width, height)
