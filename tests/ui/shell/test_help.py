from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea


def press(which: Qt.Key) -> None:
    QTest.keyClick(QApplication.focusWidget(), which)


def test_the_page_lists_every_action_with_its_keys(desk):
    press(Qt.Key.Key_Question)
    texts = desk.help_page.texts()

    assert desk.help_page.isVisible()
    for action in desk.registry.all():
        assert action.title in texts
        assert action.category in texts
        if desk.registry.keys(action.id):
            assert desk.registry.key_text(action.id) in texts


def test_its_own_keys_and_escape_close_it(desk):
    for closing in (Qt.Key.Key_Question, Qt.Key.Key_F1, Qt.Key.Key_Escape):
        press(Qt.Key.Key_F1)
        assert desk.help_page.isVisible()
        press(closing)
        assert not desk.help_page.isVisible()
        assert desk.docks.focused() == "chart"


def test_a_key_that_was_moved_is_shown_as_it_is_now(desk):
    desk.registry.remap("layout.save", ["Ctrl+Shift+S"])
    press(Qt.Key.Key_F1)

    assert "Ctrl+Shift+S" in desk.help_page.texts()


def test_all_text_is_plain(desk):
    press(Qt.Key.Key_F1)

    labels = desk.help_page.findChildren(QLabel)
    assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}


def test_no_column_is_cut_off_at_the_side(desk):
    for width in (1366, 1600, 2560):
        desk.resize(width, 768)
        press(Qt.Key.Key_F1)
        QApplication.sendPostedEvents()

        area = desk.help_page.findChild(QScrollArea)
        assert area.horizontalScrollBar().maximum() == 0
        press(Qt.Key.Key_Escape)
