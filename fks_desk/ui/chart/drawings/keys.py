"""Name what keys draw, choose and move."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fks_desk.core.drawings import DrawingKind
from fks_desk.ui.actions.action import CHART, Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.chart.drawings.hand import Hand
from fks_desk.ui.chart.drawings.words import title
from fks_desk.ui.text import tr

PLACING = "chart.placing"
CHOSEN = "chart.chosen"
_FAR = 10

_TOOLS: tuple[tuple[DrawingKind, tuple[str, ...]], ...] = (
    (DrawingKind.TREND, ("Alt+T", ";, T")),
    (DrawingKind.RAY, ("Alt+J", ";, J")),
    (DrawingKind.HORIZONTAL, ("Alt+H", ";, H")),
    (DrawingKind.VERTICAL, ("Alt+V", ";, V")),
    (DrawingKind.CHANNEL, (";, P",)),
    (DrawingKind.FIB_RETRACEMENT, (";, F",)),
    (DrawingKind.FIB_EXTENSION, (";, E",)),
    (DrawingKind.RECTANGLE, ("Alt+Shift+R", ";, R")),
    (DrawingKind.TEXT, (";, W",)),
    (DrawingKind.MEASURE, (";, M",)),
    (DrawingKind.LONG, (";, B",)),
    (DrawingKind.SHORT, (";, S",)),
)
_Row = tuple[str, str, tuple[str, ...], Callable[[], None]]


def register_drawing_keys(registry: ActionRegistry, hand: Hand, stage: Callable[[], None]) -> None:
    """Register every tool, and the keys that count while one is in the hand."""
    for kind, keys in _TOOLS:
        _add(registry, CHART, f"draw_{kind}", title(kind), keys, partial(hand.begin, kind))
    for name, words, keys, work in _whole(hand):
        _add(registry, CHART, name, words, keys, work)
    for context, rows in ((PLACING, _placing(hand)), (CHOSEN, _chosen(hand, stage))):
        registry.layer(context, over=CHART)
        for name, words, keys, work in rows:
            _add(registry, context, name, words, keys, work)
    follow_hand(registry, hand)


def follow_hand(registry: ActionRegistry, hand: Hand) -> None:
    """Let the keys of placing and of choosing count while the hand does that."""
    registry.set_layer(PLACING, hand.is_placing)
    registry.set_layer(CHOSEN, hand.chosen is not None and not hand.is_placing)


def _add(
    registry: ActionRegistry,
    context: str,
    name: str,
    words: str,
    keys: tuple[str, ...],
    work: Callable[[], None],
) -> None:
    action = Action(
        id=f"{context}.{name}",
        title=words,
        category=tr("Drawing"),
        keys=keys,
        context=context,
    )
    registry.register(action, work)


def _whole(hand: Hand) -> list[_Row]:
    def lock() -> None:
        if hand.instrument is not None:
            is_locked = hand.book.lock(hand.instrument)
            hand.said.emit(
                tr("All drawings are locked") if is_locked else tr("All drawings may be moved")
            )

    def clear() -> None:
        if hand.instrument is not None:
            hand.book.clear(hand.instrument)
            hand.said.emit(tr("The drawings are gone; Ctrl+Z brings them back"))

    def hide() -> None:
        hand.let_go()
        hand.book.hide(not hand.book.is_hidden)
        hand.said.emit(
            tr("Drawings are hidden") if hand.book.is_hidden else tr("Drawings are shown")
        )

    def magnet() -> None:
        hand.is_magnetic = not hand.is_magnetic
        hand.said.emit(tr("Points snap to bars") if hand.is_magnetic else tr("Points are free"))

    return [
        ("draw_cross", tr("Cross of a level and a moment"), ("Alt+C", ";, K"), hand.cross),
        ("undo", tr("Undo the last change of a drawing"), ("Ctrl+Z",), hand.undo),
        ("redo", tr("Redo what was undone"), ("Ctrl+Y", "Ctrl+Shift+Z"), hand.redo),
        ("next_drawing", tr("Choose the next drawing"), (";, N",), lambda: hand.choose_next(1)),
        (
            "previous_drawing",
            tr("Choose the drawing before"),
            (";, Shift+N",),
            lambda: hand.choose_next(-1),
        ),
        ("hide_drawings", tr("Hide or show all drawings"), ("Ctrl+Shift+H", ";, X"), hide),
        ("lock_drawings", tr("Lock or unlock all drawings"), (";, Shift+L",), lock),
        ("clear_drawings", tr("Remove all drawings of this symbol"), (";, Del",), clear),
        ("magnet", tr("Snap points to open, high, low and close"), (";, O",), magnet),
    ]


def _placing(hand: Hand) -> list[_Row]:
    return [
        ("left", tr("Point one bar left"), ("Left",), lambda: hand.walk(-1)),
        ("right", tr("Point one bar right"), ("Right",), lambda: hand.walk(1)),
        ("far_left", tr("Point ten bars left"), ("Shift+Left",), lambda: hand.walk(-_FAR)),
        ("far_right", tr("Point ten bars right"), ("Shift+Right",), lambda: hand.walk(_FAR)),
        ("up", tr("Point up"), ("Up",), lambda: hand.climb(1)),
        ("down", tr("Point down"), ("Down",), lambda: hand.climb(-1)),
        ("far_up", tr("Point far up"), ("Shift+Up",), lambda: hand.climb(_FAR)),
        ("far_down", tr("Point far down"), ("Shift+Down",), lambda: hand.climb(-_FAR)),
        ("snap", tr("Point on close, high, low, open"), ("Space",), hand.snap),
        ("anchor", tr("Anchor the point"), ("Return", "Enter"), hand.anchor),
        ("back", tr("Take the last point back"), ("Backspace",), hand.take_back),
        ("drop", tr("Give up drawing"), ("Esc",), hand.give_up),
    ]


def _chosen(hand: Hand, stage: Callable[[], None]) -> list[_Row]:
    return [
        ("left", tr("Drawing one bar left"), ("Left",), lambda: hand.move(-1, 0)),
        ("right", tr("Drawing one bar right"), ("Right",), lambda: hand.move(1, 0)),
        ("far_left", tr("Drawing ten bars left"), ("Shift+Left",), lambda: hand.move(-_FAR, 0)),
        ("far_right", tr("Drawing ten bars right"), ("Shift+Right",), lambda: hand.move(_FAR, 0)),
        ("up", tr("Drawing up"), ("Up",), lambda: hand.move(0, 1)),
        ("down", tr("Drawing down"), ("Down",), lambda: hand.move(0, -1)),
        ("far_up", tr("Drawing far up"), ("Shift+Up",), lambda: hand.move(0, _FAR)),
        ("far_down", tr("Drawing far down"), ("Shift+Down",), lambda: hand.move(0, -_FAR)),
        ("point", tr("Next point of the drawing"), ("Tab",), hand.next_handle),
        ("write", tr("Write on the drawing, or set the risk"), ("Return", "Enter"), hand.write),
        ("remove", tr("Remove the drawing"), ("Del", "Backspace"), hand.remove),
        ("clone", tr("Copy the drawing"), ("Ctrl+D",), hand.clone),
        ("color", tr("Next colour"), (";, K",), hand.recolor),
        ("lock", tr("Lock or unlock the drawing"), (";, L",), hand.toggle_lock),
        ("stage", tr("Stage the planned position"), ("Shift+Return", "Shift+Enter"), stage),
        ("drop", tr("Let the drawing go"), ("Esc",), hand.let_go),
    ]
