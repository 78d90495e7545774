"""Show that the entry takes the keys while it is open and gives them back."""

from __future__ import annotations

from PySide6.QtCore import Qt

from fks_desk.core.model import Timeframe
from tests.ui.chart.conftest import BTC, press, stage, type_in

K = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


def test_escape_gives_up_and_returns_the_keys(desk, pane):
    desk.show()
    type_in("et")
    press(K.Key_Escape)

    assert not pane.entry.isVisible()
    assert desk.model.instrument_id == BTC.id
    assert pane.view.hasFocus()


def test_an_unknown_interval_keeps_asking(desk, pane):
    desk.show()
    type_in("7")
    press(K.Key_Return)

    assert pane.entry.isVisible()
    assert desk.model.timeframe is Timeframe.M5


def test_down_walks_the_list_of_the_entry_and_not_the_price(desk, pane):
    desk.show()
    staged = stage(desk)
    pane.ask_indicator()
    press(K.Key_Down)
    press(K.Key_Return)

    assert desk.model.studies[0].indicator.name == "EMA"
    assert desk.staging.order == staged


def test_an_entry_that_loses_the_keys_closes(desk, pane):
    desk.show()
    type_in("b")
    pane.view.setFocus()

    assert not pane.entry.isVisible()
