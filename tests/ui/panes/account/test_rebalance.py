from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fks_desk.ui.panes.account.rebalance import RebalancePane
from tests.fakes.pane_keys import PaneWindow
from tests.ui.models.account.test_rebalance import BUY, SELL, Scene, proposed

Key = Qt.Key


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_weights_are_set_worked_out_and_confirmed_by_keys(qtbot: QtBot, scene: Scene) -> None:
    pane = RebalancePane(model=scene.model)
    window = PaneWindow(qtbot, pane)
    window.press(Key.Key_Insert)
    window.type("btc 40")
    window.press(Key.Key_Return)
    window.press(Key.Key_F5)
    proposed(scene, SELL, BUY)

    shown = [pane.rows.text_at(0, column) for column in (0, 1, 4, 5, 6)]
    assert shown == ["BTC/USDT", "40.00 %", "▼ Sell", "0.1", "5,000.00"]
    window.press(Key.Key_Return, control=True)
    assert "sell 0.1 BTC" in pane.line.question.text()
    window.press(Key.Key_Return)
    assert scene.placed() == []
    window.press(Key.Key_Return, control=True)
    window.type("yes")
    window.press(Key.Key_Return)

    assert [one.client_id for one in scene.placed()] == ["s"]
