from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from fks_desk.core.messages import HealthMoved, HealthState
from fks_desk.ui.text import tr
from tests.fakes.pseudo import PseudoTranslator, stray_texts

# The marks come from the window; these words come from the test's own panes.
OURS = {"Chart", "Watchlist", "Ticket", "Chat", "Orders", "Fills", "Left"}


@pytest.fixture
def pseudo(qapp: QApplication) -> Iterator[None]:
    translator = PseudoTranslator()
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)


def test_values_are_filled_into_the_translated_text(pseudo):
    assert tr("Layout {name} is saved.", name="day") == "⟦Layout day is saved.⟧"


def test_a_text_without_values_may_hold_braces(qapp):
    assert tr("write {name}") == "write {name}"


def test_the_window_shows_no_text_that_missed_the_translation(pseudo, open_desk):
    desk = open_desk()
    desk.registry.trigger("help.keys")
    desk.registry.trigger("window.palette")
    desk._ask_about_orders()
    for part in ("feed", "database", "worker", "clock", "venue", "model"):
        desk.bridge.post(HealthMoved(part=part, state=HealthState.GOOD, detail=""))
    desk.bridge.flush()
    keys = {desk.registry.key_text(action.id) for action in desk.registry.all()}

    assert stray_texts(desk) - OURS - keys - {"DEMO"} == set()


def test_the_finder_finds_a_stray(pseudo, open_desk):
    desk = open_desk()
    QLabel("Forgotten words", desk)

    assert "Forgotten words" in stray_texts(desk)
