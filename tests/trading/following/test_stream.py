from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal

import pytest

from fks_desk.core.errors import FeedUnavailable
from fks_desk.core.model import Balance, TradingState
from fks_desk.core.ports import OrderReport
from fks_desk.trading.books.hearing import Money
from fks_desk.trading.following.standing import Standing
from fks_desk.trading.following.stream import PrivateStream
from tests.fakes.trading import DEMO, QUICK, START

pytestmark = pytest.mark.allow_warnings


class Heard:
    """Remember in which order a report's parts were taken."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.batches: list[int] = []
        self.money: list[Balance] = []
        self.parked: dict[str, str] = {}
        self.owed: dict[str, str] = {}

    async def hear(self, words: Sequence[object]) -> None:
        self.batches.append(len(words))
        self.money += [b for word in words if isinstance(word, Money) for b in word.balances]
        self.parts.extend("balances" if isinstance(word, Money) else str(word) for word in words)


class FlakyBroker:
    """Connect, tell one report and fail, over and over."""

    def __init__(self, *reports: OrderReport) -> None:
        self.told = reports
        self.connections = 0
        self.closed = 0

    async def reports(self) -> AsyncIterator[OrderReport]:
        self.connections += 1
        try:
            for report in (OrderReport(), *self.told):
                yield report
            raise FeedUnavailable("reset by peer")
        finally:
            self.closed += 1


def usdt(free: int) -> Balance:
    return Balance(
        account=DEMO.id, currency="USDT", free=Decimal(free), locked=Decimal(0), updated=START
    )


def stream(broker: FlakyBroker, heard: Heard, standing: Standing, asked: list[str]):
    return PrivateStream(
        broker=broker,
        books=heard,
        standing=standing,
        reconcile=lambda: asked.append("now"),
        reconcile_later=lambda: asked.append("later"),
        options=QUICK,
    )


async def run_for(work: PrivateStream, seconds: float) -> None:
    task = asyncio.create_task(work.run())
    await asyncio.sleep(seconds)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_lost_stream_is_opened_again_and_each_connection_compared() -> None:
    broker, heard, asked = FlakyBroker(), Heard(), list[str]()
    standing = Standing(account=DEMO.id, publish=lambda event: None)

    await run_for(stream(broker, heard, standing, asked), 0.06)

    assert broker.connections >= 2
    assert broker.closed == broker.connections
    # The last connection may have been cut short before its first report was taken.
    assert set(asked) == {"now"}
    assert broker.connections - len(asked) in {0, 1}
    assert standing.state is TradingState.UNRECONCILED


async def test_a_reports_fill_counts_before_its_order_and_its_balances() -> None:
    report = OrderReport(order="order", fill="fill", balances=(usdt(1),))  # type: ignore[arg-type]  # only passed on
    broker, heard, asked = FlakyBroker(report), Heard(), list[str]()
    heard.owed["t-1"] = "1"
    standing = Standing(account=DEMO.id, publish=lambda event: None)

    await run_for(stream(broker, heard, standing, asked), 0.004)

    assert heard.parts[:3] == ["fill", "order", "balances"]
    assert asked[:2] == ["now", "later"]


async def test_a_stream_that_ends_quietly_is_no_less_lost() -> None:
    class Quiet(FlakyBroker):
        async def reports(self) -> AsyncIterator[OrderReport]:
            self.connections += 1
            yield OrderReport()

    broker, heard = Quiet(), Heard()
    standing = Standing(account=DEMO.id, publish=lambda event: None)

    await run_for(stream(broker, heard, standing, []), 0.004)

    assert standing.reason == "the private stream ended"


async def test_of_reports_that_wait_together_each_execution_counts_and_the_newest_money() -> None:
    reports = [
        OrderReport(order=f"order {n}", fill=f"fill {n}", balances=(usdt(n),))  # type: ignore[arg-type]  # only passed on
        for n in range(3)
    ]
    broker, heard = FlakyBroker(*reports), Heard()
    standing = Standing(account=DEMO.id, publish=lambda event: None)

    await stream(broker, heard, standing, []).take(reports)

    fills_and_orders = [part for n in range(3) for part in (f"fill {n}", f"order {n}")]
    assert heard.parts == [*fills_and_orders, "balances"]
    assert [one.free for one in heard.money] == [2]
    assert heard.batches == [7]
