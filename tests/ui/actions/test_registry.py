import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMainWindow, QVBoxLayout, QWidget

from fks_desk.core.errors import ConfigError
from fks_desk.ui.actions.action import CHART, WINDOW, Action
from fks_desk.ui.actions.registry import ActionRegistry


def action(name: str, *keys: str, context: str = WINDOW, checkable: bool = False) -> Action:
    return Action(
        id=name,
        title=name.title(),
        category="Test",
        keys=keys,
        context=context,
        checkable=checkable,
    )


class Room(QMainWindow):
    """Hold two panes that take keys and a text field."""

    def __init__(self) -> None:
        super().__init__()
        inside = QWidget()
        box = QVBoxLayout(inside)
        self.chart, self.other, self.field = QWidget(), QWidget(), QLineEdit()
        for widget in (self.chart, self.other):
            widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        chart_box = QVBoxLayout(self.chart)
        chart_box.addWidget(self.field)
        box.addWidget(self.chart)
        box.addWidget(self.other)
        self.setCentralWidget(inside)


@pytest.fixture
def room(qtbot, registry):
    room = Room()
    qtbot.addWidget(room)
    registry.bind(room, WINDOW)
    registry.bind(room.chart, CHART)
    room.show()
    room.activateWindow()
    qtbot.waitUntil(room.isActiveWindow)
    return room


@pytest.fixture
def done():
    return []


def add(registry: ActionRegistry, done: list[str], spec: Action) -> None:
    registry.register(spec, lambda: done.append(spec.id))


def press(widget, key, with_=Qt.KeyboardModifier.NoModifier):
    widget.setFocus()
    QTest.keyClick(widget, key, with_)


def test_a_window_key_counts_wherever_the_focus_is(room, registry, done):
    add(registry, done, action("find", "Ctrl+K"))
    press(room.chart, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    press(room.other, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)

    assert done == ["find", "find"]


def test_a_pane_key_counts_only_inside_the_pane(room, registry, done):
    add(registry, done, action("left", "Left", context=CHART))
    press(room.chart, Qt.Key.Key_Left)
    press(room.other, Qt.Key.Key_Left)

    assert done == ["left"]


def test_a_text_field_wins_over_plain_letters(room, registry, done):
    add(registry, done, action("save", "s", context=CHART))
    add(registry, done, action("load", "."))
    room.field.setFocus()
    QTest.keyClicks(room.field, "s.")

    assert done == []
    assert room.field.text() == "s."


def test_a_chord_runs_after_its_last_stroke(room, registry, done):
    add(registry, done, action("cancel", ";, C", context=CHART))
    press(room.chart, Qt.Key.Key_Semicolon)
    assert done == []
    press(room.chart, Qt.Key.Key_C)

    assert done == ["cancel"]


def test_actions_registered_after_binding_are_bound_too(room, registry, done):
    add(registry, done, action("late", "F2", context=CHART))
    press(room.chart, Qt.Key.Key_F2)

    assert done == ["late"]


def test_a_layer_takes_its_keys_only_while_it_is_on(room, registry, done):
    add(registry, done, action("scroll", "Up", context=CHART))
    add(registry, done, action("price", "Up", context="staged"))
    registry.bind(room.chart, "staged")
    registry.layer("staged", over=CHART)
    press(room.chart, Qt.Key.Key_Up)
    registry.set_layer("staged", True)
    press(room.chart, Qt.Key.Key_Up)
    registry.set_layer("staged", False)
    press(room.chart, Qt.Key.Key_Up)

    assert done == ["scroll", "price", "scroll"]
    assert registry.conflicts() == []


def test_an_unknown_layer_is_refused(registry):
    with pytest.raises(ValueError, match="no layer"):
        registry.set_layer("staged", True)


def test_a_checkable_action_hands_over_its_state(registry):
    seen: list[bool] = []
    registry.register(action("full", checkable=True), seen.append)
    registry.trigger("full")
    registry.trigger("full")
    registry.set_checked("full", True)

    assert seen == [True, False]


def test_a_disabled_action_does_nothing(room, registry, done):
    add(registry, done, action("send", "F4"))
    registry.set_enabled("send", False)
    registry.trigger("send")
    press(room.chart, Qt.Key.Key_F4)

    assert done == []


def test_registering_again_replaces_the_handler(registry, done):
    registry.register(action("x"), lambda: done.append("old"))
    registry.register(action("x"), lambda: done.append("new"))
    registry.trigger("x")

    assert done == ["new"]
    assert len(registry.all()) == 1


def test_a_key_can_be_moved_and_reset(room, registry, done):
    add(registry, done, action("find", "Ctrl+K"))
    registry.remap("find", ["F3"])
    press(room.chart, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    press(room.chart, Qt.Key.Key_F3)

    assert done == ["find"]
    assert registry.remapped() == {"find": ("F3",)}
    registry.reset_keys()
    assert registry.keys("find") == ("Ctrl+K",)
    assert registry.remapped() == {}


def test_a_taken_key_is_refused_and_nothing_changes(registry, done):
    add(registry, done, action("find", "Ctrl+K"))
    add(registry, done, action("quit", "Ctrl+Q"))
    with pytest.raises(ConfigError, match="Choose another key"):
        registry.remap("quit", ["Ctrl+K"])

    assert registry.keys("quit") == ("Ctrl+Q",)


@pytest.mark.parametrize("key", ["", "Foo", "Ctrl+Hoo"])
def test_an_unreadable_key_is_refused(registry, done, key):
    add(registry, done, action("find", "Ctrl+K"))
    with pytest.raises(ConfigError, match="is not a key"):
        registry.remap("find", [key])


def test_the_start_up_check_names_both_actions(registry, done):
    add(registry, done, action("find", "Ctrl+K"))
    add(registry, done, action("clear", "Ctrl+K", context=CHART))
    with pytest.raises(ConfigError, match="Ctrl\\+K means both find and clear"):
        registry.require_unambiguous()


def test_no_title_makes_a_mnemonic(registry):
    registry.register(Action(id="x", title="Profit & loss", category="Test"), lambda: None)

    assert registry.qaction("x").text() == "Profit && loss"


def test_a_destroyed_widget_is_forgotten(registry, done):
    widget = QWidget()
    registry.bind(widget, CHART)
    shiboken6.delete(widget)
    add(registry, done, action("left", "Left", context=CHART))
    registry.trigger("left")

    assert done == ["left"]


def test_keys_are_written_as_people_write_them(registry, done):
    add(registry, done, action("find", "Ctrl+K", "Ctrl+P"))

    assert registry.key_text("find") == "Ctrl+K · Ctrl+P"


def test_the_strokes_of_a_chord_are_parted_by_blanks(registry, done):
    add(registry, done, action("fib", ";, F", ";, Shift+L"))

    assert registry.key_text("fib") == "; F · ; Shift+L"
