import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from fks_desk.ui.theme.current import current
from fks_desk.ui.widgets.pane import Pane


class Notes(Pane):
    """Hold a field that wants the keys."""

    def __init__(self) -> None:
        super().__init__(name="notes", title="Notes", contexts=("notes",))
        self.field = QLineEdit()
        self.set_content(self.field)

    def focus_target(self) -> QWidget:
        return self.field


@pytest.fixture
def notes(qtbot):
    room = QWidget()
    box = QVBoxLayout(room)
    notes = Notes()
    beside = QLineEdit()
    box.addWidget(notes)
    box.addWidget(beside)
    qtbot.addWidget(room)
    room.resize(300, 200)
    room.show()
    room.activateWindow()
    qtbot.waitUntil(room.isActiveWindow)
    beside.setFocus()
    notes.beside, notes.room = beside, room
    return notes


def test_a_pane_has_a_name_a_title_and_its_contexts(notes):
    assert (notes.name, notes.title, notes.contexts) == ("notes", "Notes", ("notes",))
    assert notes.objectName() == "notes"
    assert notes.accessibleName() == "Notes"


def test_the_ring_shows_where_the_keys_go(notes):
    assert not notes.has_ring
    notes.focus_now()
    assert notes.field.hasFocus()
    assert notes.has_ring
    corner = notes.grab().toImage().pixelColor(0, 20)
    notes.beside.setFocus()

    assert corner == QColor(current().focus)
    assert not notes.has_ring


def test_an_empty_pane_says_why_in_plain_text(notes):
    notes.show_empty("<b>No trades yet</b>")
    label = notes.findChild(QLabel)
    notes.focus_now()

    assert label.isVisible()
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert not notes.field.isVisible()
    assert notes.hasFocus()
    notes.show_content()
    assert notes.field.isVisible()


def test_a_title_can_change(notes, qtbot):
    with qtbot.waitSignal(notes.title_changed) as told:
        notes.set_title("More notes")

    assert told.args == ["More notes"]
    assert notes.title == "More notes"
