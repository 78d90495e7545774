"""Say of an account whether its money is real, and whether it is armed."""

from __future__ import annotations

from datetime import UTC, datetime

from pytestqt.qtbot import QtBot

from fks_desk.core.model import Mode
from fks_desk.ui.panes.account.mode_banner import ModeBanner


def test_only_a_live_account_says_whether_it_is_armed(qtbot: QtBot) -> None:
    live, demo = ModeBanner(mode=Mode.LIVE), ModeBanner(mode=Mode.DEMO)
    for banner in (live, demo):
        qtbot.addWidget(banner)
        banner.show_armed(None)

    assert live.text.endswith("not armed")
    assert "armed" not in demo.text
    live.show_armed(datetime(2026, 3, 1, 14, 5, tzinfo=UTC))
    assert live.text.endswith("ARMED until 14:05 UTC")


def test_a_locked_account_says_so_whatever_its_money_is(qtbot: QtBot) -> None:
    for mode in Mode:
        banner = ModeBanner(mode=mode)
        qtbot.addWidget(banner)
        banner.show_armed(None, is_locked=True)
        assert banner.text.endswith("LOCKED")
        banner.show_armed(None)
        assert "LOCKED" not in banner.text
