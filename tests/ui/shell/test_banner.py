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


@pytest.mark.parametrize("mode", Mode)
def test_all_four_sides_have_the_colour_and_the_middle_has_not(open_desk, mode):
    banner = open_desk(mode=mode).banner
    picture, wanted = banner.grab().toImage(), current().mode_color(mode.value)
    right, low = picture.width() - 2, picture.height() - 2

    for x, y in ((1, low // 2), (right, low // 2), (right // 2, 1), (right // 2, low)):
        assert picture.pixelColor(x, y).name() == wanted
    assert picture.pixelColor(right // 2, low // 2).name() != wanted


def test_the_more_real_the_money_the_wider_the_frame_and_no_two_look_alike(open_desk):
    widths = [open_desk(mode=mode).banner.width_px for mode in Mode]

    assert widths == sorted(set(widths))
    assert len({current().mode_color(mode.value) for mode in Mode}) == len(Mode)


def test_only_the_live_mode_speaks_of_real_money_without_a_no():
    assert "no real money" in mode_text(Mode.DEMO)
    assert "no real money" in mode_text(Mode.PAPER)
    assert mode_text(Mode.LIVE) == "LIVE — REAL MONEY"


def test_the_frame_follows_the_theme(desk, qapp):
    apply(qapp, LIGHT)
    edge = desk.banner.grab().toImage().pixelColor(1, desk.banner.height() // 2)

    assert edge.name() == LIGHT.mode_demo


@pytest.mark.parametrize("mode", Mode)
def test_a_locked_desk_says_so_and_how_it_is_unlocked(open_desk, mode):
    banner = open_desk(mode=mode).banner
    banner.show_armed(None, is_locked=True)

    assert not banner.arming.isHidden()
    assert "LOCKED" in banner.arming.text()
    assert "Ctrl+Shift+U" in banner.arming.text()
    banner.show_armed(None)
    assert banner.arming.isHidden() is (mode is not Mode.LIVE)
