from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from fks_desk.core.model import Mode
from fks_desk.ui.panes.account.mode_banner import ModeBanner
from fks_desk.ui.panes.account.mode_frame import ModeFrame
from fks_desk.ui.theme.current import current


@pytest.mark.parametrize("mode", [Mode.PAPER, Mode.TESTNET, Mode.LIVE])
def test_the_whole_window_is_framed_in_the_colour_of_its_money(qtbot: QtBot, mode: Mode) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(200, 100)
    frame = ModeFrame(mode=mode, window=window)
    window.show()
    window.resize(320, 240)

    picture = window.grab().toImage()
    wanted = QColor(current().mode_color(mode))

    assert frame.size() == window.size()
    assert picture.pixelColor(1, 120) == wanted
    assert picture.pixelColor(318, 1) == wanted
    assert picture.pixelColor(160, 120) != wanted
    assert frame.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


def test_the_more_real_the_money_the_wider_the_frame_and_no_two_look_alike(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    widths = [ModeFrame(mode=mode, window=window).width_px for mode in Mode]

    assert widths == sorted(widths)
    assert widths[0] == 0
    assert len({current().mode_color(mode) for mode in Mode}) == len(Mode)


def test_only_a_live_account_says_whether_it_is_armed(qtbot: QtBot) -> None:
    live, demo = ModeBanner(mode=Mode.LIVE), ModeBanner(mode=Mode.DEMO)
    for banner in (live, demo):
        qtbot.addWidget(banner)
        banner.show_armed(None)

    assert live.text.endswith("not armed")
    assert "armed" not in demo.text
    live.show_armed(datetime(2026, 3, 1, 14, 5, tzinfo=UTC))
    assert live.text.endswith("ARMED until 14:05 UTC")
