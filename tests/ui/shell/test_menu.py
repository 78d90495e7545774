from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from fks_desk.ui.actions.action import Action


def menu_actions(desk):
    for top in desk.menuBar().actions():
        yield from ((top.text(), action) for action in top.menu().actions())


def test_every_action_is_in_the_menu_of_its_category(desk):
    desk.menu_bar.rebuild()
    found = {(category, action.objectName()) for category, action in menu_actions(desk)}

    assert found == {(action.category, action.id) for action in desk.registry.all()}


def test_no_title_has_a_mnemonic_so_that_alt_belongs_to_the_chart(desk):
    titles = [top.text() for top in desk.menuBar().actions()]
    titles += [action.text() for _, action in menu_actions(desk)]

    assert not [title for title in titles if "&" in title.replace("&&", "")]


def test_f10_opens_the_first_menu_and_the_arrows_walk(desk, qtbot):
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_F10)
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None)
    first = QApplication.activePopupWidget()
    QTest.keyClick(first, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not first)
    second = QApplication.activePopupWidget()
    title = second.objectName()
    QTest.keyClick(second, Qt.Key.Key_Escape)

    assert first.objectName() == "menu-Desk"
    assert title == "menu-Chart"


def test_a_category_that_comes_later_gets_its_menu_before_help(desk, qtbot):
    desk.registry.register(Action(id="draw.line", title="Line", category="Drawing"), lambda: None)
    qtbot.wait(10)
    titles = [top.text() for top in desk.menuBar().actions()]

    assert titles[-2:] == ["Drawing", "Help"]
