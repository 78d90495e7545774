from PySide6.QtCore import Qt
from PySide6.QtGui import Qt as TextRules

from fks_desk.ui.widgets.label import LONGEST, PlainLabel, bounded, plain_tip, restyle


def test_markup_is_shown_and_not_obeyed(qtbot):
    label = PlainLabel('<img src="http://example.org/x">')
    qtbot.addWidget(label)

    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.text() == '<img src="http://example.org/x">'


def test_a_flood_of_text_is_cut():
    assert len(bounded("x" * 10_000_000)) <= LONGEST + 2
    assert bounded("short") == "short"


def test_characters_that_turn_the_text_round_are_left_out():
    assert bounded("abc\u202edef\u2066g") == "abcdefg"


def test_qt_does_not_take_a_tooltip_for_markup():
    assert not TextRules.mightBeRichText(plain_tip("<b>bold</b> & <a href='x'>link</a>"))


def test_a_property_changes_the_look_once(qtbot):
    label = PlainLabel("x", role="muted")
    qtbot.addWidget(label)
    restyle(label, "state", "bad")
    restyle(label, "state", "bad")

    assert label.property("state") == "bad"
