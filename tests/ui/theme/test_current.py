from PySide6.QtGui import QFontMetricsF, QPalette

from fks_desk.ui.theme.colors import LIGHT
from fks_desk.ui.theme.current import apply, current, number_font, source


def test_a_theme_colors_the_application_and_tells_who_paints(qapp, qtbot):
    with qtbot.waitSignal(source().changed) as told:
        apply(qapp, LIGHT)

    assert told.args == [LIGHT]
    assert current() is LIGHT
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == LIGHT.background
    assert qapp.palette().color(QPalette.ColorRole.Text).name() == LIGHT.text
    assert LIGHT.accent in qapp.styleSheet()


def test_numbers_stand_in_columns(qapp):
    metrics = QFontMetricsF(number_font())

    assert len({metrics.horizontalAdvance(sign) for sign in "0123456789.-+ "}) == 1
