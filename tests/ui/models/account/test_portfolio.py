from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from fks_desk.core.desk_messages import PositionLeft
from fks_desk.core.messages import (
    BalanceMoved,
    ClosePosition,
    OrderDenied,
    OrderMoved,
    PositionMoved,
)
from fks_desk.core.model import AccountId, OrderState
from fks_desk.core.nursery import Nursery
from fks_desk.ui.models.account.portfolio import BalanceRow, PositionRow
from tests.fakes.panes import BTC, DEMO, ETH, NOON, Desk, MemoryTrading, balance, intent, position
from tests.fakes.panes import order as an_order


@pytest.fixture
async def desk() -> Desk:
    made = Desk(Nursery())
    made.list_instruments()
    return made


async def test_gain_is_exact_to_the_last_digit(desk: Desk) -> None:
    rows: list[PositionRow] = []
    desk.portfolio.positions_changed.connect(rows.extend)
    desk.quote(last="64123.45")

    desk.portfolio.on_position_moved(PositionMoved(position=position("0.00999", "63000.01")))

    assert rows[-1].unrealised == Decimal("0.00999") * Decimal("1123.44")
    assert rows[-1].value == Decimal("0.00999") * Decimal("64123.45")
    assert rows[-1].gain_pct == pytest.approx(Decimal("1.78323"), abs=Decimal("0.0001"))


async def test_a_position_without_a_mark_has_no_gain_to_show(desk: Desk) -> None:
    row = PositionRow(position=position(), instrument=BTC, mark=None)

    assert (row.unrealised, row.value, row.gain_pct) == (None, None, None)


async def test_marks_move_positions_and_balances_together(desk: Desk) -> None:
    positions: list[PositionRow] = []
    balances: list[BalanceRow] = []
    desk.portfolio.on_position_moved(PositionMoved(position=position()))
    desk.portfolio.on_balance_moved(BalanceMoved(balance=balance("BTC", "0.00999")))
    desk.portfolio.positions_changed.connect(positions.extend)
    desk.portfolio.balances_changed.connect(balances.extend)

    desk.quote(last="1")
    desk.quote(last="65000")
    desk.quote(ETH, last="3000")
    desk.portfolio.flush()

    assert [row.mark for row in positions] == [65000]
    assert [row.worth for row in balances] == [Decimal("649.35")]


async def test_equity_counts_what_has_a_price_and_names_what_has_none(desk: Desk) -> None:
    desk.quote(last="64000")
    for currency, free, locked in (("USDT", "9000", "370"), ("BTC", "0.5", "0"), ("XYZ", "1", "0")):
        money = balance(currency, free, locked)
        desk.portfolio.on_balance_moved(BalanceMoved(balance=money))
    desk.portfolio.on_position_moved(PositionMoved(position=position("0.5", "60000", "12.5")))

    equity = desk.portfolio.equity

    assert equity.total == 9370 + 32000
    assert (equity.unrealised, equity.realised) == (2000, Decimal("12.5"))
    assert equity.unpriced == ("XYZ",)


async def test_another_accounts_money_is_not_ours(desk: Desk) -> None:
    other = AccountId("paper")

    desk.portfolio.on_balance_moved(
        BalanceMoved(balance=replace(balance("USDT", "5"), account=other))
    )
    desk.portfolio.on_position_moved(PositionMoved(position=replace(position(), account=other)))

    assert not desk.portfolio.equity.is_known
    assert desk.portfolio.equity.unrealised == 0


async def test_what_was_read_late_does_not_overwrite_what_just_happened() -> None:
    trading = MemoryTrading()
    trading.money = [balance("USDT", "10000")]
    trading.held = [position("0")]
    desk = Desk(Nursery(), trading=trading)
    newer = replace(balance("USDT", "9000"), updated=NOON + timedelta(seconds=1))
    desk.portfolio.on_balance_moved(BalanceMoved(balance=newer))

    await desk.portfolio._load()

    assert desk.portfolio.balances["USDT"].free == 9000


async def test_a_database_that_is_down_is_said_in_a_sentence() -> None:
    trading = MemoryTrading()
    trading.is_down = True
    nursery = Nursery()
    desk = Desk(nursery, trading=trading)
    said: list[str] = []
    desk.portfolio.failed.connect(said.append)

    desk.portfolio.load()
    while len(nursery):
        await _turn()

    assert said == ["The database does not answer; it is being restarted."]


async def test_closing_is_asked_for_once(desk: Desk) -> None:
    row = PositionRow(position=position(), instrument=BTC, mark=None)

    desk.portfolio.close(row)
    desk.portfolio.close(row)
    desk.portfolio.close(None)
    desk.portfolio.close(replace(row, position=position("0")))

    assert desk.sent == [ClosePosition(account=DEMO, instrument=BTC.id)]


@pytest.mark.parametrize("ending", ["moved", "denied", "rejected", "left"])
async def test_a_position_can_be_closed_again_when_the_first_try_ended(
    desk: Desk, ending: str
) -> None:
    row = PositionRow(position=position(), instrument=BTC, mark=None)
    desk.portfolio.close(row)

    if ending == "moved":
        desk.portfolio.on_position_moved(PositionMoved(position=position("0.005")))
    elif ending == "denied":
        desk.portfolio.on_order_denied(OrderDenied(intent=intent(), code="x", reason="no"))
    elif ending == "left":
        left = PositionLeft(account=DEMO, instrument=BTC.id, reason="the venue is silent")
        desk.portfolio.on_position_left(left)
    else:
        rejected = an_order(state=OrderState.REJECTED)
        desk.portfolio.on_order_moved(OrderMoved(order=rejected))
    desk.portfolio.close(row)

    assert len(desk.sent) == 2


async def _turn() -> None:
    import asyncio

    await asyncio.sleep(0)
