"""Move the line of an open order with a preview, and send nothing before Enter."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from fks_desk.core.clock import SteppedClock
from fks_desk.core.desk_messages import AmendOrder, MoveStop
from fks_desk.core.ids import new_client_id
from fks_desk.core.messages import CancelOrder, OrderMoved
from fks_desk.core.model import (
    Account,
    AccountId,
    Mode,
    Order,
    OrderIntent,
    OrderKind,
    OrderState,
    Side,
    VenueId,
)
from fks_desk.core.terms import Family, ParentId, Role
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.chart.pane import ChartPane
from tests.fakes.charts import START
from tests.ui.chart.conftest import BTC, Desk, made_desk, press, stage

K = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton
ACCOUNT = Account(id=AccountId("demo"), venue=VenueId("demo"), mode=Mode.DEMO, title="Demo")


def order(price: str) -> Order:
    intent = OrderIntent(
        client_id=new_client_id(), account=ACCOUNT.id, instrument=BTC.id, side=Side.BUY,
        kind=OrderKind.LIMIT, size=Decimal("0.5"), limit_price=Decimal(price),
        reference_price=Decimal(price), created=START,
    )  # fmt: skip
    return Order(intent=intent, state=OrderState.OPEN, updated=START)


class Board:
    """Hold a chart with two open orders, and what was sent."""

    def __init__(self, qtbot: QtBot, registry: ActionRegistry) -> None:
        self.desk: Desk = made_desk()
        self.sent: list[Any] = []
        desk = self.desk
        self.pane = ChartPane(
            model=desk.model, marks=desk.marks, staging=desk.staging, drawings=desk.drawings,
            alerts=desk.alerts, clock=SteppedClock(START), send=self.sent.append,
        )  # fmt: skip
        qtbot.addWidget(self.pane)
        self.pane.register_actions(registry)
        for context in self.pane.contexts:
            registry.bind(self.pane, context)
        self.pane.resize(1000, 600)
        self.pane.show()
        desk.model.set_account(ACCOUNT)
        desk.show()
        bar = desk.model.series.bar(desk.model.series.stop - 1)
        close = Decimal(f"{bar[3]:.2f}")
        self.high, self.low = order(str(close + 20)), order(str(close - 20))
        for one in (self.low, self.high):
            desk.marks.on_order_moved(OrderMoved(order=one))
        self.pane.grab()
        self.pane.activateWindow()
        self.pane.focus_now()
        qtbot.waitUntil(self.pane.view.hasFocus)


@pytest.fixture
def board(qtbot: QtBot, registry: ActionRegistry) -> Board:
    return Board(qtbot, registry)


def test_tab_takes_hold_arrows_preview_and_enter_amends_once(board: Board) -> None:
    mover = board.pane.lines.mover
    press(K.Key_Tab)
    assert mover.order == board.high
    press(K.Key_Tab)
    press(K.Key_Up)
    press(K.Key_Down, SHIFT)
    wanted = board.low.intent.limit_price - Decimal("0.09")
    assert mover.price == wanted
    assert "Enter amends" in mover.text
    assert board.sent == []
    press(K.Key_Return)
    press(K.Key_Return)

    assert board.sent == [
        AmendOrder(account=ACCOUNT.id, client_id=board.low.client_id, limit_price=wanted)
    ]


def test_escape_keeps_the_order_and_del_takes_it_back(board: Board) -> None:
    press(K.Key_Tab)
    press(K.Key_Up)
    press(K.Key_Escape)
    assert board.sent == []
    press(K.Key_Tab)
    press(K.Key_Delete)

    assert board.sent == [CancelOrder(account=ACCOUNT.id, client_id=board.high.client_id)]


def test_no_hint_outlives_what_it_was_for(board: Board) -> None:
    said: list[str] = []
    board.pane.described.connect(said.append)
    press(K.Key_Tab)
    press(K.Key_Up)
    assert "Enter amends" in said[-1]
    press(K.Key_Return)
    assert said[-1] == ""
    press(K.Key_Tab)
    press(K.Key_Escape)
    assert said[-1] == ""


def test_a_dragged_line_waits_for_enter(board: Board) -> None:
    view = board.pane.view
    y = round(view.stack.price.projection.y(float(board.low.intent.limit_price)))
    QTest.mousePress(view, LEFT, NONE, QPoint(300, y))
    QTest.mouseMove(view, QPoint(300, y + 40))
    QTest.mouseRelease(view, LEFT, NONE, QPoint(300, y + 40))
    assert board.sent == []
    assert board.pane.lines.mover.price < board.low.intent.limit_price
    board.pane.grab()
    press(K.Key_Return)

    assert board.sent[0].client_id == board.low.client_id


def test_an_order_that_fills_meanwhile_is_let_go(board: Board) -> None:
    press(K.Key_Tab)
    filled = replace(board.high, state=OrderState.FILLED, filled=board.high.intent.size)
    board.desk.marks.on_order_moved(OrderMoved(order=filled))

    assert not board.pane.lines.mover.is_on


def test_a_staged_order_goes_first(board: Board) -> None:
    press(K.Key_Tab)
    stage(board.desk)
    assert not board.pane.lines.mover.is_on
    board.pane.lines.choose_next()

    assert not board.pane.lines.mover.is_on


def test_enter_opens_the_row_of_the_mark_on_the_bar(board: Board) -> None:
    wanted: list[Any] = []
    board.pane.row_wanted.connect(lambda name, moment: wanted.append((name, moment)))
    press(K.Key_Return)

    assert wanted == []


def test_the_stop_of_a_bracket_is_moved_as_one_of_a_pair(board: Board) -> None:
    intent = replace(
        board.low.intent,
        kind=OrderKind.STOP,
        side=Side.SELL,
        limit_price=None,
        terms=replace(board.low.intent.terms, trigger_price=board.low.intent.limit_price),
        family=Family(parent=ParentId("entry-1"), role=Role.STOP, number=0),
    )
    stop = replace(board.low, intent=intent)
    board.desk.marks.on_order_moved(OrderMoved(order=stop))
    press(K.Key_Tab)
    press(K.Key_Tab)
    press(K.Key_Up, SHIFT)
    press(K.Key_Return)
    (command,) = board.sent

    assert isinstance(command, MoveStop)
    assert command.instrument == BTC.id
    assert command.price == intent.terms.trigger_price + 10 * BTC.tick


def test_the_target_of_a_bracket_is_moved_by_its_line(board: Board) -> None:
    family = Family(parent=ParentId("entry-1"), role=Role.TARGET, number=0)
    target = replace(board.high, intent=replace(board.high.intent, side=Side.SELL, family=family))
    board.desk.marks.on_order_moved(OrderMoved(order=target))
    press(K.Key_Tab)
    press(K.Key_Up)
    press(K.Key_Return)

    wanted = target.intent.limit_price + BTC.tick
    assert board.sent == [
        AmendOrder(account=ACCOUNT.id, client_id=target.client_id, limit_price=wanted)
    ]
