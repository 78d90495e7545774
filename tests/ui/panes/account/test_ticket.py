from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from fks_desk.core.desk_messages import LockTrading, TradingArmed, UnlockTrading
from fks_desk.core.messages import BalanceMoved, OrderDenied, OrderMoved, PlaceOrder
from fks_desk.core.model import Order, OrderIntent, OrderKind, OrderState, Side
from fks_desk.core.nursery import Nursery
from fks_desk.ui.models.account.ticket import TicketModel
from fks_desk.ui.models.staging import Staging
from fks_desk.ui.panes.account.ticket import TicketPane
from tests.fakes.pane_keys import PaneWindow
from tests.fakes.panes import BTC, NOON, Desk, balance

Key = Qt.Key


class Shown:
    def __init__(self, qtbot: QtBot) -> None:
        self.desk = Desk(Nursery())
        self.staging = Staging()
        self.model = TicketModel(
            market=self.desk.market,
            portfolio=self.desk.portfolio,
            staging=self.staging,
            send=self.desk.sent.append,
            clock=self.desk.clock,
        )
        self.pane = TicketPane(model=self.model)
        self.window = PaneWindow(qtbot, self.pane, size=(328, 560))
        self.desk.list_instruments()
        self.desk.quote(last="64000")
        for currency, free in (("USDT", "10000"), ("BTC", "0.5")):
            self.desk.portfolio.on_balance_moved(BalanceMoved(balance=balance(currency, free)))
        self.model.set_instrument(BTC.id)

    @property
    def placed(self) -> list[OrderIntent]:
        return [one.intent for one in self.desk.sent if isinstance(one, PlaceOrder)]


@pytest.fixture
def shown(qtbot: QtBot) -> Shown:
    return Shown(qtbot)


def test_an_order_is_typed_staged_and_sent_by_keys_alone(shown: Shown) -> None:
    shown.window.press(Key.Key_F9)
    shown.window.type("0.01")
    shown.pane.form.price_edit.setFocus()
    shown.window.type("63000.5")

    shown.window.press(Key.Key_Return)
    assert shown.placed == []
    assert "BUY 0.01 BTC at 63,000.50" in shown.pane.preview.text()

    shown.window.press(Key.Key_Enter)
    assert [one.limit_price for one in shown.placed] == [Decimal("63000.50")]


def test_a_second_enter_never_sends_again(shown: Shown) -> None:
    shown.pane.form.kind.button(OrderKind.LIMIT).setFocus()
    shown.window.press(Key.Key_B, shift=True)
    shown.window.press(*[Key.Key_Return] * 5)

    assert len(shown.placed) == 1
    assert not shown.pane.send_button.isEnabled()
    assert shown.pane.send_button.text() == "Waiting …"

    order = Order(intent=shown.placed[0], state=OrderState.OPEN, updated=NOON)
    shown.model.on_order_moved(OrderMoved(order=order))
    assert shown.pane.send_button.isEnabled()


def test_shift_s_stages_a_sell_and_escape_drops_it(shown: Shown) -> None:
    shown.pane.form.kind.button(OrderKind.LIMIT).setFocus()
    shown.window.press(Key.Key_S, shift=True)
    assert shown.staging.order is not None
    assert shown.staging.order.side is Side.SELL

    shown.window.press(Key.Key_Escape)
    assert shown.staging.order is None


def test_an_order_staged_from_elsewhere_stands_at_the_last_price_and_leaves_the_keys(
    shown: Shown, qtbot: QtBot
) -> None:
    shown.model.set_price("12345")
    other = QPushButton(shown.window)
    other.show()
    other.setFocus()
    with qtbot.waitSignal(shown.pane.staged_elsewhere):
        shown.window.press(Key.Key_B, shift=True)

    assert shown.staging.order is not None
    assert shown.staging.order.price == Decimal(64000)
    assert other.hasFocus()


def test_a_capital_letter_typed_into_a_field_stages_nothing(shown: Shown) -> None:
    shown.pane.form.size_edit.setFocus()

    shown.window.press(Key.Key_B, shift=True)

    assert shown.staging.order is None


def test_a_comma_is_explained_as_it_is_typed(shown: Shown) -> None:
    shown.pane.form.size_edit.setFocus()

    shown.window.type("1,000")

    assert "a comma can mean thousands or decimals" in shown.pane.problem.text()
    assert shown.pane.problem.isVisible()


def test_arrows_in_the_fields_nudge(shown: Shown) -> None:
    shown.pane.form.price_edit.setFocus()
    shown.window.press(Key.Key_Up)
    shown.window.press(Key.Key_Down, shift=True)

    assert shown.model.form.price == "63999.91"


def test_a_denial_is_shown_in_the_ticket(shown: Shown) -> None:
    shown.window.press(Key.Key_F9)
    shown.model.stage(Side.BUY)
    shown.window.press(Key.Key_Return)

    shown.model.on_order_denied(
        OrderDenied(intent=shown.placed[0], code="max", reason="Your limit is 50 USDT.")
    )

    assert shown.pane.outcome.text() == "Denied: Your limit is 50 USDT."


def test_the_mode_is_written_on_the_banner(shown: Shown) -> None:
    assert shown.pane.banner.text == "DEMO · simulated money"


def test_arrows_choose_side_and_kind(shown: Shown) -> None:
    shown.pane.form.side.button(Side.BUY).setFocus()
    shown.window.press(Key.Key_Right)
    shown.pane.form.kind.button(OrderKind.LIMIT).setFocus()
    shown.window.press(Key.Key_Right)

    assert (shown.model.form.side, shown.model.form.kind) == (Side.SELL, OrderKind.MARKET)
    assert not shown.pane.form.price_edit.isEnabled()


def test_nothing_is_wider_than_a_small_dock(shown: Shown) -> None:
    assert shown.pane.minimumSizeHint().width() <= 320


def test_a_desk_is_locked_at_once_and_unlocked_by_typed_words(shown: Shown) -> None:
    shown.model.lock(15)
    locked = shown.desk.sent[-1]
    assert isinstance(locked, LockTrading)
    assert "15 minutes" in locked.reason
    shown.model.on_trading_armed(TradingArmed(account=locked.account, until=None, is_locked=True))
    assert "LOCKED" in shown.pane.banner.text
    shown.model.lock(15)
    assert shown.desk.sent == [locked]

    shown.window.registry.trigger("trade.unlock")
    shown.window.type("trade demo")
    shown.window.press(Key.Key_Return)

    assert shown.desk.sent[-1] == UnlockTrading(account=locked.account, phrase="trade demo")


def test_tab_goes_from_the_size_to_the_price_the_stop_and_the_target(shown: Shown) -> None:
    pane = shown.pane
    pane.focus_now()
    walked = []
    for _ in range(4):
        walked.append(QApplication.focusWidget())
        shown.window.press(Key.Key_Tab)

    form, extras = pane.form, pane.extras
    assert walked == [form.size_edit, form.price_edit, extras.stop, extras.target]
