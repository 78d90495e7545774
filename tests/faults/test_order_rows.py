"""Rows O1 to O18 and K1 to K10 on the whole order desk, on made-up time.

Each test is named by its row and ends with `settle`: everything healed, desk and venue
agree to the last digit, and looking again changes nothing (O17).

Rows that stand elsewhere: O3 and O9 in the tests of the broker, O4 and O21 in those of
the ticket and of quitting, O13 in those of the portfolio, O15 in `test_crash_points`
and `test_points`, O19 and O20 in those of exits, O22 in those of the paper gateway;
K2 in those of the desk, K4 in those of the ticket, K7 in `test_found_by_chance` and the
tests of halting, K8 in those of the limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from fks_desk.core.desk_messages import AcceptDifference, LedgerChecked
from fks_desk.core.messages import NoticeRaised, PlaceOrder
from fks_desk.core.model import OrderState, Side, TradingState
from tests.fakes.trading import BTC, DEMO, ETH, wish
from tests.faults.drill import LIMITS, Drill

pytestmark = pytest.mark.allow_warnings


@pytest.fixture
def drill() -> Iterator[Drill]:
    one = Drill()
    one.start()
    one.wait(1)
    yield one
    one.end()


def only(drill: Drill) -> OrderState:
    """Return the state of the one order of the desk."""
    (order,) = drill.rows.orders.values()
    return order.state


def denials(drill: Drill) -> list[str]:
    assert drill.life is not None
    return [code for code, _reason in drill.life.denials()]


def test_o1_a_resting_order_whose_reply_was_lost_is_found(drill: Drill) -> None:
    drill.lose_next("lost after")
    drill.place(Side.BUY, "1", "95")
    drill.wait(30)

    assert only(drill) is OrderState.OPEN
    assert len(drill.venue.orders) == 1
    drill.settle()


def test_o2_a_market_order_that_filled_unheard_is_never_bought_twice(drill: Drill) -> None:
    drill.disturb_stream("mute")
    drill.lose_next("lost after")
    drill.place(Side.BUY, "1", None)
    drill.wait(30)

    assert only(drill) is OrderState.FILLED
    assert len(drill.venue.posts) == len(drill.venue.fills) == 1
    drill.settle()


@pytest.mark.parametrize("limit", ["95", None])
def test_o5_a_reply_that_comes_long_after_our_patience_is_the_same_order(
    drill: Drill, limit: str | None
) -> None:
    drill.disturb_stream("mute")
    drill.keep_away(30)
    drill.place(Side.BUY, "1", limit)
    drill.wait(25)
    assert only(drill) is OrderState.UNKNOWN
    drill.wait(120)
    drill.settle()

    assert len(drill.venue.orders) == 1


def test_o6_ten_minutes_without_an_answer_resolve_nothing_and_block_the_symbol(
    drill: Drill,
) -> None:
    drill.lose_next("lost before")
    drill.place(Side.BUY, "1", "95")
    drill.disconnect()
    for _ in range(20):
        drill.wait(30)
        drill.place(Side.BUY, "1", "95")

    assert [order.state for order in drill.rows.orders.values()] == [OrderState.UNKNOWN]
    assert len(drill.venue.posts) == 1
    assert set(denials(drill)) <= {"UNRECONCILED", "UNKNOWN_ORDER"}
    drill.settle()


def test_o7_an_order_that_the_lists_do_not_name_for_fifty_seconds_is_not_absent(
    drill: Drill,
) -> None:
    drill.disturb_stream("mute")
    drill.lag(50)
    drill.lose_next("lost after")
    drill.place(Side.BUY, "1", "95")
    drill.wait(45)
    assert only(drill) is OrderState.UNKNOWN
    drill.wait(30)

    assert only(drill) is OrderState.OPEN
    drill.settle()


@pytest.mark.parametrize("stream", ["healthy", "mute", "double", "late"])
def test_o8_a_cancel_that_races_a_fill_ends_with_what_was_filled(drill: Drill, stream: str) -> None:
    drill.place(Side.BUY, "1", "98", turns=40)
    drill.disturb_stream(stream)
    drill.fill_part(0, "0.5")
    drill.keep_away(3)
    drill.cancel(0)
    drill.wait(1)
    drill.tick("97")
    drill.wait(20)

    assert only(drill) is OrderState.FILLED
    drill.settle()


def test_o10_what_a_cancelled_order_has_filled_is_told_twice_and_counted_once(
    drill: Drill,
) -> None:
    drill.disturb_stream("double")
    drill.place(Side.BUY, "1", "98", turns=40)
    drill.fill_part(0, "0.25")
    drill.cancel(0)
    drill.wait(20)

    (order,) = drill.rows.orders.values()
    assert (order.state, order.filled) == (OrderState.CANCELED, Decimal("0.25"))
    assert len(drill.venue.posts) == 1
    drill.settle()


@pytest.mark.parametrize("currency", ["BTC", "USDT", "BNB"])
def test_o12_a_fee_in_any_currency_leaves_the_balances_equal(drill: Drill, currency: str) -> None:
    drill.venue.money["BNB"] = Decimal(1)
    drill.settle()
    drill.place(Side.BUY, "1", "98", turns=40)
    drill.pay_fees_in(currency)
    drill.fill_part(0, "0.5")
    drill.wait(5)

    assert {fill.fee.currency for fill in drill.rows.fills.values()} == {currency}
    drill.settle()


def test_o11_executions_of_one_number_on_two_symbols_are_two(drill: Drill) -> None:
    drill.venue.numbers_each_symbol = True
    for instrument, price in ((BTC, "100"), (ETH, "10")):
        intent = wish(size="1", limit=None, instrument=instrument, reference=price)
        drill._command(PlaceOrder(intent=intent), turns=40)
    drill.wait(5)

    assert [fill.trade_id for fill in drill.venue.fills] == ["1", "1"]
    assert {key[1] for key in drill.rows.fills} == {fill.instrument for fill in drill.venue.fills}
    drill.settle()


def test_o14_what_is_done_elsewhere_is_taken_over(drill: Drill) -> None:
    drill.place(Side.BUY, "1", "95", turns=40)
    drill.cancel_outside(0)
    drill.trade_outside(Side.SELL, "2")
    drill.transfer("500")
    # With nothing open the account is looked at every five minutes.
    drill.wait(600)

    states = [order.state for order in drill.rows.orders.values()]
    assert states == [OrderState.CANCELED, OrderState.FILLED]
    assert [one.amount for one in drill.rows.transfers if one.kind == "deposit"] == [Decimal(500)]
    drill.settle()


def after_fifteen_days(drill: Drill) -> None:
    """Sell elsewhere what the desk holds, and start again when the venue has forgotten it."""
    drill.place(Side.BUY, "1", None, turns=40)
    drill.wait(5)
    drill.quit()
    drill.trade_outside(Side.SELL, "0.4")
    drill.wait(15 * 86_400)
    drill.venue.forgets_before = drill.clock.now() - timedelta(days=7)
    drill.start()
    # Not before an order would have been missed for long enough.
    drill.wait(30)
    assert drill.life is not None
    assert questions(drill) == []
    drill.wait(120)


def questions(drill: Drill) -> list[LedgerChecked]:
    assert drill.life is not None
    told = [event for event in drill.life.events if isinstance(event, LedgerChecked)]
    return [event for event in told if event.is_asked]


def accept(drill: Drill, note: str) -> None:
    """Take over what the ledger asks about."""
    differences = {one.currency: one.difference for one in questions(drill)[-1].differences}
    drill._command(AcceptDifference(account=DEMO.id, differences=differences, note=note))
    drill.wait(5)


def test_o16_what_a_venue_has_forgotten_waits_for_a_person(drill: Drill) -> None:
    after_fifteen_days(drill)
    assert drill.life is not None
    asked = questions(drill)[-1]

    assert drill.life.desk.state is TradingState.REDUCING
    assert {one.currency for one in asked.differences} == {"BTC", "USDT"}
    assert {one.kind for one in drill.rows.transfers} == {"opening"}
    told = [one.text for one in drill.life.events if isinstance(one, NoticeRaised)]
    assert len([text for text in told if "accept the difference" in text]) == 1
    drill.place(Side.BUY, "0.1", "95")
    assert [code for code, _ in drill.life.denials()] == ["REDUCING"]

    accept(drill, "sold by phone")

    assert drill.life.desk.state is TradingState.ACTIVE
    assert "deposit" in {one.kind for one in drill.rows.transfers}
    (row,) = [r.draft for r in drill.rows.journal if r.draft.type == "reconcile.accepted"]
    assert row.payload["note"] == "sold by phone"
    assert row.causation == "command:AcceptDifference"
    drill.place(Side.BUY, "0.1", "95", turns=40)
    assert drill.venue.orders[-1].intent.size == Decimal("0.1")


def test_o16_a_word_on_other_numbers_accepts_nothing(drill: Drill) -> None:
    after_fifteen_days(drill)
    drill._command(
        AcceptDifference(account=DEMO.id, differences={"BTC": Decimal(-1)}, note="by mistake")
    )
    drill.wait(60)

    assert drill.life is not None
    assert drill.life.desk.state is TradingState.REDUCING
    assert {one.kind for one in drill.rows.transfers} == {"opening"}


def test_o16_the_question_outlives_a_crash(drill: Drill) -> None:
    after_fifteen_days(drill)
    drill.crash()
    drill.start()
    drill.wait(150)

    assert drill.life is not None
    assert drill.life.desk.state is TradingState.REDUCING
    assert questions(drill)


def test_o18_of_a_replacement_that_is_done_by_half_both_halves_are_known(drill: Drill) -> None:
    drill.place(Side.BUY, "1", "95", turns=40)
    drill.lose_next("refused half")
    drill.replace(0, None, "94", turns=40)
    drill.wait(5)

    states = [order.state for order in drill.rows.orders.values()]
    assert states == [OrderState.CANCELED, OrderState.REJECTED]
    drill.settle()


def test_k1_orders_that_fit_one_by_one_never_break_a_limit_together(drill: Drill) -> None:
    for _ in range(50):
        drill.place(Side.BUY, "9", "99", turns=0)
    drill.wait(5)

    worth = sum(one.intent.size * one.intent.worst_price for one in drill.venue.orders)
    assert 0 < worth <= LIMITS.max_symbol_exposure
    assert len(drill.venue.orders) <= LIMITS.max_open_orders
    drill.settle()


def test_k3_on_a_price_of_a_minute_ago_nothing_is_opened(drill: Drill) -> None:
    drill.wait(60)
    drill.place(Side.BUY, "1", "99", is_seen=False)

    assert denials(drill) == ["STALE_PRICE"]
    assert drill.venue.posts == []
    drill.settle()


def test_k6_a_day_lost_while_nobody_listened_locks_at_once_and_through_a_restart(
    drill: Drill,
) -> None:
    drill.wait(60)
    drill.disconnect()
    drill.tick("60")
    drill.reconnect()
    drill.wait(30)
    drill.see()
    drill.wait(10)
    drill.place(Side.BUY, "1", "59")
    drill.crash()
    drill.start()
    drill.wait(5)
    drill.place(Side.BUY, "1", "59")

    assert drill.life is not None
    assert drill.life.desk.state is TradingState.REDUCING
    assert denials(drill) == ["DAILY_LOSS"]
    assert drill.venue.posts == []
    drill.settle()


def test_k9_while_the_money_does_not_add_up_nothing_is_opened(drill: Drill) -> None:
    drill.venue.move("BTC", Decimal(-1))
    drill.venue.move("USDT", Decimal(-50))
    drill.drop_stream()
    drill.wait(10)
    drill.place(Side.BUY, "1", "99")

    assert denials(drill) == ["REDUCING"]
    drill.wait(120)
    accept(drill, "paid out by the venue's support")
    drill.settle()


@pytest.mark.parametrize("seconds", [-3600.0, 3600.0])
def test_k10_a_clock_set_wrong_opens_no_window_again(drill: Drill, seconds: float) -> None:
    for _ in range(LIMITS.max_orders_per_minute):
        drill.place(Side.BUY, "0.06", "99", turns=40)
        drill.cancel(0, turns=40)
    drill.set_clock(seconds)
    drill.place(Side.BUY, "0.06", "99")

    assert denials(drill)[-1] == "RATE"
    drill.settle()
