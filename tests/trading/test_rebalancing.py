"""The orders proposed bring an account to its weights, fees paid, or say why not."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.model import InstrumentId, OrderIntent, Side
from fks_desk.trading.rebalancing import TOLERANCE, Holdings, proposal
from tests.fakes.trading import BTC, DEMO, ETH, START

PRICES = {BTC.id: Decimal(50_000), ETH.id: Decimal(2_500)}
LISTED = {BTC.id: BTC, ETH.id: ETH}
FEE = Decimal("0.001")


def holdings(cash: Decimal, btc: Decimal, eth: Decimal) -> Holdings:
    held = {BTC.id: btc, ETH.id: eth}
    worth = sum((held[name] * PRICES[name] for name in held), Decimal(0))
    return Holdings(account=DEMO.id, equity=cash + worth, held=held, prices=PRICES, fee_rate=FEE)


def after(
    orders: list[OrderIntent], cash: Decimal, held: Mapping[InstrumentId, Decimal]
) -> tuple[Decimal, dict[InstrumentId, Decimal]]:
    left = dict(held)
    for order in orders:
        price = PRICES[order.instrument]
        left[order.instrument] += order.side.sign * order.size
        cash -= order.side.sign * order.size * price + order.size * price * FEE
        assert cash >= 0
        assert left[order.instrument] >= 0
    return cash, left


SIZES = st.integers(0, 2_000).map(lambda number: Decimal(number) / 1000)


@given(
    cash=st.integers(100, 100_000).map(Decimal),
    btc=SIZES,
    eth=SIZES.map(lambda size: size * 10),
    first=st.integers(0, 100),
    second=st.integers(0, 100),
)
def test_after_fees_every_weight_is_within_tolerance_or_said_to_be_out_of_reach(
    cash: Decimal, btc: Decimal, eth: Decimal, first: int, second: int
) -> None:
    weights = {
        BTC.id: Decimal(first) / 200,
        ETH.id: Decimal(second) / 200,
    }
    start = holdings(cash, btc, eth)

    orders, notes = proposal(start, LISTED, weights, START)
    money, left = after(orders, cash, start.held)

    equity = money + sum((left[name] * PRICES[name] for name in left), Decimal(0))
    for name, wanted in weights.items():
        least = max(LISTED[name].min_notional, LISTED[name].lot * PRICES[name]) / equity
        got = left[name] * PRICES[name] / equity
        assert abs(got - wanted) <= max(TOLERANCE, least) + 3 * FEE
    assert len(orders) + len(notes) == len(weights)
    assert [one.side for one in orders] == sorted(
        (one.side for one in orders), key=lambda side: side is Side.BUY
    )
    assert {one.prompted_by for one in orders} <= {"rebalancing"}


def test_weights_over_the_whole_are_refused() -> None:
    weights = {BTC.id: Decimal("0.7"), ETH.id: Decimal("0.4")}

    orders, notes = proposal(
        holdings(Decimal(1000), Decimal(0), Decimal(0)), LISTED, weights, START
    )

    assert orders == []
    assert "were 1.1" in notes[0]


def test_a_weight_that_is_near_enough_is_left_alone_and_that_is_said() -> None:
    near = holdings(Decimal(5_050), Decimal("0.099"), Decimal(0))

    orders, notes = proposal(near, LISTED, {BTC.id: Decimal("0.5")}, START)

    assert orders == []
    assert notes == ["BTC/USDT is within 1 % of its weight."]


def test_a_symbol_without_a_price_is_named() -> None:
    start = Holdings(account=DEMO.id, equity=Decimal(100), held={}, prices={})

    orders, notes = proposal(start, LISTED, {BTC.id: Decimal("0.5")}, START)

    assert orders == []
    assert "no price" in notes[0]
