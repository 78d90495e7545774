from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_desk.core.model import OrderKind, Side
from fks_desk.ui.models import format as fmt
from fks_desk.ui.models.account.ticket_check import (
    CheckedOrder,
    TicketFacts,
    TicketForm,
    check_ticket,
    size_for_share,
)
from fks_desk.ui.models.entry import Refusal
from tests.fakes.panes import ACCOUNT, BTC, balance, instrument, ticker

FACTS = TicketFacts(
    account=ACCOUNT,
    instrument=BTC,
    ticker=ticker(last="64000"),
    balances={"USDT": balance("USDT", "10000"), "BTC": balance("BTC", "0.5")},
    fee_bps=Decimal(10),
)
GOOD = TicketForm(size="0.01", price="63000")


def refused(form: TicketForm = GOOD, facts: TicketFacts = FACTS) -> str:
    checked = check_ticket(form, facts)
    assert isinstance(checked, Refusal)
    return checked.text


def test_a_good_ticket_is_an_order_with_its_fee_in_what_is_received() -> None:
    buy = check_ticket(GOOD, FACTS)
    sell = check_ticket(replace(GOOD, side=Side.SELL), FACTS)

    assert isinstance(buy, CheckedOrder)
    assert isinstance(sell, CheckedOrder)
    assert (buy.notional, buy.fee.amount, buy.fee.currency) == (630, Decimal("0.00001"), "BTC")
    assert (sell.fee.amount, sell.fee.currency) == (Decimal("0.63"), "USDT")


def test_price_and_size_land_on_the_venues_steps() -> None:
    order = check_ticket(TicketForm(size="0.012345678", price="63000.126"), FACTS)

    assert isinstance(order, CheckedOrder)
    assert (order.size, order.price) == (Decimal("0.01234"), Decimal("63000.13"))


def test_each_reason_is_one_sentence_with_what_to_do() -> None:
    assert refused(facts=replace(FACTS, instrument=None)) == (
        "No symbol is known yet: wait for the venue, or choose one in the watchlist."
    )
    assert (
        refused(replace(GOOD, size="")) == "Enter a size in BTC, or take a share of what is free."
    )
    assert refused(replace(GOOD, price="")) == "Enter a limit price in USDT."
    assert refused(replace(GOOD, size="0.000001")) == "The least size is 0.00001 BTC."
    assert refused(replace(GOOD, size="10000")) == "The most is 9,000 BTC."
    assert refused(replace(GOOD, size="0.00001")) == (
        "An order must be worth 5 USDT or more; this one is worth 0.63 USDT."
    )
    assert refused(replace(GOOD, size="1")) == "This takes 63,000 USDT; 10,000 USDT is free."
    assert refused(replace(GOOD, size="0.6", side=Side.SELL)) == (
        "This takes 0.6 BTC; 0.5 BTC is free."
    )


def test_stored_history_and_halted_symbols_cannot_be_traded() -> None:
    elsewhere = replace(FACTS, instrument=instrument(venue="binance"))
    halted = replace(FACTS, instrument=replace(BTC, is_trading=False))

    assert refused(facts=elsewhere) == (
        "BTC/USDT of binance is stored history and cannot be traded here; choose a symbol of demo."
    )
    assert refused(facts=halted) == "BTC/USDT is not being traded now."


def test_a_market_order_needs_a_price_to_be_judged_by() -> None:
    form = TicketForm(kind=OrderKind.MARKET, size="0.01")
    order = check_ticket(form, FACTS)

    assert isinstance(order, CheckedOrder)
    assert order.price == 64000
    assert refused(form, replace(FACTS, ticker=None)) == (
        "No price of BTC/USDT yet: wait for the feed."
    )


@given(
    st.integers(min_value=1, max_value=100),
    st.sampled_from(list(Side)),
    st.sampled_from(list(OrderKind)),
    st.decimals(min_value="0.01", max_value=1_000_000, places=2),
)
def test_a_share_of_what_is_free_never_takes_more_than_is_free(
    percent: int, side: Side, kind: OrderKind, price: Decimal
) -> None:
    form = TicketForm(side=side, kind=kind, price=fmt.editable(price))
    facts = replace(FACTS, ticker=ticker(last=fmt.editable(price)))

    size = size_for_share(form, facts, percent)

    assert isinstance(size, Decimal)
    assert size % BTC.lot == 0
    taken, free = (size, "BTC") if side is Side.SELL else (size * price, "USDT")
    assert taken <= facts.free(free) * percent / 100


@pytest.mark.parametrize("text", ["1,000", "abc"])
def test_a_bad_size_is_said_before_a_missing_price(text: str) -> None:
    assert text in refused(TicketForm(size=text))
