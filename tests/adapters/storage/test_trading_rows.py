"""Fold changes without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from fks_desk.adapters.storage.trading_rows import (
    Held,
    balance_moments,
    last_balances,
    last_orders,
    last_positions,
    order_events,
    positions_of,
    trades,
)
from fks_desk.core.model import OrderState, Side
from fks_desk.core.ports import TradingChange
from tests.fakes.rows import BTC, DEMO, ETH, NOW, balance, fill, order, position


def test_an_order_is_written_once_as_it_was_left_and_each_step_is_kept():
    steps = (OrderState.SENDING, OrderState.OPEN, OrderState.OPEN, OrderState.FILLED)
    changes = [TradingChange(account=DEMO, orders=(order("b", state=state),)) for state in steps]
    changes.append(TradingChange(account=DEMO, orders=(order("a"),)))

    assert [(row["client_id"], row["state"]) for row in last_orders(changes)] == [
        ("a", "open"),
        ("b", "filled"),
    ]
    told = [(row["client_id"], row["state"], row["is_first"]) for row in order_events(changes)]
    assert told == [
        ("b", "sending", True),
        ("b", "open", False),
        ("b", "filled", False),
        ("a", "open", True),
    ]


def test_each_execution_gains_what_its_own_change_adds():
    sold = [
        TradingChange(
            account=DEMO,
            fills=(fill(str(number), side=Side.SELL),),
            positions=(position(str(9 - number), realised=str(10 * number)),),
        )
        for number in (1, 2, 3)
    ]
    rows = trades(sold, {(DEMO, BTC): Held(size=Decimal(9), realised=Decimal(-5))})

    assert [row["realised"] for row in rows] == [15, 10, 10]
    assert [row["is_closing"] for row in rows] == [True] * 3


def test_executions_without_a_position_leave_the_gain_to_the_one_that_tells_it():
    late = [
        TradingChange(account=DEMO, fills=(fill("1"),)),
        TradingChange(account=DEMO, fills=(fill("2"),), positions=(position(realised="7"),)),
    ]

    assert [row["realised"] for row in trades(late, {})] == [None, 7]


def test_only_positions_that_executions_move_are_weighed():
    changes = [
        TradingChange(account=DEMO, fills=(fill("1"),), positions=(position(),)),
        TradingChange(account=DEMO, positions=(replace(position(), instrument=ETH),)),
    ]

    assert positions_of(changes) == {DEMO: [BTC]}
    assert len(last_positions(changes)) == 2


def test_of_a_currency_every_moment_is_kept_and_the_newest_is_the_balance():
    newer = balance(free="2", at=NOW + timedelta(seconds=1))
    changes = [
        TradingChange(account=DEMO, balances=(newer,)),
        TradingChange(account=DEMO, balances=(balance(free="1"), balance(free="3"))),
    ]

    assert [row["free"] for row in last_balances(changes)] == [2]
    assert [row["free"] for row in balance_moments(changes)] == [2, 3]
