"""An order waits for nothing that is not urgent: each urgency has a queue of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from fks_desk.adapters.exchange.errors import Answer
from fks_desk.core.model import Timeframe
from tests.adapters.exchange.conftest import Desk

# Far more than the throttle lets through while an order is sent, on however slow a machine.
CROWD = 300
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


@asynccontextmanager
async def crowd(works: list[Awaitable[Any]]) -> AsyncIterator[list[asyncio.Future[Any]]]:
    """Let many calls wait in their queue, until the block ends."""
    tasks = [asyncio.ensure_future(one) for one in works]
    for _ in range(5):
        await asyncio.sleep(0)
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


def waiting(tasks: list[asyncio.Future[Any]]) -> int:
    return sum(not task.done() for task in tasks)


def bulk(desk: Desk, what: str, count: int = CROWD) -> list[Awaitable[Any]]:
    if what == "history":
        history = desk.connection.history
        return [history.history(desk.btc, Timeframe.M1, SINCE, 10) for _ in range(count)]
    return [desk.connection.account.fills(desk.btc.id, SINCE) for _ in range(count)]


@pytest.mark.parametrize("what", ["history", "account reads"])
async def test_an_order_and_its_cancel_leave_before_what_waits_in_bulk(
    desk: Desk, what: str, allow_warnings: None
) -> None:
    order = desk.intent(limit=await desk.far_price())
    async with crowd(bulk(desk, what)) as calls:
        assert waiting(calls) == CROWD

        placed = await desk.broker.submit(order)
        await desk.broker.cancel(order.instrument, order.client_id, placed.venue_order_id)

        assert waiting(calls) > CROWD / 2


async def test_when_the_budget_is_short_bulk_waits_and_orders_do_not(
    desk: Desk, allow_warnings: None
) -> None:
    limit = desk.connection.gate.weight_limit
    used = {"X-MBX-USED-WEIGHT-1M": str(limit - 100)}
    desk.connection.gate.hear(used, Answer(status=200))
    order = desk.intent(limit=await desk.far_price())
    async with crowd(bulk(desk, "history", 5)) as calls:
        await desk.broker.submit(order)
        # What the venue says of the budget would let the crowd go on.
        assert waiting(calls) == 5
