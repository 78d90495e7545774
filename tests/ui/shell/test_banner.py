import pytest

from fks_desk.core.model import Mode
from fks_desk.ui.shell.banner import mode_text
from fks_desk.ui.theme.colors import LIGHT
from fks_desk.ui.theme.current import apply, current


@pytest.mark.parametrize("mode", Mode)
def test_the_mode_is_written_and_colored(open_desk, mode):
    desk = open_desk(mode=mode)
    edge = desk.banner.grab().toImage().pixelColor(1, desk.banner.height() // 2)

    assert mode.value.upper() in desk.banner.text()
    assert desk.banner.text() == mode_text(mode)
    assert mode.value.upper() in desk.windowTitle()
    assert edge.name() == current().mode_color(mode.value)


def test_only_the_live_mode_speaks_of_real_money_without_a_no():
    assert "no real money" in mode_text(Mode.DEMO)
    assert "no real money" in mode_text(Mode.PAPER)
    assert mode_text(Mode.LIVE) == "LIVE — REAL MONEY"


def test_the_frame_follows_the_theme(desk, qapp):
    apply(qapp, LIGHT)
    edge = desk.banner.grab().toImage().pixelColor(1, desk.banner.height() // 2)

    assert edge.name() == LIGHT.mode_demo
