from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from fks_desk.core.messages import NoticeRaised, Severity
from fks_desk.ui.shell import notices as module
from tests.fakes.wrappers import lent_items

ALL = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


def texts(desk) -> list[str]:
    return [notice.text() for notice in desk.notices.shown()]


def test_a_notice_of_the_engine_shows_without_taking_the_keys(desk):
    before = QApplication.focusWidget()
    desk.bridge.post(NoticeRaised(severity=Severity.WARNING, text="The feed is old."))
    desk.bridge.flush()

    assert texts(desk) == ["▲ The feed is old."]
    assert desk.notices.shown()[0].isVisible()
    assert QApplication.focusWidget() is before


def test_markup_from_outside_is_shown_and_not_obeyed(desk):
    desk.notify(Severity.ERROR, '<a href="http://example.org">click</a>')
    label = desk.notices.shown()[0].findChild(QLabel)

    assert label.textFormat() == Qt.TextFormat.PlainText
    assert "<a href" in label.text()


def test_the_same_notice_again_is_counted(desk):
    for _ in range(3):
        desk.notify(Severity.INFO, "again")

    assert len(texts(desk)) == 1
    assert texts(desk)[0].endswith("again (×3)")


def test_a_storm_shows_the_newest_few_and_keeps_the_rest_in_the_history(desk):
    for number in range(300):
        desk.notify(Severity.ERROR, f"failure {number}")

    assert len(texts(desk)) == 4
    assert texts(desk)[-1].endswith("failure 299")
    assert len(desk.notices.history()) == 200


def test_one_key_closes_all(desk):
    desk.notify(Severity.ERROR, "one")
    desk.notify(Severity.ERROR, "two")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_N, ALL)

    assert texts(desk) == []
    assert not desk.notices._stack.isVisible()


def test_notices_go_by_themselves(desk, qtbot, monkeypatch):
    monkeypatch.setattr(module, "_SHOWN_MS", dict.fromkeys(Severity, 20))
    desk.notify(Severity.INFO, "short")
    qtbot.waitUntil(lambda: texts(desk) == [], timeout=30_000)

    assert not desk.notices._stack.isVisible()


def test_notices_stay_inside_a_small_window(desk, qtbot):
    desk.resize(720, 420)
    desk.notify(Severity.ERROR, "long words " * 60)
    qtbot.wait(20)

    assert desk.rect().contains(desk.notices._stack.geometry())


def test_past_notices_can_be_read_in_the_palette(desk):
    desk.notify(Severity.INFO, "first")
    desk.notify(Severity.ERROR, "second")
    desk.registry.trigger("window.notices")

    assert desk.palette_box.titles() == ["second", "first"]


def test_notices_that_are_gone_leave_nothing_of_their_layout_behind(desk):
    before = lent_items()
    for number in range(6):
        desk.notify(Severity.INFO, f"sentence {number}")
    desk.notices.dismiss()

    assert lent_items() <= before
