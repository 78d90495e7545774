from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from fks_desk.core.errors import StorageError, StorageUnavailable
from fks_desk.core.messages import Event, NoticeRaised, Severity
from fks_desk.core.model import Fill, Order, OrderState
from fks_desk.core.ports import TradingChange
from fks_desk.trading.books.writer import Writer
from tests.fakes.trading import DEMO, QUICK, START, MemoryStore, wish, world

pytestmark = pytest.mark.allow_warnings


class Bench:
    """Hold a writer over a store that can fail."""

    def __init__(self) -> None:
        self.venue, self.rows = world()
        self.events: list[Event] = []
        self.store = MemoryStore(self.rows)
        self.writer = Writer(store=self.store, publish=self.events.append, options=QUICK)
        self.order = Order(
            intent=wish(limit="90", size="1"), state=OrderState.SENDING, updated=START
        )

    def change(self, *, fill: bool = False) -> TradingChange:
        fills: tuple[Fill, ...] = ()
        if fill:
            placed = self.venue.place(self.order.intent)
            fills = (self.venue.fill(placed, Decimal(1), Decimal(90)),)
        return TradingChange(account=DEMO.id, orders=(self.order,), fills=fills)

    def notices(self) -> list[Severity]:
        return [event.severity for event in self.events if isinstance(event, NoticeRaised)]


async def test_what_has_happened_is_written_however_often_it_fails() -> None:
    bench = Bench()
    bench.rows.refusals.extend(["down", "down", "down"])

    assert await bench.writer.keep(bench.change())
    assert bench.rows.orders == {bench.order.client_id: bench.order}
    assert bench.notices() == [Severity.ERROR, Severity.INFO]
    assert not bench.writer.is_down


async def test_a_write_that_came_through_unnoticed_is_not_written_again() -> None:
    bench = Bench()
    bench.rows.refusals.append("unsure")

    assert await bench.writer.keep(bench.change(fill=True))
    assert len(bench.rows.fills) == 1


async def test_a_fill_that_was_known_before_leaves_everything_unwritten() -> None:
    bench = Bench()
    change = bench.change(fill=True)
    await bench.writer.keep(change)
    later = replace(change, orders=(replace(bench.order, state=OrderState.OPEN),))

    assert not await bench.writer.keep(later)
    assert bench.rows.orders[bench.order.client_id].state is OrderState.SENDING


async def test_a_known_fill_stays_known_through_a_failure() -> None:
    bench = Bench()
    change = bench.change(fill=True)
    await bench.writer.keep(change)
    bench.rows.refusals.append("down")
    again = replace(change, orders=(replace(bench.order, filled=Decimal(2)),))

    assert not await bench.writer.keep(again)


async def test_a_change_without_orders_is_written_anew_after_a_failure() -> None:
    bench = Bench()
    bench.rows.refusals.append("unsure")

    assert await bench.writer.keep(TradingChange(account=DEMO.id, balances=bench.venue.balances()))
    assert bench.rows.balances["USDT"].total == 10_000


async def test_an_attempt_is_made_once() -> None:
    bench = Bench()
    bench.rows.refusals.append("down")

    with pytest.raises(StorageUnavailable):
        await bench.writer.attempt(bench.change())
    assert bench.writer.is_down
    await bench.writer.attempt(bench.change())
    assert not bench.writer.is_down


async def test_whoever_waits_is_known_to_wait_until_the_store_answers() -> None:
    bench = Bench()
    bench.rows.is_down = True
    writing = asyncio.create_task(bench.writer.keep(bench.change()))
    async with asyncio.timeout(5):
        while not bench.writer.is_retrying:
            await asyncio.sleep(0)

    bench.rows.is_down = False
    assert await writing
    assert not bench.writer.is_retrying


async def test_whoever_gives_up_leaves_the_next_write_to_find_the_store_back() -> None:
    bench = Bench()
    bench.rows.is_down = True
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await bench.writer.keep(bench.change())
    assert not bench.writer.is_retrying

    bench.rows.is_down = False
    await bench.writer.attempt(bench.change())
    assert bench.notices() == [Severity.ERROR, Severity.INFO]


async def test_an_error_that_no_waiting_mends_is_raised() -> None:
    class Broken(MemoryStore):
        async def record(self, change: TradingChange) -> Sequence[Fill]:
            raise StorageError("violates check constraint")

    bench = Bench()
    writer = Writer(store=Broken(bench.rows), publish=bench.events.append, options=QUICK)

    with pytest.raises(StorageError, match="check constraint"):
        await writer.keep(bench.change())
