from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from fks_desk.core.discipline import Deed, Total
from fks_desk.core.frame import Frame
from fks_desk.core.ledger import TradeNote
from fks_desk.core.model import (
    Fill,
    Money,
    OrderKind,
    Side,
    Signal,
    SignalId,
    Stance,
    StrategyName,
    Timeframe,
)
from fks_desk.core.nursery import Nursery
from fks_desk.core.terms import Exits, Terms
from fks_desk.ui.models.account.discipline import DisciplineModel, DisciplineRow
from tests.fakes.panes import ACCOUNT, BTC, DEMO, NOON, Desk, MemoryTrading, fill, order

EXITS = Exits(stop=Decimal(62000), target=Decimal(65000))


def minutes(count: int, price: float, *, high: dict[int, float] | None = None) -> Frame:
    start = int(NOON.timestamp() * 1000) - 60_000
    column = np.full(count, price)
    top = column + 1
    for index, value in (high or {}).items():
        top[index] = value
    return Frame(
        time=start + np.arange(count, dtype=np.int64) * 60_000,
        open=column, high=top, low=column - 1, close=column, volume=column,
    )  # fmt: skip


class Signals:
    def __init__(self) -> None:
        self.rows: list[Signal] = []

    async def record_signals(self, signals: Any) -> Any:
        return ()

    async def decide_signal(self, signal: Any, decision: Any) -> None:
        return None

    async def signals(self, instrument: Any = None, limit: int = 200) -> list[Signal]:
        return self.rows


class History:
    def __init__(self) -> None:
        self.tagged: list[TradeNote] = []

    async def notes(self, _account: Any) -> list[TradeNote]:
        return self.tagged


def plain(trade: str, of: str, side: Side, price: str, at: int) -> Fill:
    one = fill(trade, side, price, at)
    fee = Money(amount=Decimal(price) / 1000, currency="USDT")
    return replace(one, client_id=of, size=Decimal(1), fee=fee)  # type: ignore[arg-type]  # an id is text


class Scene:
    def __init__(self) -> None:
        self.nursery, self.signals, self.history = Nursery(), Signals(), History()
        self.trading = MemoryTrading()
        self.desk = Desk(self.nursery, trading=self.trading)
        self.desk.list_instruments()
        self.desk.clock.advance(timedelta(days=1))
        self.rows: list[DisciplineRow] = []
        self.totals: list[Total] = []
        self.said: list[str] = []
        self.model = DisciplineModel(
            account=ACCOUNT,
            market=self.desk.market,
            trading=self.trading,
            history=self.history,  # type: ignore[arg-type]  # as much of it as is asked for
            signals=self.signals,
            candles=self.desk.candles,
            clock=self.desk.clock,
            nursery=self.nursery,
        )
        self.model.rows_changed.connect(lambda rows: setattr(self, "rows", rows))
        self.model.totals_changed.connect(lambda rows: setattr(self, "totals", rows))
        self.model.summary_changed.connect(self.said.append)

    def candles(self, frame: Frame) -> None:
        self.desk.candles.frames[BTC.id, Timeframe.M1] = frame  # type: ignore[attr-defined]  # in memory

    async def judge(self) -> None:
        self.model.judge()
        for task in tuple(self.nursery._tasks):
            await task


@pytest.fixture
async def scene() -> Scene:
    made = Scene()
    made.trading.placed = [
        order("e", size=Decimal(1), terms=Terms(exits=EXITS)),
        order("x", size=Decimal(1), side=Side.SELL, kind=OrderKind.MARKET, limit_price=None),
    ]
    made.trading.filled = [
        plain("1", "e", Side.BUY, "63000", 0),
        plain("2", "x", Side.SELL, "63500", 300),
    ]
    return made


async def test_an_early_exit_is_priced_by_the_candles_that_followed(scene: Scene) -> None:
    scene.candles(minutes(60, 63500.0, high={30: 65500.0}))
    scene.history.tagged = [
        TradeNote(account=DEMO, trip=f"{BTC.id}#1", note="", tags=("fear",), updated=NOON)
    ]

    await scene.judge()

    (row,) = scene.rows
    assert row.decision.deed is Deed.EARLY
    # 2,000 less fees of 63 and 65, against 500 less 63 and 63.5.
    assert row.verdict.planned == Decimal(1872)
    assert row.verdict.difference == Decimal("-1498.5")
    assert [(one.group, one.name) for one in scene.totals] == [
        ("kind", "early exit"), ("hour", "12:00"), ("tag", "fear"),
    ]  # fmt: skip
    names = dict(scene.model.evidence(row))
    assert names["The plan ended by"] == "its target"
    assert names["Row"] == f"trade:{BTC.id}#2"


async def test_without_candles_the_price_is_unknown_and_said_to_be(scene: Scene) -> None:
    scene.candles(Frame.empty())

    await scene.judge()

    assert scene.rows[0].verdict.difference is None
    assert "1 cannot be known: no candles there" in scene.said[-1]


async def test_a_skipped_signal_counts_with_the_middle_trade(scene: Scene) -> None:
    scene.candles(minutes(200, 60000.0))
    scene.trading.placed, scene.trading.filled = [], []
    base = Signal(
        id=SignalId("s1"),
        strategy=StrategyName("rsi"),
        instrument=BTC.id,
        timeframe=Timeframe.M5,
        stance=Stance.LONG,
        rule="rsi under 30",
        price=Decimal(60000),
        confidence=0.5,
        ts_event=NOON,
        ts_init=NOON,
        expires=NOON + timedelta(minutes=5),
    )
    turn = replace(base, id=SignalId("s2"), stance=Stance.FLAT, ts_event=NOON + timedelta(hours=1))
    scene.signals.rows = [base, turn]

    await scene.judge()

    (row,) = scene.rows
    assert row.decision.deed is Deed.SKIPPED
    assert row.verdict.difference == Decimal(2)  # the fees of 1,000 both ways
    assert dict(scene.model.evidence(row))["The plan ended by"] == "the strategy's turn"


async def test_where_every_plan_was_kept_that_is_said(scene: Scene) -> None:
    scene.trading.placed, scene.trading.filled = [], []

    await scene.judge()

    assert scene.said[-1].startswith("No plan was left")
