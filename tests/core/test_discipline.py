"""Which decisions there were, and what they were worth: by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from fks_desk.core.discipline import (
    Deed,
    Verdict,
    exits_left,
    fee_rate,
    judge,
    signals_skipped,
    totals,
)
from fks_desk.core.model import (
    ClientOrderId,
    Fill,
    Liquidity,
    Money,
    Order,
    OrderIntent,
    OrderKind,
    OrderState,
    Origin,
    Side,
    Signal,
    SignalDecision,
    SignalId,
    Stance,
    StrategyName,
    Timeframe,
    TradeId,
    VenueOrderId,
)
from fks_desk.core.shadow import Ending, Outcome
from fks_desk.core.terms import Exits, Family, ParentId, Role, Terms
from fks_desk.core.trips import trips
from tests.fakes.trading import BTC, DEMO, START, wish

EXITS = Exits(stop=Decimal(95), target=Decimal(110))
RATE = Decimal("0.001")


def minute(number: int) -> datetime:
    return START + timedelta(minutes=number)


def fill(number: int, of: str, side: Side, price: str, size: str = "1") -> Fill:
    return Fill(
        account=DEMO.id,
        instrument=BTC.id,
        trade_id=TradeId(str(number)),
        client_id=ClientOrderId(of),
        venue_order_id=VenueOrderId(of),
        side=side,
        price=Decimal(price),
        size=Decimal(size),
        fee=Money(amount=Decimal(price) * Decimal(size) * RATE, currency="USDT"),
        liquidity=Liquidity.TAKER,
        ts_event=minute(number),
        ts_init=minute(number),
    )


def order(intent: OrderIntent, state: OrderState = OrderState.FILLED) -> Order:
    return Order(intent=intent, state=state, filled=intent.size, updated=START)


ENTRY = order(replace(wish(size="1", client_id="e"), terms=Terms(exits=EXITS)))
BY_HAND = order(wish(Side.SELL, "1", None, client_id="x"))


def stop(trigger: str, client_id: str = "e-s0", number: int = 0) -> Order:
    intent = replace(
        wish(Side.SELL, "1", None, client_id=client_id, origin=Origin.DESK),
        kind=OrderKind.STOP,
        terms=Terms(trigger_price=Decimal(trigger), is_reduce_only=True),
        family=Family(parent=ParentId("e"), role=Role.STOP, number=number),
        created=minute(number),
    )
    return order(intent)


def decisions(closer: Order, *others: Order) -> list[Deed]:
    fills = [fill(1, "e", Side.BUY, "100"), fill(9, closer.client_id, Side.SELL, "103")]
    found = exits_left(trips(fills, BTC), fills, [ENTRY, closer, *others])
    return [one.deed for one in found]


def test_leaving_by_hand_before_stop_or_target_is_an_early_exit() -> None:
    assert decisions(BY_HAND, stop("95")) == [Deed.EARLY]


def test_leaving_by_the_planned_stop_is_no_decision() -> None:
    assert decisions(stop("95")) == []


def test_leaving_by_a_stop_that_waited_elsewhere_is_a_moved_stop() -> None:
    assert decisions(stop("99", "m", 1), stop("95")) == [Deed.MOVED]


def test_an_entry_without_a_plan_is_not_judged() -> None:
    fills = [fill(1, "e", Side.BUY, "100"), fill(9, "x", Side.SELL, "103")]
    plain = order(wish(size="1", client_id="e"))

    assert exits_left(trips(fills, BTC), fills, [plain, BY_HAND]) == []


def test_what_an_early_exit_cost_is_the_plan_less_what_happened() -> None:
    fills = [fill(1, "e", Side.BUY, "100"), fill(9, "x", Side.SELL, "103")]
    (decision,) = exits_left(trips(fills, BTC), fills, [ENTRY, BY_HAND])
    outcome = Outcome(ending=Ending.TARGET, price=Decimal(110), at_ms=1)

    verdict = judge(decision, outcome, entry=decision.entry, size=Decimal(1), fee_rate=RATE)

    assert decision.actual == Decimal("2.797")  # 3 less 0.1 less 0.103
    assert verdict.planned == Decimal("9.79")  # 10 less 0.1 less 0.11
    assert verdict.difference == Decimal("-6.993")
    assert [str(ref) for ref in decision.evidence] == ["order:e", f"trade:{BTC.id}#9"]


def test_what_cannot_be_known_is_not_counted_as_zero() -> None:
    fills = [fill(1, "e", Side.BUY, "100"), fill(9, "x", Side.SELL, "103")]
    (decision,) = exits_left(trips(fills, BTC), fills, [ENTRY, BY_HAND])
    nothing = Outcome(ending=Ending.UNKNOWN)
    verdict = judge(decision, nothing, entry=Decimal(100), size=Decimal(1), fee_rate=RATE)

    (kind, hour, tag) = totals([verdict], {decision.trip: ("fomo",)})

    assert verdict.difference is None
    assert [(one.group, one.count, one.unknown) for one in (kind, hour, tag)] == [
        ("kind", 1, 1), ("hour", 1, 1), ("tag", 1, 1),
    ]  # fmt: skip


def signal(number: int, stance: Stance, strategy: str = "rsi") -> Signal:
    return Signal(
        id=SignalId(f"{strategy}-{number}"),
        strategy=StrategyName(strategy),
        instrument=BTC.id,
        timeframe=Timeframe.M5,
        stance=stance,
        rule="a rule",
        price=Decimal(100),
        confidence=0.5,
        ts_event=minute(number),
        ts_init=minute(number),
        expires=minute(number + 5),
    )


def test_a_buy_signal_nobody_followed_lasts_until_its_strategy_turns() -> None:
    signals = [signal(10, Stance.LONG), signal(12, Stance.FLAT, "sma"), signal(30, Stance.FLAT)]

    (found,) = signals_skipped(signals, [])

    assert (found.deed, found.until, found.label) == (Deed.SKIPPED, minute(30), "rsi 5m")
    assert [str(ref) for ref in found.evidence] == ["signal:rsi-10", "signal:rsi-30"]


def test_a_signal_that_was_followed_in_time_was_not_skipped() -> None:
    signals = [signal(10, Stance.LONG)]

    assert signals_skipped(signals, [fill(14, "e", Side.BUY, "100")]) == []
    assert len(signals_skipped(signals, [fill(16, "e", Side.BUY, "100")])) == 1
    assert len(signals_skipped(signals, [fill(14, "e", Side.SELL, "100")])) == 1


def test_a_signal_that_prompted_an_order_was_taken_whenever_it_filled() -> None:
    prompted = order(replace(wish(size="1", client_id="p"), prompted_by="rsi-10"))

    assert signals_skipped([signal(10, Stance.LONG)], [], [prompted]) == []


def test_a_signal_that_would_have_lost_was_well_skipped() -> None:
    (found,) = signals_skipped([signal(10, Stance.LONG)], [])
    lost = Outcome(ending=Ending.EXIT, price=Decimal(90), at_ms=1)

    verdict: Verdict = judge(found, lost, entry=Decimal(100), size=Decimal(10), fee_rate=RATE)

    assert verdict.difference == Decimal("101.9")  # 100 and the fees of 1.9 that nobody paid


def test_the_fee_rate_is_what_the_account_has_paid() -> None:
    paid = [fill(1, "e", Side.BUY, "100"), fill(2, "e", Side.SELL, "100")]

    assert fee_rate(paid, Decimal(1)) == RATE
    assert fee_rate([], Decimal("0.5")) == Decimal("0.5")


def test_a_skip_said_aloud_stays_one_whatever_was_bought_meanwhile():
    skipped = replace(signal(10, Stance.LONG), decision=SignalDecision.SKIPPED)
    taken = replace(signal(10, Stance.LONG), decision=SignalDecision.TAKEN)
    bought = [fill(14, "e", Side.BUY, "100")]
    (found,) = signals_skipped([skipped], bought)

    assert found.label.endswith("marked as skipped")
    assert signals_skipped([taken], bought) == []
    assert len(signals_skipped([taken], [])) == 1
