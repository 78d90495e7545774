from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.messages import OrderFilled, OrderMoved
from fks_desk.core.model import OrderKind, OrderState, Side, Timeframe, VenueId
from fks_desk.ui.models.replay.account import CASH, ReplayAccount, replay_account
from fks_desk.ui.models.staging import StagedOrder
from tests.fakes.charts import START, made_candle, made_instrument

COIN = made_instrument("BTC/USDT")
LOT = Decimal("0.00001")


class Room:
    """Hold a paper account with what it told."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.account = ReplayAccount(replay_account(VenueId("demo")), self.told.append)

    def place(self, side: Side, price: str, size: str = "1", **more: Any) -> None:
        kind = more.pop("kind", OrderKind.LIMIT)
        staged = StagedOrder(
            instrument=COIN, side=side, kind=kind, price=Decimal(price), size=Decimal(size),
            size_step=LOT, **more,
        )  # fmt: skip
        self.account.place(staged, Decimal(100), START)

    def bar(self, *prices: str) -> None:
        self.account.on_bar(made_candle(COIN.id, Timeframe.M5, START, prices, is_closed=True))

    @property
    def fills(self) -> list[Decimal]:
        return [event.fill.price for event in self.told if isinstance(event, OrderFilled)]


def test_a_market_order_fills_at_the_last_close_and_costs_a_fee() -> None:
    room = Room()
    room.place(Side.BUY, "100", kind=OrderKind.MARKET)

    assert room.fills == [100]
    assert room.account.size == 1
    assert room.account.cash == CASH - 100 - Decimal("0.1")


def test_a_limit_order_waits_for_its_price_and_takes_a_better_open() -> None:
    room = Room()
    room.place(Side.BUY, "95")
    assert room.told[-1].order.state is OrderState.OPEN
    room.bar("99", "101", "96", "100")
    assert room.fills == []
    room.bar("94", "96", "93", "95")

    assert room.fills == [94]
    assert room.account.orders == []


def test_a_stop_closes_the_position_behind_a_gap_at_the_open() -> None:
    room = Room()
    room.place(Side.BUY, "100", stop=Decimal(90))
    room.bar("99", "101", "91", "95")
    assert room.account.size == 1
    room.bar("85", "86", "80", "84")

    assert room.fills == [100, 85]
    assert room.account.size == 0
    assert room.account.realised == Decimal(-15) - Decimal("0.185")
    assert room.account.stop is None


def test_a_short_is_closed_with_a_gain_and_orders_can_be_taken_back() -> None:
    room = Room()
    room.place(Side.SELL, "100", "2")
    room.place(Side.BUY, "80", "2")
    room.account.cancel_all(START)
    assert isinstance(room.told[-1], OrderMoved)
    room.account.close(Decimal(90), START + timedelta(minutes=5))

    assert room.account.size == 0
    assert room.account.cash == CASH + 20 - Decimal("0.38")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(Side)), st.decimals("1", "9", places=2),
            st.decimals("50", "150", places=2),
        ),
        max_size=12,
    )
)  # fmt: skip
def test_money_is_neither_made_nor_lost_but_by_prices_and_fees(trades: Any) -> None:
    room = Room()
    for side, size, price in trades:
        staged = StagedOrder(
            instrument=COIN, side=side, kind=OrderKind.MARKET, price=price, size=size,
            size_step=LOT,
        )  # fmt: skip
        room.account.place(staged, price, START)
    last = Decimal(100)
    account = room.account
    unrealised = account.size * (last - account.average) if account.average else Decimal(0)

    assert abs(account.equity(last) - CASH - account.realised - unrealised) < Decimal("1e-9")
