from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from fks_desk.core.desk_messages import ProposeRebalance, RebalanceProposed
from fks_desk.core.messages import BalanceMoved, OrderDenied, PlaceOrder
from fks_desk.core.model import Order, OrderIntent, OrderKind, OrderState, Side
from fks_desk.core.nursery import Nursery
from fks_desk.ui.models.account.rebalance import GOOD_FOR, RebalanceModel, WeightRow
from fks_desk.ui.models.account.weights import read_weights
from tests.fakes.panes import ACCOUNT, BTC, DEMO, ETH, Desk, balance, intent


class Scene:
    def __init__(self, folder: Path) -> None:
        self.desk = Desk(Nursery())
        self.desk.list_instruments()
        self.desk.quote(last="50000")
        self.desk.quote(ETH, last="2500")
        self.path = folder / "weights-demo.json"
        self.model = self.open()

    def open(self) -> RebalanceModel:
        model = RebalanceModel(
            account=ACCOUNT,
            market=self.desk.market,
            portfolio=self.desk.portfolio,
            send=self.desk.sent.append,
            clock=self.desk.clock,
            path=self.path,
        )
        self.rows: list[WeightRow] = []
        self.said: list[str] = []
        model.rows_changed.connect(self._see)
        model.notice_changed.connect(self.said.append)
        model.load()
        return model

    def _see(self, rows: list[WeightRow]) -> None:
        self.rows = rows

    def placed(self) -> list[OrderIntent]:
        return [one.intent for one in self.desk.sent if isinstance(one, PlaceOrder)]


def market(client_id: str, side: Side, size: str, **changes: object) -> OrderIntent:
    one = intent(client_id, side=side, kind=OrderKind.MARKET, limit_price=None, size=Decimal(size))
    return replace(one, reference_price=Decimal(50000), prompted_by="rebalancing", **changes)


SELL = market("s", Side.SELL, "0.1")
BUY = replace(market("b", Side.BUY, "2", instrument=ETH.id), reference_price=Decimal(2500))


@pytest.fixture
async def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def proposed(scene: Scene, *orders: OrderIntent) -> None:
    scene.model.on_proposed(RebalanceProposed(account=DEMO, orders=orders, notes=("why not",)))


async def test_weights_are_typed_kept_and_read_again(scene: Scene) -> None:
    scene.model.set_weight("btc 40")
    scene.model.set_weight("ETH/USDT 25 %")

    assert [(row.instrument.symbol, row.wanted) for row in scene.rows] == [
        ("BTC/USDT", Decimal("0.4")),
        ("ETH/USDT", Decimal("0.25")),
    ]
    scene.model = scene.open()
    assert len(scene.rows) == 2
    assert read_weights(scene.path) == {BTC.id: Decimal("0.4"), ETH.id: Decimal("0.25")}


@pytest.mark.parametrize(
    ("typed", "said"),
    [("XYZ 10", "No symbol XYZ"), ("BTC abc", "must be a number"), ("BTC 120", "were 120")],
)
async def test_a_weight_that_cannot_be_is_said(scene: Scene, typed: str, said: str) -> None:
    scene.model.set_weight(typed)

    assert said in scene.said[-1]
    assert scene.rows == []


async def test_the_present_weight_stands_beside_the_wanted_one(scene: Scene) -> None:
    scene.model.set_weight("BTC 40")
    scene.desk.portfolio.on_balance_moved(BalanceMoved(balance=balance("USDT", "5000")))
    scene.desk.portfolio.on_balance_moved(BalanceMoved(balance=balance("BTC", "0.1")))

    assert scene.rows[0].now == Decimal("0.5")


async def test_proposing_sends_no_order(scene: Scene) -> None:
    scene.model.set_weight("BTC 40")
    scene.model.propose()
    proposed(scene, SELL, BUY)

    assert [type(one) for one in scene.desk.sent] == [ProposeRebalance]
    assert "why not" in scene.said[-1]


async def test_the_question_repeats_every_amount_and_only_yes_sends(scene: Scene) -> None:
    proposed(scene, SELL, BUY)

    question = scene.model.question()
    assert question is not None
    assert "sell 0.1 BTC (5,000.00 USDT)" in question
    assert "buy 2 ETH (5,000.00 USDT)" in question
    scene.model.confirm("y")
    assert scene.placed() == []
    scene.model.confirm("yes")
    assert [one.client_id for one in scene.placed()] == ["s"]
    assert scene.placed()[0].origin == "hand"


async def test_purchases_wait_until_every_sale_has_filled(scene: Scene) -> None:
    proposed(scene, SELL, BUY)
    scene.model.confirm("yes")
    sold = Order(
        intent=SELL, state=OrderState.FILLED, filled=SELL.size, updated=scene.desk.clock.now()
    )

    scene.model.on_order(replace(sold, state=OrderState.PARTIAL))
    assert len(scene.placed()) == 1
    scene.model.on_order(sold)
    assert [one.client_id for one in scene.placed()] == ["s", "b"]
    scene.model.confirm("yes")
    assert len(scene.placed()) == 2


async def test_a_refused_sale_keeps_the_purchases_at_home(scene: Scene) -> None:
    proposed(scene, SELL, BUY)
    scene.model.confirm("yes")

    scene.model.on_denied(OrderDenied(intent=SELL, code="RATE", reason="too fast"))

    assert "1 purchases were not sent: too fast" in scene.said[-1]
    assert len(scene.placed()) == 1


async def test_an_old_proposal_is_not_sent(scene: Scene) -> None:
    proposed(scene, BUY)
    scene.desk.clock.advance(GOOD_FOR + timedelta(seconds=1))

    assert scene.model.question() is None
    scene.model.confirm("yes")
    assert scene.placed() == []


async def test_a_broken_file_is_told(scene: Scene) -> None:
    scene.path.write_text('{"demo:spot:BTC/USDT": "7"}', encoding="utf-8")

    scene.model.load()

    assert "holds no weights" in scene.said[-1]
