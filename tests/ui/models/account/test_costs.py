from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from fks_desk.core.desk_messages import LedgerChecked
from fks_desk.core.ledger import Transfer, TransferKind
from fks_desk.core.messages import OrderFilled, OrderMoved, PositionMoved
from fks_desk.core.model import AccountId, Fill, Money, OrderKind, OrderState, Side
from fks_desk.core.nursery import Nursery
from fks_desk.core.terms import Terms
from fks_desk.ui.models.account.costs import FEE_COLUMNS, LEG_COLUMNS, CostsModel, LotRow
from fks_desk.ui.models.account.portfolio import PositionRow
from fks_desk.ui.panes.account.positions import cover_text
from tests.fakes.panes import (
    ACCOUNT,
    BTC,
    DEMO,
    ETH,
    NOON,
    Desk,
    MemoryTrading,
    fill,
    order,
    position,
)


class MemoryFiles:
    def __init__(self) -> None:
        self.written: dict[str, tuple[Sequence[str], Sequence[Sequence[object]]]] = {}

    async def found(self, place: str) -> Sequence[str]:
        return ()

    async def preview(self, request: Any) -> Any:
        raise NotImplementedError

    async def write_table(
        self, name: str, columns: Sequence[str], rows: Sequence[Sequence[object]]
    ) -> str:
        self.written[name] = (columns, rows)
        return f"/exports/{name}"

    async def write_bytes(self, name: str, content: bytes) -> str:
        raise NotImplementedError


def plain(trade: str, side: Side, price: str, at: int) -> Fill:
    fee = Money(amount=Decimal("0.1"), currency="USDT")
    return replace(fill(trade, side, price, at), size=Decimal(1), fee=fee)


class MemoryTransfers:
    def __init__(self) -> None:
        self.moved: list[Transfer] = []

    async def transfers(self, account: AccountId) -> Sequence[Transfer]:
        return self.moved


class Scene:
    def __init__(self) -> None:
        self.nursery = Nursery()
        self.trading = MemoryTrading()
        self.desk = Desk(self.nursery, trading=self.trading)
        self.desk.list_instruments()
        self.files = MemoryFiles()
        self.transfers = MemoryTransfers()
        self.costs = CostsModel(
            account=ACCOUNT,
            market=self.desk.market,
            trading=self.trading,
            transfers=self.transfers,
            files=self.files,
            clock=self.desk.clock,
            nursery=self.nursery,
        )
        self.rows: list[LotRow] = []
        self.costs.rows_changed.connect(self._see)

    def _see(self, rows: list[LotRow]) -> None:
        self.rows = rows

    async def load(self) -> None:
        self.costs.load()
        await self.done()

    async def done(self) -> None:
        for task in tuple(self.nursery._tasks):
            await task


@pytest.fixture
async def scene() -> Scene:
    made = Scene()
    made.trading.filled = [
        plain("1", Side.BUY, "100", 1),
        plain("2", Side.BUY, "200", 2),
        plain("3", Side.SELL, "300", 3),
    ]
    await made.load()
    return made


async def test_a_position_shows_both_ways_of_counting(scene: Scene) -> None:
    rows: list[PositionRow] = []
    scene.desk.portfolio.follow_costs(scene.costs)
    scene.desk.portfolio.positions_changed.connect(rows.extend)
    scene.desk.quote(last="250")

    scene.desk.portfolio.on_position_moved(PositionMoved(position=position("1", "150", "149.7")))

    assert rows[-1].unrealised == 100
    assert rows[-1].fifo_unrealised == 50
    assert rows[-1].fifo_realised == Decimal("199.7")


async def test_open_lots_are_listed_and_grow_with_each_fill(scene: Scene) -> None:
    assert [(row.lot.trade, row.lot.cost) for row in scene.rows] == [("2", 200)]

    one = plain("4", Side.BUY, "250", 4)
    scene.costs.on_order_filled(OrderFilled(fill=one, order=order()))
    scene.costs._batch.flush()

    assert [row.lot.trade for row in scene.rows] == ["2", "4"]


async def test_a_fill_that_comes_late_has_everything_counted_anew(scene: Scene) -> None:
    late = plain("0", Side.BUY, "50", 0)
    scene.trading.filled.insert(0, late)

    scene.costs.on_order_filled(OrderFilled(fill=late, order=order()))
    await scene.done()

    assert [row.lot.trade for row in scene.rows] == ["1", "2"]


