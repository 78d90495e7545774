"""Let chance trade, cut, ban, kill and restart the desk, and compare it with its venue.

What chance may do are the rules; what must hold after each step is `Drill.check`, and
after each example everything is healed, the desk starts without help, and it must agree
with the venue to the last digit (I1 to I7 and I11).
"""

from __future__ import annotations

import os
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from fks_desk.core.model import Side
from tests.faults.drill import Drill

pytestmark = pytest.mark.allow_warnings

SIDES = st.sampled_from([Side.BUY, Side.SELL])
SIZES = st.integers(1, 2_600).map(lambda hundredths: str(Decimal(hundredths) / 100))
PRICES = st.integers(9_500, 10_500).map(lambda cents: str(Decimal(cents) / 100))
SHARES = st.sampled_from(["0.25", "0.5", "1"])
WHICH = st.integers(0, 20)
# How long the next step waits for this one: not at all, a moment, or until it is quiet.
TURNS = st.sampled_from([0, 3, 40])
POINTS = st.sampled_from(
    [
        "intent.before_persist", "intent.persisted", "risk.reserved", "order.before_send",
        "order.sent_before_ack", "order.acked_before_persist", "order.persisted_before_publish",
        "fill.received_before_persist", "fill.persisted_before_position", "position.persisted",
        "cancel.sent_before_ack", "reconcile.mid", "shutdown.mid",
    ]
)  # fmt: skip
LOSSES = st.sampled_from(["lost before", "lost after", "refused", "late"])
TROUBLES = st.one_of(
    st.tuples(st.just("lose_next"), LOSSES),
    st.tuples(st.just("keep_away"), st.sampled_from([0.05, 3.0, 15.0])),
    st.tuples(st.sampled_from(["disconnect", "reconnect", "drop_stream"])),
    st.tuples(st.just("disturb_stream"), st.sampled_from(["mute", "double", "late"])),
    st.tuples(st.just("ban"), st.sampled_from([3.0, 120.0])),
    st.tuples(st.just("lag"), st.sampled_from([5.0, 50.0])),
    st.tuples(st.just("fail_write"), st.sampled_from(["down", "unsure"])),
    st.tuples(st.sampled_from(["stop_database", "start_database", "wake"])),
    st.tuples(st.just("set_clock"), st.sampled_from([-3600.0, -6.0, 1.5, 3600.0])),
)
# FKS_MACHINE_EXAMPLES=5000 runs through the night.
USUAL = 200
LONG = int(os.environ.get("FKS_MACHINE_EXAMPLES", "0"))


class TradingMachine(RuleBasedStateMachine):
    """Leave the choice of what happens next to chance."""

    def __init__(self) -> None:
        super().__init__()
        self.drill = Drill()

    @initialize(has_replace=st.booleans())
    def open_the_desk(self, has_replace: bool) -> None:
        self.drill.has_replace = has_replace
        self.drill.start()
        self.drill.wait(1)

    @rule(side=SIDES, size=SIZES, limit=PRICES, turns=TURNS)
    def place(self, side: Side, size: str, limit: str, turns: int) -> None:
        self.drill.place(side, size, limit, turns)

    @rule(side=SIDES, size=SIZES, turns=TURNS)
    def place_at_market(self, side: Side, size: str, turns: int) -> None:
        self.drill.place(side, size, None, turns)

    @rule(size=SIZES, how=LOSSES, turns=TURNS)
    def place_and_lose_the_answer(self, size: str, how: str, turns: int) -> None:
        self.drill.lose_next(how)
        self.drill.place(Side.BUY, size, "98", turns)

    @rule(which=WHICH, turns=TURNS)
    def cancel(self, which: int, turns: int) -> None:
        self.drill.cancel(which, turns)

    @rule(which=WHICH, how=st.sampled_from(["lost before", "lost after"]))
    def cancel_and_lose_the_answer(self, which: int, how: str) -> None:
        self.drill.lose_next_cancel(how)
        self.drill.cancel(which)

    @rule(which=WHICH, size=st.none() | SIZES, limit=PRICES, turns=TURNS)
    def replace(self, which: int, size: str | None, limit: str, turns: int) -> None:
        self.drill.replace(which, size, limit, turns)

    @rule(what=st.sampled_from(["close_position", "cancel_all", "halt", "resume"]))
    def command(self, what: str) -> None:
        getattr(self.drill, what)()

    @rule(price=PRICES, share=SHARES)
    def tick(self, price: str, share: str) -> None:
        self.drill.tick(price, share)

    @rule(which=WHICH, share=SHARES)
    def fill_part(self, which: int, share: str) -> None:
        self.drill.fill_part(which, share)

    @rule(seconds=st.sampled_from([0.01, 0.5, 5.0, 40.0, 90.0]))
    def wait(self, seconds: float) -> None:
        self.drill.wait(seconds)

    @rule(
        deed=st.one_of(
            st.tuples(st.just("trade_outside"), SIDES, SIZES),
            st.tuples(st.just("order_outside"), SIZES, st.sampled_from(["8", "9.5"])),
            st.tuples(st.just("cancel_outside"), WHICH),
            st.tuples(st.just("transfer"), st.sampled_from(["-250", "0.5", "1000"])),
        )
    )
    def act_outside_of_the_desk(self, deed: tuple[Any, ...]) -> None:
        self._play(deed)

    @rule(trouble=TROUBLES)
    def get_into_trouble(self, trouble: tuple[Any, ...]) -> None:
        self._play(trouble)

    @rule(what=st.sampled_from(["crash", "quit"]))
    def end(self, what: str) -> None:
        getattr(self.drill, what)()

    @rule(point=POINTS, visit=st.integers(1, 3))
    def crash_at(self, point: str, visit: int) -> None:
        self.drill.crash_at(point, visit)

    @rule()
    def start(self) -> None:
        self.drill.start()

    @rule()
    def get_out_of_trouble(self) -> None:
        self.drill.heal()
        self.drill.start()
        self.drill.resume()
        self.drill.wait(2)

    def _play(self, deed: tuple[Any, ...]) -> None:
        name, *arguments = deed
        getattr(self.drill, name)(*arguments)

    def teardown(self) -> None:
        try:
            self.drill.settle()
        finally:
            self.drill.end()


class TestTrading(TradingMachine.TestCase):
    settings = settings(
        max_examples=USUAL,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


@pytest.mark.skipif(not LONG, reason="the long run: set FKS_MACHINE_EXAMPLES=5000")
@pytest.mark.timeout(0)
class TestTradingForLong(TradingMachine.TestCase):
    settings = settings(
        max_examples=max(LONG, 1),
        stateful_step_count=60,
        deadline=None,
        # A longer run looks for something new.
        derandomize=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
