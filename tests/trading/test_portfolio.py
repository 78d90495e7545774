from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.errors import TradingError
from fks_desk.core.model import (
    AccountId,
    Balance,
    ClientOrderId,
    Fill,
    Liquidity,
    Money,
    Position,
    Side,
    TradeId,
    VenueOrderId,
)
from fks_desk.trading.portfolio import (
    apply_fill,
    average_after,
    equity,
    fees_by_currency,
    flat,
    movements,
    replay,
)
from tests.fakes.trading import BTC, DEMO, ETH, START


def fill(
    side: Side = Side.BUY,
    size: str | Decimal = "1",
    price: str | Decimal = "100",
    fee: str | Decimal = "0",
    currency: str = "USDT",
    number: int = 1,
) -> Fill:
    return Fill(
        account=DEMO.id,
        instrument=BTC.id,
        trade_id=TradeId(str(number)),
        client_id=ClientOrderId("t"),
        venue_order_id=VenueOrderId("1"),
        side=side,
        price=Decimal(price),
        size=Decimal(size),
        fee=Money(amount=Decimal(fee), currency=currency),
        liquidity=Liquidity.TAKER,
        ts_event=START + timedelta(seconds=number),
        ts_init=START,
    )


def after(*fills: Fill) -> Position:
    position = flat(fills[0], BTC, "USDT")
    for each in fills:
        position = apply_fill(position, each, BTC)
    return position


def test_buying_twice_averages_the_cost() -> None:
    position = after(fill(size="1", price="100"), fill(size="3", price="120", number=2))

    assert (position.size, position.average_price) == (Decimal(4), Decimal(115))
    assert position.unrealised(Decimal(125)).amount == Decimal(40)
    assert position.opened == START + timedelta(seconds=1)
    assert position.updated == START + timedelta(seconds=2)


def test_a_fee_in_the_base_currency_makes_the_position_smaller() -> None:
    position = after(fill(size="1", price="100", fee="0.001", currency="BTC"))

    assert position.size == Decimal("0.999")
    assert position.realised.amount == 0
    assert position.fees.amount == Decimal("0.1")
    assert position.average_price == Decimal("100.1001001001001001")


def test_a_fee_in_the_quote_currency_makes_the_result_smaller() -> None:
    position = after(
        fill(size="1", price="100", fee="0.1"),
        fill(Side.SELL, size="1", price="110", fee="0.11", number=2),
    )

    assert position.realised == Money(amount=Decimal("9.79"), currency="USDT")
    assert position.fees == Money(amount=Decimal("0.21"), currency="USDT")
    assert (position.size, position.average_price, position.opened) == (Decimal(0), None, None)


def test_a_fee_in_a_third_currency_moves_neither_and_stands_by_itself() -> None:
    paid = fill(fee="0.01", currency="BNB")

    assert after(paid).size == 1
    assert after(paid).fees.amount == 0
    assert movements(paid, BTC) == {
        "BTC": Decimal(1),
        "USDT": Decimal(-100),
        "BNB": Decimal("-0.01"),
    }
    rebate = fill(fee="-0.02", currency="USDT", number=2)
    assert fees_by_currency([paid, rebate, paid]) == {
        "BNB": Decimal("0.02"),
        "USDT": Decimal("-0.02"),
    }


def test_a_rebate_adds_to_the_result() -> None:
    assert after(fill(fee="-0.05")).realised.amount == Decimal("0.05")


def test_selling_more_than_is_held_turns_the_position() -> None:
    position = after(fill(size="1", price="100"), fill(Side.SELL, size="3", price="110", number=2))

    assert (position.size, position.average_price) == (Decimal(-2), Decimal(110))
    assert position.realised.amount == Decimal(10)
    assert position.opened == START + timedelta(seconds=2)


def test_a_short_position_gains_from_a_fall() -> None:
    position = after(fill(Side.SELL, size="2", price="100"), fill(size="1", price="90", number=2))

    assert (position.size, position.average_price) == (Decimal(-1), Decimal(100))
    assert position.realised.amount == Decimal(10)
    assert position.unrealised(Decimal(95)).amount == Decimal(5)