async def test_cost_basis_and_fees_are_written_by_both_ways(scene: Scene) -> None:
    scene.costs.export()
    await scene.done()

    basis, fees = scene.files.written.values()
    row = dict(zip(LEG_COLUMNS, basis[1][0], strict=True))
    assert (row["cost_fifo"], row["cost_average"], row["proceeds"]) == (100, 150, 300)
    assert (row["gain_fifo"], row["gain_average"]) == (Decimal("199.9"), Decimal("149.9"))
    assert [dict(zip(FEE_COLUMNS, one, strict=True))["fee"] for one in fees[1]] == [
        Decimal("0.1")
    ] * 3


async def test_funding_is_written_with_what_each_symbol_came_to(scene: Scene) -> None:
    scene.transfers.moved = [
        transfer("1000", TransferKind.OPENING, 0, ""),
        transfer("-1.5", TransferKind.FUNDING, 2, BTC.id),
        transfer("0.4", TransferKind.FUNDING, 1, BTC.id),
        transfer("9", TransferKind.FUNDING, 3, ETH.id),
    ]
    scene.costs.export()
    await scene.done()

    columns, rows = list(scene.files.written.values())[2]
    named = [dict(zip(columns, row, strict=True)) for row in rows]
    assert [(one["symbol"], one["funding"], one["total"]) for one in named] == [
        ("BTC/USDT", Decimal("0.4"), Decimal("0.4")),
        ("BTC/USDT", Decimal("-1.5"), Decimal("-1.1")),
        ("ETH/USDT", Decimal(9), Decimal(9)),
    ]


async def test_the_summary_tells_what_was_made_net_of_fees_and_funding(scene: Scene) -> None:
    said: list[str] = []
    scene.costs.summary_changed.connect(said.append)
    scene.transfers.moved = [
        transfer("1000", TransferKind.DEPOSIT, 0, ""),
        transfer("-1.5", TransferKind.FUNDING, 2, BTC.id),
        transfer("0.4", TransferKind.FUNDING, 1, BTC.id),
    ]
    await scene.load()

    # 300 less 100, less three fees of 0.1, less 1.1 of funding.
    assert "USDT: realised +199.70 after fees, funding −1.10, net +198.60" in said[-1]


async def test_funding_that_comes_later_and_fees_in_a_third_currency_are_told(
    scene: Scene,
) -> None:
    said: list[str] = []
    scene.costs.summary_changed.connect(said.append)
    scene.transfers.moved = [transfer("2", TransferKind.FUNDING, 2, BTC.id)]
    scene.costs.on_ledger_checked(LedgerChecked(account=DEMO, lines=(), at=NOON))
    await scene.done()
    assert "funding +2.00" in said[-1]

    rebate = Money(amount=Decimal("-0.01"), currency="BNB")
    for number, fee in enumerate((Money(amount=Decimal("0.03"), currency="BNB"), rebate)):
        one = replace(plain(str(5 + number), Side.BUY, "250", 5 + number), fee=fee)
        scene.costs.on_order_filled(OrderFilled(fill=one, order=order()))
    scene.costs._batch.flush()
    assert "without fees of 0.02 BNB" in said[-1]


def transfer(amount: str, kind: TransferKind, at: int, reference: str) -> Transfer:
    return Transfer(
        account=DEMO,
        currency="USDT",
        amount=Decimal(amount),
        kind=kind,
        at=NOON + timedelta(hours=at),
        reference=reference,
    )


@pytest.mark.parametrize(
    ("state", "size", "said"),
    [
        (OrderState.OPEN, "1", "at the venue"),
        (OrderState.HELD, "1", "held here"),
        (OrderState.OPEN, "0.4", "0.4 of 1"),
        (OrderState.SENDING, "1", "none"),
        (OrderState.UNKNOWN, "1", "none"),
        (OrderState.CANCEL_PENDING, "1", "none"),
        (OrderState.REJECTED, "1", "none"),
    ],
)
async def test_a_position_is_shown_as_guarded_only_while_a_stop_is_in_force(
    scene: Scene, state: OrderState, size: str, said: str
) -> None:
    rows: list[PositionRow] = []
    scene.desk.portfolio.positions_changed.connect(rows.extend)
    scene.desk.portfolio.on_position_moved(PositionMoved(position=position("1", "150")))
    stop = order(
        "s1",
        state,
        side=Side.SELL,
        kind=OrderKind.STOP,
        size=Decimal(size),
        limit_price=None,
        instrument=BTC.id,
        terms=Terms(trigger_price=Decimal(90), is_reduce_only=True),
    )

    scene.desk.portfolio.on_order_moved(OrderMoved(order=stop))
    scene.desk.portfolio.on_position_moved(PositionMoved(position=position("1", "150")))

    assert cover_text(rows[-1]) == said
