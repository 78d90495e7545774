from PySide6.QtCore import Qt
from PySide6.QtGui import Qt as TextRules

from fks_desk.ui.widgets.label import LONGEST, ElidedLabel, PlainLabel, bounded, plain_tip, restyle


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


def test_a_line_without_room_ends_in_an_ellipsis(qtbot):
    label, short = ElidedLabel("close 3,536.36, change +0.4 %"), ElidedLabel("")
    for one in (label, short):
        qtbot.addWidget(one)
        one.resize(90, 24)
    short.setText(
        label.fontMetrics().elidedText(label.text(), Qt.TextElideMode.ElideRight, label.width())
    )

    assert short.text() != label.text()
    assert label.grab().toImage() == short.grab().toImage()
