"""Show that the chart marks exactly the account's own orders, fills and position."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fks_desk.core.clock import to_ms
from fks_desk.core.messages import (
    BacktestReport,
    BacktestSpec,
    BacktestTrade,
    EngineReady,
    OrderFilled,
    OrderMoved,
    PositionMoved,
)
from fks_desk.core.model import (
    AccountId,
    ClientOrderId,
    Fill,
    Liquidity,
    Money,
    Order,
    OrderIntent,
    OrderKind,
    OrderState,
    Position,
    RunId,
    Side,
    Span,
    StrategyName,
    Timeframe,
    TradeId,
    VenueOrderId,
)
from fks_desk.ui.models.chart_marks import ChartMarks
from tests.fakes.charts import START, AtOnce, MadeTrading
from tests.ui.chart.conftest import BTC, ETH

DEMO = AccountId("demo")


def order(name="o-1", state=OrderState.OPEN, *, instrument=BTC, account=DEMO, limit="100"):
    kind = OrderKind.MARKET if limit is None else OrderKind.LIMIT
    intent = OrderIntent(
        client_id=ClientOrderId(name),
        account=account,
        instrument=instrument.id,
        side=Side.BUY,
        kind=kind,
        size=Decimal(1),
        limit_price=None if limit is None else Decimal(limit),
        reference_price=Decimal(100),
        created=START,
    )
    return Order(intent=intent, state=state, updated=START)


def fill(number=1, side=Side.BUY, *, instrument=BTC, account=DEMO):
    return Fill(
        account=account,
        instrument=instrument.id,
        trade_id=TradeId(str(number)),
        client_id=ClientOrderId("o-1"),
        venue_order_id=VenueOrderId("v"),
        side=side,
        price=Decimal(100 + number),
        size=Decimal(1),
        fee=Money(amount=Decimal(0), currency="USDT"),
        liquidity=Liquidity.TAKER,
        ts_event=START,
        ts_init=START,
    )


def position(size, average="100", *, account=DEMO):
    nothing = Money(amount=Decimal(0), currency="USDT")
    return Position(
        account=account,
        instrument=BTC.id,
        size=Decimal(size),
        average_price=Decimal(average),
        realised=nothing,
        fees=nothing,
        updated=START,
    )


@pytest.fixture
def marks(qapp):
    made = ChartMarks(trading=MadeTrading(), nursery=AtOnce())
    made.follow(DEMO, BTC.id)
    return made


def test_an_open_limit_order_is_drawn_until_it_ends(marks):
    marks.on_order_moved(OrderMoved(order=order()))
    assert [each.client_id for each in marks.orders] == ["o-1"]
    marks.on_order_moved(OrderMoved(order=order(state=OrderState.CANCELED)))
    assert marks.orders == ()


def test_a_market_order_has_no_line(marks):
    marks.on_order_moved(OrderMoved(order=order(limit=None)))

    assert marks.orders == ()


def test_orders_of_other_symbols_and_accounts_are_not_drawn(marks):
    marks.on_order_moved(OrderMoved(order=order(instrument=ETH)))
    marks.on_order_moved(OrderMoved(order=order(account=AccountId("paper"))))

    assert marks.orders == ()


def test_a_fill_told_twice_is_marked_once(marks):
    event = OrderFilled(fill=fill(), order=order(state=OrderState.FILLED))
    marks.on_order_filled(event)
    marks.on_order_filled(event)

    assert marks.fills.price.tolist() == [101.0]
    assert marks.fills.time.tolist() == [to_ms(START)]
    assert marks.fills.side.tolist() == [1.0]


def test_a_closed_position_has_no_line(marks):
    marks.on_position_moved(PositionMoved(position=position("0.5")))
    assert marks.position.size == Decimal("0.5")
    marks.on_position_moved(PositionMoved(position=position("0")))
    assert marks.position is None


def test_what_is_stored_is_read_for_the_account_and_the_symbol(qapp):
    trading = MadeTrading(
        orders=[order("a"), order("b", OrderState.FILLED), order("c", instrument=ETH)],
        fills=[fill(1), fill(2, Side.SELL)],
        positions=[position("1")],
    )
    marks = ChartMarks(trading=trading, nursery=AtOnce())
    marks.follow(DEMO, BTC.id)

    assert [each.client_id for each in marks.orders] == ["a"]
    assert marks.fills.side.tolist() == [1.0, -1.0]
    assert marks.position.size == 1
    marks.follow(DEMO, None)
    assert marks.orders == ()
    assert len(marks.fills) == 0
    assert marks.position is None


def test_trades_of_a_backtest_are_marked_on_their_own_symbol_alone(marks):
    trade = BacktestTrade(
        entry_time=1, exit_time=2, side="long", entry_price=1.0, exit_price=2.0,
        size=1.0, pnl=1.0, fees=0.0,
    )  # fmt: skip
    spec = BacktestSpec(
        strategy=StrategyName("sma_cross"),
        params={},
        instrument=BTC.id,
        timeframe=Timeframe.M5,
        span=Span(start=START, end=START.replace(year=2027)),
    )
    report = BacktestReport(
        run=RunId("r"), spec=spec, equity_time=None, equity=None, trades=(trade,),
        metrics={}, digest="", seconds=0.1,
    )  # fmt: skip
    marks.show_backtest(report)
    assert marks.trades == (trade,)
    marks.follow(DEMO, ETH.id)
    assert marks.trades == ()


def test_the_marks_hear_the_bridge(marks, bridge):
    marks.listen(bridge)
    bridge.post(OrderMoved(order=order()))
    bridge.post(PositionMoved(position=position("1")))
    bridge.flush()

    assert len(marks.orders) == 1
    assert marks.position is not None


def test_what_reconciliation_stored_is_read_when_the_engine_is_ready(qapp, bridge):
    trading = MadeTrading()
    marks = ChartMarks(trading=trading, nursery=AtOnce())
    marks.listen(bridge)
    marks.follow(DEMO, BTC.id)
    trading._orders.append(order("found"))
    bridge.post(EngineReady(accounts=[DEMO], seconds=1.0))
    bridge.flush()

    assert [each.client_id for each in marks.orders] == ["found"]
