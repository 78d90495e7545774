"""Let chance trade, cut, kill and restart the desk, and compare it with its venue."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fks_desk.core.messages import CancelAllOrders, CancelOrder, ClosePosition, PlaceOrder
from fks_desk.core.model import OrderState, Side
from fks_desk.core.orders import OPEN_STATES
from fks_desk.core.ports import OrderReport
from tests.fakes.trading import BTC, DEMO, ETH, Life, difference, wish, world

pytestmark = pytest.mark.allow_warnings

SIDES = st.sampled_from([Side.BUY, Side.SELL])
SIZES = st.integers(1, 3_000).map(lambda hundredths: str(Decimal(hundredths) / 100))
PRICES = st.integers(9_500, 10_500).map(lambda cents: Decimal(cents) / 100)
# FKS_MACHINE_EXAMPLES=5000 runs through the night.
USUAL = 200
LONG = int(os.environ.get("FKS_MACHINE_EXAMPLES", str(USUAL)))
LOSSES = st.sampled_from(["lost before", "lost after", "refused", "late"])


class TradingMachine(RuleBasedStateMachine):
    """Hold one venue and one store over many lives of the desk."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.venue, self.rows = world()
        self.life = Life(self.venue, self.rows)
        self.held: list[OrderReport] = []

    @initialize()
    def open_the_desk(self) -> None:
        self.do(self.life.begin())

    @rule(side=SIDES, size=SIZES, price=PRICES)
    def place_a_limit_order(self, side: Side, size: str, price: Decimal) -> None:
        self.do(self.life.desk.handle(PlaceOrder(intent=wish(side, size, str(price)))))

    @rule(side=SIDES, size=SIZES)
    def place_a_market_order(self, side: Side, size: str) -> None:
        self.do(self.life.desk.handle(PlaceOrder(intent=wish(side, size, None))))

    @rule(size=SIZES, loss=LOSSES)
    def place_an_order_whose_reply_is_lost(self, size: str, loss: str) -> None:
        self.venue.faults.append(loss)
        self.do(self.life.desk.handle(PlaceOrder(intent=wish(Side.BUY, size, "97"))))
        self.venue.faults.clear()

    @rule(which=st.integers(0, 50))
    def cancel_an_order(self, which: int) -> None:
        working = [o for o in self.rows.orders.values() if o.state in OPEN_STATES]
        if working:
            chosen = working[which % len(working)].client_id
            self.do(self.life.desk.handle(CancelOrder(account=DEMO.id, client_id=chosen)))

    @rule()
    def lose_the_next_cancel(self) -> None:
        self.venue.cancel_faults.append("lost after")

    @rule()
    def cancel_everything(self) -> None:
        self.do(self.life.desk.handle(CancelAllOrders(account=DEMO.id)))

    @rule()
    def close_the_position(self) -> None:
        self.do(self.life.desk.handle(ClosePosition(account=DEMO.id, instrument=BTC.id)))

    @rule(price=PRICES, share=st.sampled_from(["0.25", "0.5", "1"]))
    def move_the_market(self, price: Decimal, share: str) -> None:
        self.venue.tick(BTC, price, share=Decimal(share))
        self.life.see_prices()
        self.do(asyncio.sleep(0))

    @rule(size=SIZES)
    def trade_outside_of_the_desk(self, size: str) -> None:
        foreign = wish(Side.BUY, size, None, instrument=ETH, reference="10")
        if Decimal(size) * 10 < self.venue.balances()[0].free:
            self.venue.place(foreign)
        self.do(asyncio.sleep(0))

    @rule()
    def mute_the_stream(self) -> None:
        self.venue.disturb = lambda report: ()

    @rule()
    def double_the_stream(self) -> None:
        self.venue.disturb = lambda report: (report, report)

    @rule()
    def delay_the_stream(self) -> None:
        self.venue.disturb = self._one_late

    @rule()
    def heal_the_stream(self) -> None:
        self.venue.disturb = lambda report: (report,)

    @rule()
    def cut_the_stream(self) -> None:
        self.venue.drop_connections()
        self.do(asyncio.sleep(0.01))

    @rule(fault=st.sampled_from(["down", "unsure"]))
    def fail_a_write(self, fault: str) -> None:
        self.rows.refusals.append(fault)

    @rule(seconds=st.integers(1, 90))
    def let_time_pass(self, seconds: int) -> None:
        self.life.clock.advance(timedelta(seconds=seconds))
        self.life.see_prices()
        self.do(asyncio.sleep(0.005))

    @rule()
    def kill_and_restart(self) -> None:
        self.do(self.life.die())
        self.life = Life(self.venue, self.rows)
        self.do(self.life.begin())

    @rule()
    def close_and_restart(self) -> None:
        self.do(self.life.desk.close())
        self.life = Life(self.venue, self.rows)
        self.do(self.life.begin())

    @invariant()
    def no_order_is_sent_twice_or_unwritten(self) -> None:
        assert len(self.venue.posts) == len(set(self.venue.posts))
        assert set(self.venue.posts) <= set(self.rows.orders)

    @invariant()
    def nothing_is_spent_that_is_not_there(self) -> None:
        assert all(balance.free >= 0 for balance in self.venue.balances())

    def teardown(self) -> None:
        self.venue.disturb = lambda report: (report,)
        self.rows.refusals.clear()
        self.venue.cancel_faults.clear()
        try:
            self.do(self._agree())
        finally:
            self.do(self.life.die())
            self.runner.close()

    async def _agree(self) -> None:
        self.venue.drop_connections()
        try:
            await self.life.quiet()
        except TimeoutError:
            raise AssertionError(difference(self.venue, self.rows)) from None
        unknown = {o.client_id for o in self.rows.orders.values() if o.state is OrderState.UNKNOWN}
        assert not unknown & {o.intent.client_id for o in self.venue.orders}

    def _one_late(self, report: OrderReport) -> Sequence[OrderReport]:
        """Tell each report after the next one."""
        earlier, self.held = self.held, [replace(report)]
        return earlier

    def do(self, work: Coroutine[Any, Any, Any]) -> None:
        self.runner.run(self._some_turns(work))

    @staticmethod
    async def _some_turns(work: Coroutine[Any, Any, Any]) -> None:
        await work
        for _ in range(30):
            await asyncio.sleep(0)


class TestTrading(TradingMachine.TestCase):
    settings = settings(
        max_examples=25,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


@pytest.mark.slow
class TestTradingForLong(TradingMachine.TestCase):
    settings = settings(
        max_examples=LONG,
        stateful_step_count=40,
        deadline=None,
        # A longer run than usual looks for something new.
        derandomize=LONG == USUAL,
        suppress_health_check=[HealthCheck.too_slow],
    )
