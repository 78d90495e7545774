from __future__ import annotations

from decimal import Decimal

from fks_desk.core.messages import OrderFilled
from fks_desk.core.model import Side
from fks_desk.core.nursery import Nursery
from fks_desk.ui.models.account.fills import FillRow, FillsModel
from tests.fakes.panes import ACCOUNT, Desk, MemoryTrading, fill, order


async def test_stored_and_new_fills_are_listed_with_the_cash_they_moved() -> None:
    trading = MemoryTrading()
    trading.filled = [fill("1")]
    desk = Desk(Nursery(), trading=trading)
    model = FillsModel(account=ACCOUNT, market=desk.market, trading=trading, nursery=desk.nursery)
    rows: list[FillRow] = []
    model.rows_changed.connect(rows.extend)

    await model._load()
    model.on_order_filled(OrderFilled(fill=fill("2", Side.SELL, "64000"), order=order()))

    assert [(row.key[2], row.cash) for row in rows] == [("1", Decimal(-630)), ("2", Decimal(640))]
