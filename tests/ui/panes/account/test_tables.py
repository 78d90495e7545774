from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from fks_desk.core.messages import (
    BalanceMoved,
    CancelAllOrders,
    CancelOrder,
    ClosePosition,
    OrderFilled,
    PositionMoved,
)
from fks_desk.core.model import ClientOrderId, OrderKind, OrderState, Side
from fks_desk.core.nursery import Nursery
from fks_desk.core.terms import Terms
from fks_desk.ui.models.account.fills import FillsModel
from fks_desk.ui.models.account.orders import OrdersModel
from fks_desk.ui.models.target import ChartTarget
from fks_desk.ui.panes.account.balances import BalancesPane
from fks_desk.ui.panes.account.fills import FillsPane
from fks_desk.ui.panes.account.orders import OrdersPane
from fks_desk.ui.panes.account.positions import PositionsPane
from tests.fakes.pane_keys import PaneWindow
from tests.fakes.panes import (
    ACCOUNT,
    BTC,
    DEMO,
    ETH,
    NOON,
    Desk,
    balance,
    fill,
    order,
    position,
)

Key = Qt.Key


@pytest.fixture
def desk() -> Desk:
    made = Desk(Nursery())
    made.list_instruments()
    made.quote(last="64000")
    return made


def orders_model(desk: Desk) -> OrdersModel:
    return OrdersModel(
        account=ACCOUNT,
        market=desk.market,
        trading=desk.trading,
        send=desk.sent.append,
        nursery=desk.nursery,
    )


def line(pane: Any, number: int = 0) -> dict[str, str]:
    titles = [column.title for column in pane.rows.columns]
    return {title: pane.rows.text_at(number, column) for column, title in enumerate(titles)}


def test_a_position_is_shown_with_its_gain_and_closed_by_keys(qtbot: QtBot, desk: Desk) -> None:
    pane = PositionsPane(model=desk.portfolio)
    window = PaneWindow(qtbot, pane)
    desk.portfolio.on_position_moved(PositionMoved(position=position("0.5", "60000", "-1.5")))
    desk.portfolio.on_position_moved(
        PositionMoved(position=position("0", None, "3", instrument=ETH.id))
    )

    window.press(Key.Key_Home)
    window.press(Key.Key_C, shift=True, control=True)

    shown = line(pane)
    assert (shown["Size"], shown["Entry"], shown["Mark"]) == ("0.5", "60,000.00", "64,000.00")
    assert (shown["Unrealised"], shown["Realised"]) == ("▲ +2,000.00", "▼ −1.50")
    assert line(pane, 1)["Size"] == "flat"
    assert desk.sent == [ClosePosition(account=DEMO, instrument=BTC.id)]


def test_the_only_open_position_is_closed_without_being_chosen(qtbot: QtBot, desk: Desk) -> None:
    pane = PositionsPane(model=desk.portfolio)
    desk.portfolio.on_position_moved(PositionMoved(position=position()))

    pane.close_position()

    assert len(desk.sent) == 1


def test_equity_stands_above_the_positions(qtbot: QtBot, desk: Desk) -> None:
    pane = PositionsPane(model=desk.portfolio)
    for currency, free in (("USDT", "1000.5"), ("BTC", "0.5"), ("XYZ", "1")):
        desk.portfolio.on_balance_moved(BalanceMoved(balance=balance(currency, free)))

    assert pane.heading.text() == (
        "Equity 33,000.50 USDT   unrealised 0.00   realised 0.00   without XYZ: no price yet"
    )


def test_delete_cancels_the_order_under_the_cursor(qtbot: QtBot, desk: Desk) -> None:
    model = orders_model(desk)
    pane = OrdersPane(model=model)
    window = PaneWindow(qtbot, pane)
    model.on_order(order("first"))
    model.on_order(order("second", at=5))

    window.press(Key.Key_End, Key.Key_Delete)

    assert desk.sent == [CancelOrder(account=DEMO, client_id=ClientOrderId("first"))]
    assert pane.notice.text() == "Canceling BTC/USDT …"
    assert pane.title == "Orders (2)"


def test_semicolon_then_c_cancels_all(qtbot: QtBot, desk: Desk) -> None:
    model = orders_model(desk)
    window = PaneWindow(qtbot, OrdersPane(model=model))
    model.on_order(order("one"))

    window.press(Key.Key_Semicolon, Key.Key_C)

    assert desk.sent == [CancelAllOrders(account=DEMO)]


def test_an_order_line_tells_state_price_and_reason(qtbot: QtBot, desk: Desk) -> None:
    model = orders_model(desk)
    pane = OrdersPane(model=model)
    model.on_order(
        order("x", OrderState.DENIED, reason="Too large.", side=Side.SELL, size=Decimal("0.5"))
    )

    shown = line(pane)
    assert (shown["Side"], shown["State"], shown["Price"]) == ("▼ Sell", "denied", "63,000.00")
    assert shown["Reason"] == "Too large."


def test_a_stop_shows_the_price_that_wakes_it(qtbot: QtBot, desk: Desk) -> None:
    model = orders_model(desk)
    pane = OrdersPane(model=model)
    model.on_order(
        order(
            "s",
            kind=OrderKind.STOP,
            side=Side.SELL,
            limit_price=None,
            terms=Terms(trigger_price=Decimal(61000)),
        )
    )

    assert line(pane)["Price"] == "61,000.00"


def test_enter_shows_a_fill_on_the_chart(qtbot: QtBot, desk: Desk) -> None:
    model = FillsModel(
        account=ACCOUNT, market=desk.market, trading=desk.trading, nursery=desk.nursery
    )
    pane = FillsPane(model=model)
    window = PaneWindow(qtbot, pane)
    targets: list[ChartTarget] = []
    pane.shown_on_chart.connect(targets.append)
    model.on_order_filled(OrderFilled(fill=fill(), order=order()))

    window.press(Key.Key_Home, Key.Key_Return)

    price = fill().price
    assert targets == [ChartTarget(instrument=BTC.id, moment=NOON, price=price)]
    assert line(pane)["Fee"] == "0.00001 BTC"


def test_balances_show_every_digit_and_their_worth(qtbot: QtBot, desk: Desk) -> None:
    pane = BalancesPane(model=desk.portfolio)

    desk.portfolio.on_balance_moved(
        BalanceMoved(balance=balance("BTC", "0.01498501", "0.00000001"))
    )

    shown = line(pane)
    assert (shown["Free"], shown["Locked"]) == ("0.01498501", "0.00000001")
    assert shown["Worth in USDT"] == "959.04"


@pytest.mark.parametrize("make", [PositionsPane, BalancesPane])
def test_an_empty_pane_says_what_to_do(qtbot: QtBot, desk: Desk, make: Any) -> None:
    assert make(model=desk.portfolio).table.hint.endswith(".")
