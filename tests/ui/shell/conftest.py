"""Give the shell's tests a window with three panes, on a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from fks_desk.core.model import (
    AccountId,
    ClientOrderId,
    Fill,
    InstrumentId,
    Liquidity,
    Mode,
    Money,
    Order,
    OrderIntent,
    OrderKind,
    OrderState,
    Side,
    TradeId,
    VenueOrderId,
)
from fks_desk.ui.actions.action import Action
from fks_desk.ui.actions.registry import ActionRegistry
from fks_desk.ui.bridge.bridge import Bridge
from fks_desk.ui.shell.docks import Area, PaneSpec
from fks_desk.ui.shell.window import MainWindow
from fks_desk.ui.widgets.pane import Pane


class FieldPane(Pane):
    """Hold one text field, and take keys of its own."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, title=name.title(), contexts=(name,))
        self.field = QLineEdit()
        self.set_content(self.field)


def specs() -> list[PaneSpec]:
    places = {
        "chart": Area.CENTER,
        "watchlist": Area.LEFT,
        "ticket": Area.RIGHT,
        "chat": Area.RIGHT_LOW,
        "orders": Area.BOTTOM,
        "fills": Area.BOTTOM,
    }
    return [
        PaneSpec(area=area, create=lambda name=name: FieldPane(name))
        for name, area in places.items()
    ]


OpenDesk = Callable[..., MainWindow]


@pytest.fixture
def open_desk(qtbot: QtBot, bridge: Bridge, tmp_path: Path) -> Iterator[OpenDesk]:
    """Return a function that opens a window; windows share one folder of layouts."""
    windows: list[MainWindow] = []

    def open_one(**named: object) -> MainWindow:
        wanted = {"mode": Mode.DEMO, "registry": ActionRegistry(), **named}
        window = MainWindow(
            bridge=bridge, panes=specs(), layouts_folder=tmp_path / "layouts", **wanted
        )
        windows.append(window)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        return window

    yield open_one
    for window in windows:
        window.open_orders.take(())
        window._may_close = True
        window.close()
        window.deleteLater()
    qtbot.wait(1)


@pytest.fixture
def desk(open_desk: OpenDesk) -> MainWindow:
    """Return an open window with the focus on the chart, and one action of the chart's."""
    window = open_desk()
    window.registry.register(
        Action(id="chart.left", title="Left", category="Chart", keys=("Left",), context="chart"),
        lambda: None,
    )
    window.docks.focus("chart")
    return window


MOMENT = datetime(2024, 5, 1, 12, tzinfo=UTC)


def make_order(name: str, *, state: OrderState = OrderState.OPEN, filled: str = "0") -> Order:
    """Return a limit order to buy half a bitcoin."""
    intent = OrderIntent(
        client_id=ClientOrderId(name),
        account=AccountId("demo"),
        instrument=InstrumentId("demo:spot:BTC/USDT"),
        side=Side.BUY,
        kind=OrderKind.LIMIT,
        size=Decimal("0.5"),
        limit_price=Decimal(64000),
        reference_price=Decimal(64000),
        created=MOMENT,
    )
    return Order(intent=intent, state=state, filled=Decimal(filled), updated=MOMENT)


def make_fill() -> Fill:
    """Return a fill of a tenth."""
    return Fill(
        account=AccountId("demo"),
        instrument=InstrumentId("demo:spot:BTC/USDT"),
        trade_id=TradeId("7"),
        client_id=ClientOrderId("t-1"),
        venue_order_id=VenueOrderId("1"),
        side=Side.BUY,
        price=Decimal("64150.20"),
        size=Decimal("0.1"),
        fee=Money(amount=Decimal("0.0001"), currency="BTC"),
        liquidity=Liquidity.MAKER,
        ts_event=MOMENT,
        ts_init=MOMENT,
    )
