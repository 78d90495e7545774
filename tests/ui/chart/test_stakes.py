"""Show that everything at stake is a line with its numbers."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import Qt

from fks_desk.core.model import OrderKind
from tests.ui.chart.conftest import stage

K = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


def test_the_staged_order_says_side_size_price_worth_and_risk(desk, pane):
    desk.show()
    desk.staging.set_equity(Decimal(10_000))
    stage(desk, "66000.50")
    pane.view.grab()
    level = pane.view.stack.levels[-1]

    assert level.label == (
        "BUY 0.01 BTC @ 66,000.50  ·  660.00 USDT  ·  risk 6.6 %  ·  Enter sends · Esc drops"
    )
    assert level.tag == "66,000.50"
    stage(desk, kind=OrderKind.MARKET)
    pane.view.grab()
    assert "@ market" in pane.view.stack.levels[-1].label