def test_a_fee_as_large_as_the_fill_leaves_a_loss_and_no_position() -> None:
    position = after(fill(size="1", price="100", fee="1", currency="BTC"))

    assert (position.size, position.average_price) == (Decimal(0), None)
    assert position.realised.amount == Decimal(-100)


def test_a_fill_of_another_instrument_or_account_is_refused() -> None:
    position = after(fill())

    with pytest.raises(TradingError, match="ETH"):
        apply_fill(position, replace(fill(number=2), instrument=ETH.id), BTC)
    with pytest.raises(TradingError, match="cannot move"):
        apply_fill(position, replace(fill(number=2), account=AccountId("paper")), BTC)


def test_an_orders_average_price_follows_its_fills() -> None:
    first = average_after(None, Decimal(0), fill(size="1", price="100"))

    assert first == Decimal(100)
    assert average_after(first, Decimal(1), fill(size="2", price="103")) == Decimal(102)
    assert average_after(Decimal(100), Decimal(3), fill(size="1", price="104")) == Decimal(101)


def test_equity_values_every_currency_that_is_held() -> None:
    def held(currency: str, free: str, locked: str = "0") -> Balance:
        return Balance(
            account=DEMO.id,
            currency=currency,
            free=Decimal(free),
            locked=Decimal(locked),
            updated=START,
        )

    balances = [held("USDT", "50", "50"), held("BTC", "2"), held("XRP", "0")]

    assert equity(balances, {"BTC": Decimal(100)}, "USDT") == Money(
        amount=Decimal(300), currency="USDT"
    )
    with pytest.raises(TradingError, match="no price of BTC"):
        equity(balances, {}, "USDT")


fills = st.lists(
    st.builds(
        fill,
        side=st.sampled_from(Side),
        size=st.decimals("0.00001", "50", places=5),
        price=st.decimals("0.01", "90000", places=2),
        fee=st.decimals("-0.000001", "0.000009", places=6),
        currency=st.sampled_from(["BTC", "USDT", "BNB"]),
    ),
    min_size=1,
    max_size=30,
).map(
    lambda made: [
        replace(f, trade_id=TradeId(str(n)), ts_event=START + timedelta(seconds=n))
        for n, f in enumerate(made, 1)
    ]
)


@given(fills)
def test_the_position_is_the_sum_of_its_fills(made: list[Fill]) -> None:
    position = after(*made)

    kept = sum(
        (f.side.sign * f.size - (f.fee.amount if f.fee.currency == "BTC" else 0) for f in made),
        Decimal(0),
    )
    assert position.size == kept


@given(fills, st.decimals("0.01", "90000", places=2))
def test_realised_and_unrealised_are_the_cash_and_what_is_held(
    made: list[Fill], mark: Decimal
) -> None:
    position = after(*made)

    cash = Fraction(0)
    for each in made:
        cash -= each.side.sign * Fraction(each.size) * Fraction(each.price)
        cash -= Fraction(each.fee.amount) if each.fee.currency == "USDT" else 0
    gain = Fraction(position.realised.amount) + Fraction(position.unrealised(mark).amount)
    worth = cash + Fraction(position.size) * Fraction(mark)
    assert abs(gain - worth) < Fraction(1, 10**12)


@given(fills, st.randoms(use_true_random=False))
def test_fills_in_any_order_of_arrival_replay_to_the_same_position(
    made: list[Fill], chance: random.Random
) -> None:
    shuffled = list(made)
    chance.shuffle(shuffled)

    assert replay(shuffled, BTC, "USDT") == after(*made)


def test_trade_ids_sort_as_numbers_within_one_moment() -> None:
    early = replace(fill(price="100", number=9), ts_event=START)
    late = replace(fill(Side.SELL, price="110", size="2", number=10), ts_event=START)

    assert replay([late, early], BTC, "USDT") == after(early, late)
