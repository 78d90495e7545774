from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from fks_desk.core.clock import SteppedClock
from fks_desk.core.messages import TickerMoved
from fks_desk.core.model import AccountId, Balance
from fks_desk.trading.books.blotter import Blotter
from fks_desk.trading.following.standing import Standing
from fks_desk.trading.gate import RiskGate
from fks_desk.trading.limits import RiskLimits
from fks_desk.trading.prices import Prices
from tests.fakes.trading import BTC, DEMO, START, ticker, wish


def gate(clock: SteppedClock, *, most: int = 3) -> RiskGate:
    blotter = Blotter(remembered=10)
    blotter.funds.hear(
        Balance(
            account=DEMO.id,
            currency="USDT",
            free=Decimal(10_000),
            locked=Decimal(0),
            updated=START,
        )
    )
    prices = Prices(clock)
    prices.on_ticker(TickerMoved(ticker=ticker(BTC.id, Decimal(100), START)))
    standing = Standing(account=DEMO.id, publish=lambda event: None)
    standing.connect()
    standing.compared(standing.connection)
    return RiskGate(
        account=DEMO,
        limits=RiskLimits(max_orders_per_minute=most, max_price_age_s=Decimal(3600)),
        blotter=blotter,
        standing=standing,
        prices=prices,
        instruments=lambda: {BTC.id: BTC},
        clock=clock,
    )


def codes(gate_: RiskGate, count: int) -> list[str | None]:
    found = [gate_.check(wish()) for _ in range(count)]
    return [None if refused is None else refused.code for refused in found]


def test_only_so_many_orders_pass_in_a_minute() -> None:
    clock = SteppedClock(START)
    made = gate(clock)

    assert codes(made, 5) == [None, None, None, "RATE", "RATE"]
    clock.advance(timedelta(seconds=59))
    assert codes(made, 1) == ["RATE"]
    clock.advance(timedelta(seconds=1))
    assert codes(made, 4) == [None, None, None, "RATE"]


def test_a_wall_clock_that_jumps_opens_no_new_minute() -> None:
    clock = SteppedClock(START)
    made = gate(clock)
    codes(made, 3)

    clock.step(START + timedelta(hours=2))
    assert codes(made, 1) == ["RATE"]
    clock.step(START - timedelta(hours=2))
    assert codes(made, 1) == ["RATE"]


def test_an_order_of_another_account_is_refused() -> None:
    refused = gate(SteppedClock(START)).check(replace(wish(), account=AccountId("paper")))

    assert refused == ("ACCOUNT", "this desk trades demo, not paper")


def test_a_refused_order_does_not_count() -> None:
    made = gate(SteppedClock(START))
    made.check(wish(size="0.0000001"))

    assert codes(made, 4) == [None, None, None, "RATE"]
