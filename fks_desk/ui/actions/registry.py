"""Hold every action once, and give it to menus, palette, shortcuts and help."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from fks_desk.core.errors import ConfigError
from fks_desk.ui.actions.action import WINDOW, Action
from fks_desk.ui.actions.conflicts import Conflict, find_conflicts, strokes
from fks_desk.ui.text import tr

log = logging.getLogger(__name__)

# Called with nothing or, for a checkable action, with the new state.
Handler = Callable[..., None]


class ActionRegistry(QObject):
    """Know all actions, their keys as they are now and what runs them."""

    changed = Signal()  # actions came, or keys changed
    triggered = Signal(str)  # the id of an action that just ran

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._actions: dict[str, Action] = {}
        self._handlers: dict[str, Handler] = {}
        self._qactions: dict[str, QAction] = {}
        self._keys: dict[str, tuple[str, ...]] = {}
        self._wanted: dict[str, tuple[str, ...]] = {}
        self.types_symbols = True  # whether a bare letter on the chart asks for a symbol
        self._bound: dict[str, list[QWidget]] = {}
        self._layers: dict[str, str] = {}
        self._layers_on: set[str] = set()

    def register(self, action: Action, handler: Handler) -> QAction:
        """Add an action, or give a known one a new handler; return its Qt action."""
        self._handlers[action.id] = handler
        if action.id in self._actions:
            return self._qactions[action.id]
        self._actions[action.id] = action
        self._keys[action.id] = self._wanted.get(action.id, action.keys)
        qaction = self._qactions[action.id] = self._make(action)
        for widget in self._bound.get(action.context, ()):
            widget.addAction(qaction)
        # One action of a layer that is on may cover keys of all others.
        self._apply_keys(None if action.context in self._layers_on else [action])
        self.changed.emit()
        return qaction

    def redirect(self, action_id: str, handler: Handler) -> None:
        """Let a known action do something else from now on."""
        self._handlers[action_id] = handler

    def bind(self, widget: QWidget, context: str) -> None:
        """Let the keys of a context count while the focus is in the widget.

        For the window context pass a top-level widget. Actions registered later
        are bound too; a widget is forgotten when it is destroyed.
        """
        bound = self._bound.setdefault(context, [])
        if widget in bound:
            return
        bound.append(widget)
        widget.destroyed.connect(lambda: self._forget(widget, context))
        for action in self._actions.values():
            if action.context == context:
                widget.addAction(self._qactions[action.id])

    def layer(self, context: str, *, over: str) -> None:
        """Declare a context whose keys count, while it is on, before those of another.

        It starts off: bind it to the same widget, then call `set_layer`.
        """
        self._layers[context] = over
        self._apply_keys()

    def set_layer(self, context: str, on: bool) -> None:
        """Switch a layer's keys on or off."""
        if context not in self._layers:
            raise ValueError(f"{context!r} is no layer; declare it with layer() first")
        if on == (context in self._layers_on):
            return
        (self._layers_on.add if on else self._layers_on.discard)(context)
        moved = {context, self._layers[context]}
        self._apply_keys([one for one in self._actions.values() if one.context in moved])

    def all(self) -> Sequence[Action]:
        """Return every action in the order of registration."""
        return tuple(self._actions.values())

    def qaction(self, action_id: str) -> QAction:
        """Return the Qt action of an id, for a menu or a button."""
        return self._qactions[action_id]

    def keys(self, action_id: str) -> tuple[str, ...]:
        """Return the keys that do the action now."""
        return self._keys[action_id]

    def key_text(self, action_id: str) -> str:
        """Return the keys as a person of this platform writes them."""
        return " · ".join(_written(key) for key in self._keys[action_id])

    def trigger(self, action_id: str) -> None:
        """Do the action, wherever the focus is, unless it is disabled."""
        self._qactions[action_id].trigger()

    def set_enabled(self, action_id: str, enabled: bool) -> None:
        """Allow or forbid an action."""
        self._qactions[action_id].setEnabled(enabled)

    def set_checked(self, action_id: str, checked: bool) -> None:
        """Show the state of a checkable action without running it."""
        self._qactions[action_id].setChecked(checked)

    def conflicts(self) -> list[Conflict]:
        """Return every key that would mean two things in one place."""
        return find_conflicts(self._current(), self._layers)

    def require_unambiguous(self) -> None:
        """Raise `ConfigError` naming every key that would mean two things."""
        if found := self.conflicts():
            raise ConfigError(
                tr("Some keys would do two things: {keys}", keys="; ".join(map(str, found)))
            )

    def remap(self, action_id: str, keys: Iterable[str]) -> None:
        """Give an action other keys, or raise `ConfigError` if one is taken or unreadable."""
        wanted = tuple(keys)
        for key in wanted:
            if not _is_readable(key):
                raise ConfigError(
                    tr("{key} is not a key; write it like Ctrl+K or ;, C", key=repr(key))
                )
        if clashes := self.clashes(action_id, wanted):
            raise ConfigError(tr("Choose another key: {clash}", clash=str(clashes[0])))
        self._keys[action_id] = self._wanted[action_id] = wanted
        self._apply_keys()
        self.changed.emit()

    def use(self, wanted: Mapping[str, tuple[str, ...]]) -> None:
        """Give these actions their keys and all others those they were registered with.

        Actions that come later get theirs too. Raises `ConfigError` naming every
        clash or unreadable key, and changes nothing then.
        """
        if bad := sorted(
            {key for keys in wanted.values() for key in keys if not _is_readable(key)}
        ):
            raise ConfigError(tr("These are no keys: {keys}", keys=", ".join(bad)))
        before = self._keys
        self._keys = {
            name: tuple(wanted.get(name, action.keys)) for name, action in self._actions.items()
        }
        if clashes := self.conflicts():
            self._keys = before
            raise ConfigError(
                tr("Some keys would do two things: {keys}", keys="; ".join(map(str, clashes)))
            )
        self._wanted = dict(wanted)
        self._apply_keys()
        self.changed.emit()

    def reset_keys(self) -> None:
        """Give every action the keys it was registered with."""
        self.use({})

    def default_keys(self, action_id: str) -> tuple[str, ...]:
        """Return the keys that an action was registered with."""
        return self._actions[action_id].keys

    def clashes(self, action_id: str, keys: Iterable[str]) -> list[Conflict]:
        """Return what would mean two things if the action had these keys."""
        before = self._keys[action_id]
        self._keys[action_id] = tuple(keys)
        try:
            return [c for c in self.conflicts() if action_id in {c.first.id, c.second.id}]
        finally:
            self._keys[action_id] = before

    def is_bound(self, context: str, widget: QWidget | None) -> bool:
        """Tell whether keys of a context count while the widget has the focus."""
        if context == WINDOW:
            return True
        bound = self._bound.get(context, ())
        while widget is not None:
            if widget in bound:
                return context not in self._layers or context in self._layers_on
            widget = widget.parentWidget()
        return False

    def remapped(self) -> Mapping[str, tuple[str, ...]]:
        """Return the keys that differ from the defaults, by action id, for settings."""
        return {name: keys for name, keys in self._keys.items() if keys != self._actions[name].keys}

    def _make(self, action: Action) -> QAction:
        # An ampersand would make a mnemonic, and mnemonics eat the Alt keys of the chart.
        qaction = QAction(action.title.replace("&", "&&"), self)
        qaction.setObjectName(action.id)
        qaction.setCheckable(action.checkable)
        qaction.setMenuRole(QAction.MenuRole.NoRole)
        qaction.setStatusTip(action.help)
        qaction.setToolTip(action.help or action.title)
        qaction.setAutoRepeat(action.context != WINDOW)
        in_window = action.context == WINDOW
        qaction.setShortcutContext(
            Qt.ShortcutContext.WindowShortcut
            if in_window
            else Qt.ShortcutContext.WidgetWithChildrenShortcut
        )
        qaction.triggered.connect(lambda checked: self._run(action.id, checked))
        return qaction

    def _run(self, action_id: str, checked: bool) -> None:
        handler = self._handlers[action_id]
        if self._actions[action_id].checkable:
            handler(checked)
        else:
            handler()
        self.triggered.emit(action_id)

    def _current(self) -> list[Action]:
        return [
            Action(
                id=action.id,
                title=action.title,
                category=action.category,
                keys=self._keys[action.id],
                context=action.context,
            )
            for action in self._actions.values()
        ]

    def _apply_keys(self, actions: Iterable[Action] | None = None) -> None:
        covered: dict[str, set[tuple[str, ...]]] = {}
        for action in self._actions.values() if actions is None else actions:
            if action.context not in covered:
                covered[action.context] = self._covered(action.context)
            taken = covered[action.context]
            keys = [] if self._is_off(action) else self._keys[action.id]
            wanted = [QKeySequence(key) for key in keys if strokes(key) not in taken]
            qaction = self._qactions[action.id]
            if qaction.shortcuts() != wanted:
                qaction.setShortcuts(wanted)

    def _is_off(self, action: Action) -> bool:
        return action.context in self._layers and action.context not in self._layers_on

    def _covered(self, context: str) -> set[tuple[str, ...]]:
        """Return the keys that layers which are on take from a context."""
        above = {name for name in self._layers_on if self._layers[name] == context}
        return {
            strokes(key)
            for other in self._actions.values()
            if other.context in above
            for key in self._keys[other.id]
        }

    def _forget(self, widget: QWidget, context: str) -> None:
        self._bound[context] = [known for known in self._bound[context] if known is not widget]


def _is_readable(key: str) -> bool:
    sequence = QKeySequence(key)
    return sequence.count() > 0 and QKeySequence(sequence.toString()) == sequence


def _written(key: str) -> str:
    """Return a key as it is pressed: the strokes of a chord are parted by blanks, not commas."""
    native = QKeySequence.SequenceFormat.NativeText
    return " ".join(QKeySequence(stroke).toString(native) for stroke in strokes(key))
