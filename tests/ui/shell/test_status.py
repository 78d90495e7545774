import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import Qt as TextRules
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from fks_desk.core.messages import HealthMoved, HealthState
from fks_desk.ui.shell.status import PARTS


def tell(desk, part: str, state: HealthState, detail: str = "", step: str = "") -> None:
    desk.bridge.post(HealthMoved(part=part, state=state, detail=detail, next_step=step))
    desk.bridge.flush()


@pytest.mark.parametrize("part", PARTS)
def test_every_part_has_a_tile_from_the_start(desk, part):
    assert desk.status.tile(part).property("state") == "starting"


def test_a_tile_differs_by_its_sign_and_not_only_by_color(desk):
    signs = set()
    for state in HealthState:
        tell(desk, "database", state)
        signs.add(desk.status.tile("database").text()[0])

    assert len(signs) == len(HealthState)


def test_the_tooltip_says_what_to_do_in_plain_text(desk):
    tell(desk, "worker", HealthState.BAD, "<b>it ended</b>", "Press Ctrl+K and start it.")
    tip = desk.status.tile("worker").toolTip()

    assert "Press Ctrl+K and start it." in tip
    assert not TextRules.mightBeRichText(tip)


def test_a_part_nobody_foresaw_gets_a_tile_of_its_own(desk):
    tell(desk, "venue", HealthState.GOOD, "listening")

    assert desk.status.tile("venue").text().endswith("Venue")


def test_f8_reaches_the_tiles_and_enter_tells_more(desk):
    tell(desk, "database", HealthState.WARNING, "slow", "Look at the disk.")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_F8)
    assert desk.status.tile("feed").hasFocus()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    assert desk.status.tile("database").hasFocus()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)

    assert "Look at the disk." in desk.notices.shown()[-1].text()


def test_the_reading_is_also_told_to_a_screen_reader(desk):
    desk.set_reading("O 1  H 2  L 1  C 2")

    assert desk.status.reading() == "O 1  H 2  L 1  C 2"
    assert desk.status._reading.accessibleDescription() == "O 1  H 2  L 1  C 2"


def test_a_long_reading_does_not_widen_the_window(desk):
    width = desk.width()
    desk.set_reading("x" * 500)

    assert desk.width() == width
    assert desk.minimumSizeHint().width() < 1366
